// What the command lines share as processes: one-line errors, exit statuses, signals, closed pipes.

import { ConfigError, FaceError, RequestError, SidecarError } from '../../handler/errors.ts';
import { commandWords } from './command-words.ts';
import { oneLine, showName } from './names.ts';

/** Exit statuses: grep's. */
export const EXIT = { match: 0, noMatch: 1, error: 2, unsure: 3 } as const;

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const CLOSED_PIPE = 141; // what a shell shows for a program ended by SIGPIPE

/** A failure together with the file it happened on. */
export class FailureOn extends Error {
  readonly subject: string;
  override readonly cause: FaceError;

  constructor(subject: string, cause: FaceError) {
    super(`${subject}: ${cause.message}`, { cause });
    this.subject = subject;
    this.cause = cause;
  }
}

/** Whether every picture would fail in this way: the settings or the installation are at fault. */
export function stopsEverything(error: FaceError): boolean {
  return error instanceof ConfigError || (error instanceof SidecarError && error.reason === 'missing');
}

/** Does the work. If it fails because of `subject`, the failure names it. */
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

/** `fr-recognize: party.jpg: what failed: what to do`, always one line. */
export function errorLine(program: string, error: unknown): string {
  const known = error instanceof FaceError || error instanceof FailureOn;
  const message = error instanceof Error ? error.message : String(error);
  return oneLine(`${program}: ${known ? message : `internal error: ${message}: please report it`}`);
}

/** Writes a line for people. */
export function say(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}

/**
 * Runs a command line as this process. `main` takes the arguments and gives the exit status; whatever happens,
 * a user reads one line and no stack trace. FR_DEBUG=1 adds the stack.
 */
export async function runProgram(program: string, main: (args: string[]) => Promise<number>): Promise<void> {
  const fail = (error: unknown): void => {
    say(errorLine(program, error));
    if (process.env.FR_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = EXIT.error;
  };
  endQuietly();
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      fail(new RequestError(`standard output cannot be written (${error.code}): is the disk full?`));
    }
    process.exit(error.code === 'EPIPE' ? CLOSED_PIPE : EXIT.error);
  });
  try {
    process.exitCode = await main(commandWords());
  } catch (error) {
    fail(error);
  }
  // The event loop would not end this process while standard input is still open.
  process.stdout.write('', (error) => error ?? process.exit()); // an error has its listener above
}

// process.exit and not the signal's own death: the sidecar is ended on 'exit'.
function endQuietly(): void {
  for (const [signal, status] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(status));
  process.stderr.on('error', () => undefined); // nobody reads it any more
}
