// The demo: trains on one real photograph, then looks for that person in others, with the commands that a user types.
import { mkdirSync, rmSync } from 'node:fs';
import { execa } from 'execa';
import { runProcess } from '../deploy/shell/run.ts';

const PHOTOS = 'node_modules/@vladmandic/face-api/demo';
const ANSWERS = { 1: 'True', 2: 'False', 3: 'True', 4: 'False', 5: 'False', 6: 'False' };
const PRIVATE = 'build/demo';
const ANNOTATED = 'build/demo.png';
const REPORT = 'build/demo.html';

class DemoError extends Error {}

async function main(): Promise<void> {
  say(
    'The photographs are those of the npm package @vladmandic/face-api (MIT): groups of people, without names. To the',
  );
  say('eye, the woman in the middle of sample3 is on the right of sample1 too, and in none of the others.\n');
  const model = `${PRIVATE}/model.csv`;
  await type(`fr-train --face 2 -o ${model} ${PHOTOS}/sample3.jpg`, '', 0);
  await type(`fr-recognize --annotate ${ANNOTATED} ${model} ${PHOTOS}/sample1.jpg`, 'True', 0);
  const answers = Object.entries(ANSWERS).map(([number, answer]) => `${PHOTOS}/sample${number}.jpg\t${answer}`);
  await type(`fr-recognize --report ${REPORT} ${model} ${PHOTOS}/sample[1-6].jpg`, answers.join('\n'), 0);
  say(`${ANNOTATED} shows sample1 with a box around every face found.`);
  say(`${REPORT} shows every face of all six: open it in a browser.`);
  say('The model, biometric data of a real person, is deleted.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Makes a folder that only this user can read, and deletes it when this process ends in any way. */
function keepPrivate(folder: string): void {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  process.on('exit', remove);
}

/** Shows a command line, its answer and its time. Throws DemoError if the answer or the status is wrong. */
async function type(line: string, rightAnswer: string, rightStatus: number): Promise<void> {
  say(`$ ${line}`);
  const start = performance.now();
  const { stdout, stderr, exitCode } = await execa(`exec node ${line.replace(/\S+/, 'dist/tools/$&.js')}`, {
    shell: true,
    env: { FR_REMOTE: '0' }, // stays on this machine, whatever is deployed
    reject: false,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (stdout) say(stdout);
  say(`(${seconds} s)\n`);
  if (stdout === rightAnswer && exitCode === rightStatus) return;
  if (stderr) process.stderr.write(`${stderr}\n`);
  throw new DemoError(
    `${line} should answer '${rightAnswer.replaceAll('\n', ', ')}' with status ${rightStatus}, but ended with ` +
      `status ${exitCode} as shown above: run the demo again, and if it stays so, report it`,
  );
}

await runProcess(
  'demo',
  async () => {
    keepPrivate(PRIVATE);
    await main();
    return 0;
  },
  (error) => (error instanceof DemoError ? error.message : `internal error: ${error}: please report it`),
);
