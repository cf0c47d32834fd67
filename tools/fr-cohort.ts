#!/usr/bin/env node
// fr-cohort: makes a cohort of synthetic vectors from a folder with one picture of each person.
import { RequestError } from '../handler/errors.ts';
import { COMMON_OPTIONS, runCommand } from './cli/arguments.ts';
import { NEEDS, withPackages } from './cli/optional.ts';

const { jobs, quiet, completion } = COMMON_OPTIONS;

const COMMAND_LINE = {
  program: 'fr-cohort',
  entry: import.meta.url,
  usage: `$0 build FOLDER > cohort.csv

Makes a cohort for fr-recognize --cohort. Fits a mixture of Gaussians to the faces of FOLDER, which holds one picture for each
person, and samples synthetic vectors from it. If a picture shows several people, the face nearest the centre is used.

At least 400 people are needed; thousands are better. The same folder, size and seed give the same cohort.`,
  options: {
    size: { type: 'number', nargs: 1, default: 2000, describe: 'How many vectors to make' },
    seed: { type: 'number', nargs: 1, default: 1, describe: 'Another seed gives other vectors' },
    audit: {
      type: 'boolean',
      describe: 'Measure whether anyone could tell who was in FOLDER. Takes ten more fits',
    },
    'hold-out': {
      type: 'boolean',
      describe: 'Leave out a quarter of the people, by their names: for npm run identify',
    },
    binary: { type: 'boolean', describe: 'Print the binary form that we ship, not CSV' },
    jobs,
    quiet,
    completion,
  },
  examples: [['$0 build faces/ > cohort.csv', 'A cohort like the people of faces/']] as [string, string][],
  epilogue: 'Exit status: 0 the cohort was printed; 2 it was not, and one line on standard error says why.',
} as const;

await runCommand(COMMAND_LINE, async ({ options, operands }) => {
  const [verb, folder] = operands;
  if (verb !== 'build' || folder === undefined || operands.length > 2) {
    throw new RequestError('which folder? fr-cohort build FOLDER: see fr-cohort --help');
  }
  for (const name of ['size', 'seed'] as const) {
    if (!(Number.isInteger(options[name]) && options[name] > 0)) {
      throw new RequestError(`--${name} needs a whole number from 1 up: see fr-cohort --help`);
    }
  }
  const load = () => import('./lab/cohort-building.ts');
  const { buildCohort } = await withPackages('fr-cohort build', NEEDS.pictures, load);
  return buildCohort(folder, { ...options, holdOut: options['hold-out'] });
});
