// What the command lines share: how they run, exit statuses, and one-line errors.

import { oneLine } from '../../deploy/shell/one-line.ts';
import { FAILED, runProcess } from '../../deploy/shell/run.ts';
import { writeLine } from '../../deploy/shell/status.ts';
import { FaceError, stopsEverything } from '../../handler/errors.ts';
import { commandWords } from './command-words.ts';
import { showName } from './names.ts';

/** Exit statuses, as grep has them. */
export const EXIT = { match: 0, noMatch: 1, error: FAILED, unsure: 3 } as const;

/** A failure, with the file that it is about. */
export class FailureOn extends Error {
  readonly subject: string;
  override readonly cause: FaceError;

  constructor(subject: string, cause: FaceError) {
    super(`${subject}: ${cause.message}`, { cause });
    this.subject = subject;
    this.cause = cause;
  }
}

/** Runs `work`; a failure because of `subject` then names it. */
export async function on<Result>(subject: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FaceError && !stopsEverything(error) ? new FailureOn(subject, error) : error;
  }
}

/** A file's name in messages. */
export function displayName(path: string): string {
  return path === '-' ? 'standard input' : showName(path);
}

function explain(error: unknown): string {
  const known = error instanceof FaceError || error instanceof FailureOn;
  const message = error instanceof Error ? error.message : String(error);
  return oneLine(known ? message : `internal error: ${message}: please report it`);
}

/** Writes a line for people. */
export function say(line: string): void {
  writeLine(oneLine(line));
}

/** Runs a command line as this process. `main` takes the arguments and gives the exit status. */
export function runProgram(program: string, main: (args: string[]) => Promise<number>): Promise<void> {
  return runProcess(program, () => main(commandWords()), explain);
}
