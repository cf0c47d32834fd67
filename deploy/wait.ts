// Waiting for AWS: asks at growing intervals, up to a limit. Nothing waits for ever.

const FIRST_MS = 250;
const GROWTH = 1.4;
const LONGEST_MS = 5_000;

/** Asks until the answer is not undefined. Gives undefined when `limitMs` have passed. */
export async function poll<T>(limitMs: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_MS)) {
    const answer = await ask();
    if (answer !== undefined || performance.now() + pauseMs > end) return answer;
    await new Promise((wake) => setTimeout(wake, pauseMs));
  }
}
