#!/usr/bin/env node
// fr-recognize: says whether the person of a model is in each picture.
import { RequestError } from '../handler/errors.ts';
import { LEAST_FMR, MOST_FMR, showRate } from '../handler/matching/calibration.ts';
import { COMMON_OPTIONS, ONE_PERSON, runCommand } from './cli/arguments.ts';
import { say } from './cli/cli.ts';

/** Seconds; a film of 50 frames a second has no more. */
const LEAST_EVERY_S = 0.02;
const MOST_EVERY_S = 3_600;

const COMMAND_LINE = {
  program: 'fr-recognize',
  entry: import.meta.url,
  usage: `$0 MODEL PICTURE...
$0 --gallery FOLDER PICTURE...

Is the person of MODEL in the picture? Make a MODEL with fr-train. Prints True or False; for several pictures, or a folder,
one line each: the path, a tab, True or False.

With --gallery: which people of FOLDER are in the picture? NAME.csv in FOLDER is the model of NAME; NAME.jpg without a model,
or a folder NAME of photos, is enrolled on the first use. Prints a name or unknown
for every face, left to right: one face a line, or for several pictures one picture a line: the path, a tab, the names.

If a PICTURE is a folder, all pictures inside it are judged, however deep: jpg, jpeg, png, webp, gif, heic and avif files, and
files named .jfif or without an extension if their content is a picture. Other files are skipped and counted on standard
error.

If a PICTURE is a film, frames of it are judged, and faces are followed from one to the next. Prints a line for each time the
person appears: True, from when, to when, the best moment, the distance; or False. With --gallery the name stands for True.
Needs the program ffmpeg.

If the only PICTURE is s3://BUCKET/PREFIX/, all pictures below it are judged where they are, after npm run deploy --
--buckets BUCKET/PREFIX.

MODEL or one PICTURE may be - for standard input. A name that is not safe to print is quoted as ls does: $'\\033' is an
escape.`,
  options: {
    json: { type: 'boolean', describe: 'Print the whole answer: one JSON object a picture, each on its own line' },
    csv: {
      type: 'boolean',
      describe: 'Print one row of CSV for each face: picture, face, verdict or name, distance, false match rate, box',
    },
    vtt: { type: 'boolean', describe: 'For one film: print WebVTT chapters, which players show' },
    every: {
      type: 'number',
      nargs: 1,
      describe: 'For a film: the seconds from one frame that is looked at to the next. Default: 0.5',
    },
    explain: { type: 'boolean', describe: 'Say how each verdict is computed: on standard error, or in the JSON' },
    annotate: {
      type: 'string',
      nargs: 1,
      describe:
        'Draw a box around every face and write the picture to this png, jpg or webp file; for several pictures, a folder',
    },
    report: {
      type: 'string',
      nargs: 1,
      describe:
        'Write a page to look at to this html file: all matches, near misses and other faces, and what was refused',
    },
    enrolled: {
      type: 'string',
      nargs: 1,
      describe: 'The enrolled photo to show in the report. Default: ann.jpg, .jpeg, .png or .webp beside ann.csv',
    },
    xmp: {
      type: 'boolean',
      describe:
        "Write the names and boxes of matching faces into each picture's XMP sidecar file, as photo programs read them; see tools/metadata/README.md",
    },
    'matches-to': {
      type: 'string',
      nargs: 1,
      describe:
        'Put a link to every picture that matches into this folder; with --gallery, into a folder for each person',
    },
    journal: {
      type: 'string',
      nargs: 1,
      describe:
        'Keep the journal in this file. A run over several pictures always keeps one, for 30 days: run again, it takes up where it was',
    },
    forget: {
      type: 'boolean',
      describe:
        'Delete the journal and the vectors of a gallery, judge every picture again, and keep neither. Alone: delete all of them',
    },
    gallery: {
      type: 'string',
      nargs: 1,
      describe: 'Name every face by this folder of people: NAME.csv, NAME.jpg or a folder of photos NAME',
    },
    fmr: {
      type: 'number',
      nargs: 1,
      describe: 'The false match rate to accept. Default: 1e-4; with --gallery, 1e-3 a face for all people together',
    },
    unsure: {
      type: 'boolean',
      describe: 'Print Unsure for a face between the rate and ten times the rate; exit status 3',
    },
    cohort: { type: 'string', nargs: 1, describe: 'Compare with this cohort, made by fr-cohort' },
    threshold: {
      type: 'number',
      nargs: 1,
      describe: 'The largest distance that is a match, in place of --fmr',
    },
    thorough: { type: 'boolean', describe: 'Look for faces with every detector: finds more, and takes longer' },
    unordered: { type: 'boolean', describe: 'Print answers as they come, not in the order of the pictures' },
    detach: { type: 'boolean', describe: 'For s3://: start the run, print its ARN, and do not wait for it' },
    resume: {
      type: 'string',
      nargs: 1,
      describe: 'For s3://: print the answers of the run with this ARN. With MODEL, judge again what it lost',
    },
    'one-person': ONE_PERSON,
    null: {
      alias: '0',
      type: 'boolean',
      describe: 'End each record with a NUL instead of a line end, and print names as they are, byte for byte',
    },
    ...COMMON_OPTIONS,
  },
  examples: [
    ['$0 ann.csv party.jpg', 'Is Ann at the party?'],
    ['$0 ann.csv ~/Pictures | grep True$', 'Every picture that shows her'],
    ['$0 ann.csv party.jpg --annotate boxes.png', 'Which face is hers'],
    ['$0 ann.csv party.jpg --json --explain', 'The whole story'],
    ['$0 ann.csv ~/Pictures --report ann.html', 'Every face of hers, and every near miss, to look at'],
    ['$0 --gallery people/ party.jpg', 'Who is who'],
    [
      '$0 ann.csv ~/Pictures --matches-to ann/ --csv > ann-found.csv',
      'Collect her pictures, and a table of every face',
    ],
    ['$0 ann.csv film.mp4', 'When is she in the film?'],
    ['$0 ann.csv s3://photos/2026/', 'Every picture of a bucket that shows her, without fetching one'],
  ] as [string, string][],
  epilogue: `Exit status: 0 someone matched; 1 nobody did; 2 a picture, or the whole run, could not be judged; 3 nobody matched, but
with --unsure someone may.

A picture that cannot be judged gets one line on standard error and, with --json, an object with "error" on standard output.
The others are still judged.`,
} as const;

await runCommand(COMMAND_LINE, async ({ options, operands }) => {
  if (options.forget && operands.length === 0 && options.gallery === undefined) {
    const { forgetAll } = await import('./remembering.ts');
    const said = forgetAll();
    if (!options.quiet) say(`${COMMAND_LINE.program}: ${said}`);
    return 0;
  }
  const model = options.gallery ?? operands[0];
  const pictures = options.gallery === undefined ? operands.slice(1) : operands;
  if (options.resume === undefined && (model === undefined || pictures.length === 0)) {
    const missing = model === undefined ? 'which model and picture?' : 'which picture?';
    throw new RequestError(`${missing} fr-recognize MODEL PICTURE...: see fr-recognize --help`);
  }
  if (options.threshold !== undefined && !(options.threshold > 0 && Number.isFinite(options.threshold))) {
    throw new RequestError('--threshold needs a number above 0: see fr-recognize --help');
  }
  if (options.fmr !== undefined && !(options.fmr >= LEAST_FMR && options.fmr <= MOST_FMR)) {
    throw new RequestError(
      `--fmr needs a rate from ${showRate(LEAST_FMR)} to ${showRate(MOST_FMR)}: 1e-4 is one stranger in 10,000`,
    );
  }
  if (options.fmr !== undefined && options.threshold !== undefined) {
    throw new RequestError('--fmr and --threshold cannot be used together: use one of them');
  }
  if (options.gallery !== undefined && (options.explain || options.unsure)) {
    throw new RequestError('--explain and --unsure are for one MODEL: leave out --gallery');
  }
  if (options.every !== undefined && !(options.every >= LEAST_EVERY_S && options.every <= MOST_EVERY_S)) {
    throw new RequestError(
      `--every needs seconds from ${LEAST_EVERY_S} to ${MOST_EVERY_S}: 0.5 is two frames a second`,
    );
  }
  if (options.vtt && (options.json || options.csv || options.null || pictures.length > 1)) {
    throw new RequestError('--vtt is for one film, and cannot be used with --json, --csv or --null');
  }
  if (options.null && options.json) {
    throw new RequestError('--null and --json cannot be used together: JSON holds any name as it is');
  }
  if (options.csv && (options.json || options.null)) {
    throw new RequestError('--csv cannot be used with --json or --null: choose one form');
  }
  const { isBucket, recognizeInBucket, recognizePictures } = await import('./recognition.ts');
  const settings = { ...options, onePerson: options['one-person'] };
  if (model === undefined || options.resume !== undefined || pictures.some(isBucket)) {
    return recognizeInBucket(model, pictures, settings);
  }
  return recognizePictures(model, pictures, settings);
});
