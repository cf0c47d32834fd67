#!/usr/bin/env node
import { projectVersion } from '../deploy/project.ts';
// One command named as the package, so that `npx serverless-face-recognition recognize ...` can start nobody else's program.
import { RequestError } from '../handler/errors.ts';
import { runProgram } from './cli/cli.ts';
import { ASKED, completionScript } from './cli/completion.ts';

const PROGRAM = 'serverless-face-recognition';

const COMMANDS: Record<string, () => Promise<unknown>> = {
  train: () => import('./fr-train.ts'),
  recognize: () => import('./fr-recognize.ts'),
  group: () => import('./fr-group.ts'),
  model: () => import('./fr-model.ts'),
  cohort: () => import('./fr-cohort.ts'),
};

const OPTIONS = ['--help', '--version', '--completion'];

const HELP = `${PROGRAM} COMMAND WORD...

Is this person in this picture?

Commands:
  train      Makes a model of one person from photos: fr-train
  recognize  Says whether that person is in a picture: fr-recognize
  group      Says whose faces are in a folder: fr-group
  model      Shows, joins and splits models: fr-model
  cohort     Makes a background set from your own faces: fr-cohort

Options:
  --completion  Prints a completion script for the shell that SHELL names:
                source <(npx ${PROGRAM} --completion)
  --version     Prints the version

Examples:
  npx ${PROGRAM} train ann.jpg -o ann.csv
  npx ${PROGRAM} recognize ann.csv party.jpg
  npx ${PROGRAM} recognize --help
`;

const words = process.argv.slice(2);
// A shell's script asks what may follow: it gives our name, and then the words so far.
const [asked, , asksOf = '', ...more] = words;
const isAsked = asked === ASKED;
const command = isAsked && more.length > 0 ? asksOf : (words[0] ?? '--help');
const start = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
if (start) {
  // The command then reads its words as if it had been started by its own name.
  process.argv.splice(2, words.length, ...(isAsked ? [ASKED, `fr-${command}`, ...more] : words.slice(1)));
  await start();
} else {
  await runProgram(PROGRAM, async () => {
    process.stdout.write(isAsked ? known(more.length > 0) : textOf(command));
    return 0;
  });
}

/** The commands, a line each; none after a first word that is no command. */
function known(isLater: boolean): string {
  return isLater ? '' : `${[...Object.keys(COMMANDS), ...OPTIONS].join('\n')}\n`;
}

function textOf(word: string): string {
  if (word === '--help' || word === '-h') return HELP;
  if (word === '--version') return `${projectVersion()}\n`;
  if (word === '--completion') return completionScript(PROGRAM, import.meta.url);
  throw new RequestError(`there is no command ${JSON.stringify(word)}: see ${PROGRAM} --help`);
}
