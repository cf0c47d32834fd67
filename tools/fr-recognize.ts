#!/usr/bin/env node
// fr-recognize: a model and pictures -> is that person in them?
import { RequestError } from '../handler/errors.ts';
import { COMMON_OPTIONS, parseArguments } from './arguments.ts';
import { runProgram } from './cli.ts';

const COMMAND_LINE = {
  program: 'fr-recognize',
  entry: import.meta.url,
  usage: `$0 MODEL PICTURE...

Is the person of MODEL, made by fr-train, in the picture? Prints True or False.
For several pictures, or a folder, prints one line each: the path, a tab, True or False.
A folder stands for the pictures inside it, however deep: jpg, jpeg, png, webp, gif.
MODEL or one PICTURE may be - for standard input.`,
  options: {
    json: { type: 'boolean', describe: 'Print the whole answer, one JSON object a picture and line' },
    explain: { type: 'boolean', describe: 'Say what each verdict is computed from: on standard error, or in the JSON' },
    annotate: {
      type: 'string',
      nargs: 1,
      describe: 'Write the picture with a box around every face: a png, jpg or webp',
    },
    threshold: { type: 'number', nargs: 1, describe: 'The largest distance that is a match, in place of the default' },
    thorough: { type: 'boolean', describe: 'Look for faces with every detector: finds more, and takes longer' },
    ...COMMON_OPTIONS,
  },
  examples: [
    ['$0 ann.csv party.jpg', 'Is Ann at the party?'],
    ['$0 ann.csv ~/Pictures | grep True$', 'Every picture that shows her'],
    ['$0 ann.csv party.jpg --annotate boxes.png', 'Which face is hers'],
    ['$0 ann.csv party.jpg --json --explain', 'The whole story'],
  ] as [string, string][],
  epilogue: `Exit status: 0 a picture shows the person; 1 none does; 2 a picture, or everything, could not be judged.
A picture that cannot be judged has its line on standard error, none in the printed text, and in the JSON an object
with "error"; the others are judged all the same.`,
} as const;

await runProgram(COMMAND_LINE.program, async (args) => {
  const parsed = parseArguments(COMMAND_LINE, args);
  if ('text' in parsed) {
    process.stdout.write(parsed.text);
    return 0;
  }
  const { options, operands } = parsed;
  const [model, ...pictures] = operands;
  if (model === undefined || pictures.length === 0) {
    const missing = model === undefined ? 'which model and picture?' : 'which picture?';
    throw new RequestError(`${missing} fr-recognize MODEL PICTURE...: see fr-recognize --help`);
  }
  if (options.threshold !== undefined && !(options.threshold > 0 && Number.isFinite(options.threshold))) {
    throw new RequestError('--threshold needs a number above 0: see fr-recognize --help');
  }
  const { recognizePictures } = await import('./recognition.ts');
  return recognizePictures(model, pictures, options);
});
