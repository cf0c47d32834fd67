// Ctrl-C and other signals: work that would leave something behind is told to stop, and the process ends once it is tidy.
import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

/** The process ends after this time, even if tidying up is not finished. */
const TIDY_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const controller = new AbortController();
const unfinished = new Set<Promise<unknown>>();

/** Aborted when a signal asks this process to end. Programs that were started with it end too. */
export const interrupted: AbortSignal = controller.signal;
setMaxListeners(0, interrupted); // every program that runs listens

/** Runs work that tidies up after itself: a signal ends the process only when this work has ended. */
export async function tidily<T>(work: () => Promise<T>): Promise<T> {
  interrupted.throwIfAborted();
  const running = work();
  unfinished.add(running);
  try {
    return await running;
  } finally {
    unfinished.delete(running);
  }
}

/**
 * From now on a signal ends this process with 128 + the signal's number: at once, or when work in tidily() has ended. A
 * second signal always ends it at once.
 */
export function endOnSignals(say: (text: string) => void): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const status = 128 + constants.signals[signal];
      if (interrupted.aborted) process.exit(status);
      controller.abort();
      // process.exit and not the signal's own death: programs that we started are ended on 'exit'.
      if (unfinished.size === 0) process.exit(status);
      say('stopping, and tidying up');
      setTimeout(() => process.exit(status), TIDY_MS);
      void Promise.allSettled(unfinished).then(() => process.exit(status));
    });
  }
}
