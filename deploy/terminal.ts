// What the deployer's programs share on a terminal: how they run, how they explain a failure, and the question before a change.
import { createInterface } from 'node:readline/promises';
import { AwsError, DeployError, explainAwsError } from './failure.ts';
import { ImageBuildError } from './image/engine.ts';
import { oneLine } from './shell/one-line.ts';
import { runProcess } from './shell/run.ts';

/**
 * Asks whether to go on, unless --yes was given.
 *
 * @throws DeployError when the answer is not yes, or nobody can be asked.
 */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new DeployError('nobody can be asked here, so nothing is changed: give --yes');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D mean no. Without this they would end the question without an answer.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  lines.on('SIGINT', () => lines.close());
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new DeployError('you did not answer yes, so nothing is changed');
  } finally {
    lines.close();
  }
}

/** Runs one of the deployer's programs as this process: status 0, or 2 after a failure. */
export function runDeployer(program: string, main: (args: string[]) => Promise<void>): Promise<void> {
  // The SDK warns that its future versions need a newer Node; the installed version works on this one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return runProcess(program, async () => main(process.argv.slice(2)).then(() => 0), failureLine);
}

/** Docker's own lines when a build failed, one line for every other error. */
export function failureLine(error: unknown): string {
  if (error instanceof ImageBuildError) return error.message;
  return explain(error);
}

/** An error as one line. */
export function explain(error: unknown): string {
  return oneLine(describe(error));
}

function describe(error: unknown): string {
  if (error instanceof AwsError) return explainAwsError(error);
  if (error instanceof DeployError || error instanceof ImageBuildError) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}: please report it`;
}
