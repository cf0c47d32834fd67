#!/usr/bin/env node
// fr-group: whose faces are in a library? Groups them by person, and makes a model of each.
import { RequestError } from '../handler/errors.ts';
import { COMMON_OPTIONS, runCommand } from './cli/arguments.ts';
import { say } from './cli/cli.ts';
import { NEEDS, withPackages } from './cli/optional.ts';

const { jobs, quiet, completion } = COMMON_OPTIONS;

const COMMAND_LINE = {
  program: 'fr-group',
  entry: import.meta.url,
  usage: `$0 FOLDER... -o PEOPLE

Whose faces are in FOLDER? Finds every face in its pictures, groups the faces of one person, and writes into the folder PEOPLE, for each
person: a model, person-001.csv, and the best photo, person-001.jpg; and a page that shows everybody, report.html. Prints a
line for each person: name, a tab, number of faces.

Rename both files of a person, and fr-recognize --gallery PEOPLE knows the person by that name. Run fr-group again when
there are new pictures: names and models stay as they are, and new people get new numbers.

Runs on this machine: no picture leaves it.`,
  options: {
    output: {
      alias: 'o',
      type: 'string',
      nargs: 1,
      describe: 'The folder for models, photos and the report, readable by you alone',
    },
    json: {
      type: 'boolean',
      describe: 'Print one JSON object for each person: the name and all faces, with picture and box',
    },
    least: {
      type: 'number',
      nargs: 1,
      default: 2,
      describe: 'Make a model of people with at least so many faces',
    },
    threshold: {
      type: 'number',
      nargs: 1,
      describe: 'The largest average distance of the faces of one person. Without it, chosen by the number of faces',
    },
    xmp: {
      type: 'boolean',
      describe:
        "Write the names that you gave, and boxes, into each picture's XMP sidecar file, as photo programs read them",
    },
    thorough: { type: 'boolean', describe: 'Look for faces with every detector: finds more, and takes longer' },
    forget: {
      type: 'boolean',
      describe:
        'Delete the face vectors that were kept, look at every picture again, and keep none. Alone: only delete',
    },
    jobs,
    quiet,
    completion,
  },
  examples: [
    ['$0 ~/Pictures -o people/', 'Whose faces are in my pictures?'],
    ['mv people/person-001.csv people/ann.csv; mv people/person-001.jpg people/ann.jpg', 'The first is Ann'],
    ['fr-recognize --gallery people/ party.jpg', 'Who is at the party?'],
  ] as [string, string][],
  epilogue: 'Exit status: 0 somebody was found; 1 nobody was; 2 something could not be done.',
} as const;

await runCommand(COMMAND_LINE, async ({ options, operands }) => {
  if (options.forget && operands.length === 0) {
    const { forgetVectors } = await import('./batch/journals.ts');
    const count = forgetVectors('pictures');
    if (!options.quiet) say(`fr-group: ${count} ${count === 1 ? 'file' : 'files'} of face vectors deleted`);
    return 0;
  }
  if (operands.length === 0) throw new RequestError('which pictures? fr-group FOLDER -o PEOPLE: see fr-group --help');
  if (operands.includes('-')) throw new RequestError('standard input cannot be read twice: name files or folders');
  if (options.output === undefined) {
    throw new RequestError('where shall the people go? Add -o PEOPLE, a folder: see fr-group --help');
  }
  if (!(Number.isInteger(options.least) && options.least >= 1)) {
    throw new RequestError('--least needs a whole number from 1 up: see fr-group --help');
  }
  if (options.threshold !== undefined && !(options.threshold > 0 && Number.isFinite(options.threshold))) {
    throw new RequestError('--threshold needs a number above 0: see fr-group --help');
  }
  const { groupPictures } = await withPackages('fr-group', NEEDS.pictures, () => import('./group/run.ts'));
  return groupPictures(operands, { ...options, output: options.output });
});
