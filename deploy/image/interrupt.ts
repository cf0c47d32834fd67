// Ctrl-C and its like: work that would leave something behind is told to stop, and the process ends once it is tidy.
import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

/** Longest that tidying up may take before the process ends without it. */
const TIDY_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const controller = new AbortController();
const unfinished = new Set<Promise<unknown>>();

/** Aborted when the person wants this process to end. Programs that we start end with it. */
export const interrupted: AbortSignal = controller.signal;
setMaxListeners(0, interrupted); // each program that runs listens

/** Runs work that tidies up after itself: an interruption waits for its end. */
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

/** From now on signals end this process tidily, with 128 + the signal's number; a second one at once. */
export function endOnSignals(say: (text: string) => void): void {
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const status = 128 + constants.signals[signal];
      if (interrupted.aborted) process.exit(status);
      controller.abort();
      if (unfinished.size > 0) say('stopping, and tidying up');
      setTimeout(() => process.exit(status), TIDY_MS);
      void Promise.allSettled(unfinished).then(() => process.exit(status));
    });
  }
}
