#!/usr/bin/env node
// fr-model: what a model holds; joins models of one person, and splits one.
import { RequestError } from '../handler/errors.ts';
import { COMMON_OPTIONS, ONE_PERSON, runCommand } from './cli/arguments.ts';

const { quiet, completion } = COMMON_OPTIONS;

const COMMAND_LINE = {
  program: 'fr-model',
  entry: import.meta.url,
  usage: `$0 show MODEL...
$0 join MODEL MODEL... -o MODEL
$0 split MODEL -o FOLDER

show says what a model holds: rows, photos, network, when its file was changed, how far apart its photos are, and how far each photo is from the
others together. Two strangers are rarely nearer than 0.52.

join makes one model of several of one person. It refuses models that seem to show two people. A photo that is in several is taken once.

split writes one model for each person that a model seems to hold, or with --photos one for each photo: ann-1.csv, ann-2.csv, ...
into FOLDER.`,
  options: {
    output: {
      alias: 'o',
      type: 'string',
      nargs: 1,
      describe: 'Where to write: join a file, or standard output without it; split a folder. Readable by you alone',
    },
    photos: { type: 'boolean', describe: 'split: one model for each photo' },
    json: { type: 'boolean', describe: 'show: print one JSON object for each model' },
    'one-person': ONE_PERSON,
    quiet,
    completion,
  },
  examples: [
    ['$0 show people/*.csv', 'What is in my models?'],
    ['$0 join ann.csv people/person-007.csv -o ann.csv', 'Person 7 is Ann, too'],
    ['$0 split twins.csv -o people/', 'Two people in one model'],
  ] as [string, string][],
  epilogue: 'Exit status: 0 it was done; 2 it was not, and one line on standard error says why.',
} as const;

await runCommand(COMMAND_LINE, async ({ options, operands }) => {
  const [verb, ...models] = operands;
  const settings = { ...options, onePerson: options['one-person'] };
  const { joinModels, showModels, splitModel } = await import('./modelling.ts');
  if (verb === 'show' && models.length > 0) return showModels(models, settings);
  if (verb === 'join' && models.length > 1) return joinModels(models, settings);
  if (verb === 'split' && models.length === 1) return splitModel(models[0] as string, settings);
  throw new RequestError('what to do? fr-model show, join or split, and models: see fr-model --help');
});
