// Runs the set-up's commands as steps with a line of progress each. Plain JavaScript on Node alone, as setup.mjs is.
import { spawn } from 'node:child_process';
import { accessSync, constants as fs } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';

const ANNOUNCE_AFTER_MS = 1000; // a step that ends sooner had nothing to do, so it gets no line

/** A failure with a line for the user: what failed and what to do. */
export class SetupError extends Error {}

/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
/** @type {NodeJS.Signals | undefined} */
let stopping;

/** @param {string} text */
export function say(text) {
  process.stderr.write(text);
}

/** @param {string} name */
export function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), fs.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a command to its end. It reads from our terminal, since sudo may ask for a password.
 * @param {string[]} command
 * @returns {Promise<{ failure: string | undefined, output: string }>}
 */
async function run([program = '', ...words]) {
  const child = spawn(program, words, { stdio: ['inherit', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  /** @type {string | undefined} */
  const failure = await new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (status, signal) => done(status === 0 ? undefined : (signal ?? `exit status ${status}`)));
  });
  running = undefined;
  if (stopping) process.exit(128 + os.signals[stopping]);
  return { failure, output };
}

/**
 * Runs commands one after the other, with one line of progress. Their output is shown only if one fails.
 * @param {string} what
 * @param {string[][]} commands
 * @param {string} advice what to do when one fails
 */
export async function step(what, commands, advice) {
  const start = performance.now();
  let announced = false;
  const timer = setTimeout(() => {
    announced = true;
    say(`setup: ${what} ... `);
  }, ANNOUNCE_AFTER_MS);
  for (const command of commands) {
    const { failure, output } = await run(command);
    if (failure === undefined) continue;
    clearTimeout(timer);
    say(`${announced ? 'failed\n' : ''}${output.trimEnd()}\n`);
    throw new SetupError(`${what}: '${command.slice(0, 3).join(' ')} ...' failed (${failure}): ${advice}`);
  }
  clearTimeout(timer);
  if (announced) say(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

/** At a signal: ends the command that runs, then this process. */
export function endAtSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      stopping = signal;
      // At Ctrl-C the terminal has told the command too; we wait for it, so that it can clean up.
      if (!running) process.exit(128 + os.signals[signal]);
      if (signal !== 'SIGINT') running.kill(signal);
    });
  }
}
