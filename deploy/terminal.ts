// What the deployer's programs share as processes: one-line failures, a question, and an end on signals.
import { createInterface } from 'node:readline/promises';
import { AwsError, DeployError, explainAwsError } from './failure.ts';
import { ImageBuildError } from './image/engine.ts';
import { endOnSignals, interrupted } from './image/interrupt.ts';

const FAILED = 2;

/**
 * Asks whether to go on. Where nobody can be asked the answer is --yes.
 *
 * @throws DeployError when the answer is not yes.
 */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new DeployError('nobody can be asked here, so nothing is changed: give --yes');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are a no; left alone they would end the question without an answer.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  lines.on('SIGINT', () => lines.close());
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new DeployError('you did not answer yes, so nothing is changed');
  } finally {
    lines.close();
  }
}

/** Runs a program as this process: 0, or 2 after one line that says why. FR_DEBUG=1 adds the stack. */
export async function runDeployer(program: string, main: (args: string[]) => Promise<void>): Promise<void> {
  // The SDK warns users of Node 20 of its own future; what is installed works.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const say = (text: string): void => void process.stderr.write(`${program}: ${text}\n`);
  endOnSignals(say);
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    // A signal ended the work, and ends the process too: nothing more to say.
    if (interrupted.aborted) return;
    say(failureLine(error));
    if (process.env.FR_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = FAILED;
  }
  // Exit now: open connections would keep the event loop alive for seconds.
  process.stdout.write('', () => process.exit());
}

/** Docker's own lines when a build failed; one line for every other error. */
export function failureLine(error: unknown): string {
  if (error instanceof ImageBuildError) return error.message;
  return explain(error);
}

/** An error as one line. */
export function explain(error: unknown): string {
  const line = describe(error).replace(/\s*\n\s*/g, ' ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function describe(error: unknown): string {
  if (error instanceof AwsError) return explainAwsError(error);
  if (error instanceof DeployError || error instanceof ImageBuildError) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}: please report it`;
}
