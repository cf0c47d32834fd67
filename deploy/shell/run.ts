// How every program here runs as a process: exit status, failures as lines for people, signals, closed pipes.
import { endOnSignals, interrupted } from './interrupt.ts';
import { writeLine } from './status.ts';

/** The exit status after a failure: grep's. */
export const FAILED = 2;
/** What a shell shows for a program that SIGPIPE ended. */
const CLOSED_PIPE = 141;

/**
 * Runs `main` as this process, which then ends with the status that `main` gives. After a failure a person reads
 * `program: ` and what `explain` says of it, and no stack trace; FR_DEBUG=1 adds the stack.
 *
 * @param explain gives a failure as text that is safe to show.
 */
export async function runProcess(
  program: string,
  main: () => Promise<number>,
  explain: (error: unknown) => string,
): Promise<void> {
  const say = (text: string): void => writeLine(`${program}: ${text}`);
  const fail = (error: unknown): void => {
    say(explain(error));
    if (process.env.FR_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = FAILED;
  };
  endOnSignals(say);
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  process.stderr.on('error', () => undefined); // nobody reads it any more
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(CLOSED_PIPE);
    say(`standard output cannot be written (${code}): is the disk full?`);
    process.exit(FAILED);
  });
  try {
    process.exitCode = await main();
  } catch (error) {
    // A signal stopped the work and ends the process too: there is nothing to explain.
    if (interrupted.aborted) return;
    fail(error);
  }
  // Exit now: an open connection, or standard input, would keep the process alive.
  process.stdout.write('', (error) => error ?? process.exit()); // an error has its listener above
}
