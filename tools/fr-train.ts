#!/usr/bin/env node
// fr-train: makes a person's model from photos.
import { RequestError } from '../handler/errors.ts';
import { COMMON_OPTIONS, ONE_PERSON, runCommand } from './cli/arguments.ts';

const COMMAND_LINE = {
  program: 'fr-train',
  entry: import.meta.url,
  usage: `$0 PHOTO...

Makes a model of one person from one or more photos. PHOTO is a file, a folder of photos, or - for standard input. Photos of
a folder that cannot be used are left out, with one line each.

The model is CSV on standard output. It is biometric data: keep it as you keep a password.`,
  options: {
    face: {
      type: 'number',
      nargs: 1,
      describe: 'Train on face number N of a photo of several people: from 1, left to right',
    },
    box: {
      type: 'string',
      nargs: 1,
      describe: 'Train on the upright face in this box, where no detector finds it: LEFT,TOP,RIGHT,BOTTOM in pixels',
    },
    annotate: {
      type: 'string',
      nargs: 1,
      describe:
        'If a photo shows several faces, draw it with their numbers to this png, jpg or webp file; for several photos, a folder',
    },
    corrections: {
      type: 'string',
      nargs: 1,
      describe:
        'Also train on the faces that you confirmed in a report of fr-recognize --report and saved to this file',
    },
    person: { type: 'string', nargs: 1, describe: 'Whose faces to take from --corrections, if it has several people' },
    'from-xmp': {
      type: 'string',
      nargs: 1,
      describe:
        'Train on the faces that have this name in the XMP of the photos, as photo programs write it: --from-xmp Ann FOLDER',
    },
    thorough: { type: 'boolean', describe: 'Look for faces with every detector: finds more, and takes longer' },
    'one-person': ONE_PERSON,
    output: {
      alias: 'o',
      type: 'string',
      nargs: 1,
      describe: 'Write the model to this file, readable by you alone. If training fails, the file stays as it was',
    },
    ...COMMON_OPTIONS,
  },
  examples: [
    ['$0 ann.jpg -o ann.csv', 'Train on one photo'],
    ['$0 ann1.jpg ann2.jpg ann3.jpg -o ann.csv', 'Several photos of the same person make a better model'],
    ['$0 --face 2 wedding.jpg > ann.csv', 'The second face from the left'],
  ] as [string, string][],
  epilogue: 'Exit status: 0 the model was written; 2 it was not, and one line on standard error says why.',
} as const;

await runCommand(COMMAND_LINE, async ({ options, operands }) => {
  if (operands.length === 0 && options.corrections === undefined)
    throw new RequestError('which photo? fr-train PHOTO...: see fr-train --help');
  if (options.face !== undefined && !(Number.isInteger(options.face) && options.face > 0)) {
    throw new RequestError('--face needs a whole number from 1 up: see fr-train --help');
  }
  const box = options.box === undefined ? undefined : parseBox(options.box);
  if (box && options.face !== undefined)
    throw new RequestError('--face and --box cannot be used together: use one of them');
  if (options.person !== undefined && options.corrections === undefined) {
    throw new RequestError('--person chooses a person of --corrections: add --corrections FILE');
  }
  const fromXmp = options['from-xmp'];
  if (fromXmp !== undefined && (box || options.face !== undefined || options.corrections !== undefined)) {
    throw new RequestError('--from-xmp says which face to take: leave out --face, --box and --corrections');
  }
  const { trainOnPhotos } = await import('./training.ts');
  return trainOnPhotos(operands, { ...options, box, fromXmp, onePerson: options['one-person'] });
});

function parseBox(text: string) {
  const [, ...sides] = /^(-?\d{1,9}),(-?\d{1,9}),(\d{1,9}),(\d{1,9})$/.exec(text) ?? [];
  const [left = 0, top = 0, right = 0, bottom = 0] = sides.map(Number);
  if (left < right && top < bottom) return { left, top, right, bottom };
  throw new RequestError('--box needs four whole numbers, LEFT,TOP,RIGHT,BOTTOM in pixels: 120,80,220,180');
}
