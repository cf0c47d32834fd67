#!/usr/bin/env node
import { projectVersion } from '../deploy/project.ts';
// One command named as the package, so that `npx serverless-face-recognition recognize ...` can start nobody else's program.
import { RequestError } from '../handler/errors.ts';
import { runProgram } from './cli/cli.ts';

const PROGRAM = 'serverless-face-recognition';

const COMMANDS: Record<string, () => Promise<unknown>> = {
  train: () => import('./fr-train.ts'),
  recognize: () => import('./fr-recognize.ts'),
  cohort: () => import('./fr-cohort.ts'),
};

const HELP = `${PROGRAM} COMMAND WORD...

Is this person in this picture?

Commands:
  train      Makes a model of one person from photos: fr-train
  recognize  Says whether that person is in a picture: fr-recognize
  cohort     Makes a background set from your own faces: fr-cohort

Examples:
  npx ${PROGRAM} train ann.jpg -o ann.csv
  npx ${PROGRAM} recognize ann.csv party.jpg
  npx ${PROGRAM} recognize --help
`;

const [command = '--help'] = process.argv.slice(2);
const start = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
if (start) {
  process.argv.splice(2, 1); // the command then reads its words as if it had been started by its own name
  await start();
} else {
  await runProgram(PROGRAM, async () => {
    const text = { '--help': HELP, '-h': HELP, '--version': `${projectVersion()}\n` }[command];
    if (text === undefined) {
      throw new RequestError(`there is no command ${JSON.stringify(command)}: see ${PROGRAM} --help`);
    }
    process.stdout.write(text);
    return 0;
  });
}
