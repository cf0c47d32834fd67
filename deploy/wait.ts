// Waits for AWS and registries: poll asks again until there is an answer, retry repeats what failed. Both have a limit.
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';

const FIRST_MS = 250;
const GROWTH = 1.4;
const LONGEST_MS = 5_000;
/** The longest wait that a server's Retry-After can ask for. */
const OBEYED_MS = 60_000;

/** Asks until the answer is not undefined. Gives undefined once `limitMs` have passed. */
export async function poll<T>(limitMs: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_MS)) {
    const answer = await ask();
    if (answer !== undefined || performance.now() + pauseMs > end) return answer;
    await sleep(pauseMs);
  }
}

export interface Patience {
  /** Whether a failure is worth another try. */
  isPassing(failure: unknown): boolean;
  /** Further tries after the first; without it as many as `limitMs` allows. */
  retries?: number;
  /** After this time no further try begins. */
  limitMs?: number;
  /** The shortest first pause (default 250 ms). Each pause is twice the last one, up to ten seconds. */
  firstMs?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/**
 * Repeats work that failed and may succeed later. Pauses grow and have a random length, so that callers that failed
 * together do not all come back together. A failure may have `waitMs`, the shortest pause: a server's Retry-After.
 *
 * @throws the last failure.
 */
export function retry<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { isPassing, retries = Number.POSITIVE_INFINITY, limitMs, firstMs = FIRST_MS, signal } = patience;
  return pRetry(work, {
    retries,
    factor: 2,
    minTimeout: firstMs,
    maxTimeout: 2 * LONGEST_MS,
    randomize: true,
    ...(limitMs === undefined ? {} : { maxRetryTime: limitMs }),
    ...(signal ? { signal } : {}),
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: async ({ error, retriesLeft }) => {
      const { waitMs = 0 } = error as { waitMs?: number };
      if (retriesLeft > 0 && isPassing(error)) await sleep(Math.min(waitMs, OBEYED_MS), undefined, { signal });
    },
  });
}
