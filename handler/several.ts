// Several pictures in one request: each has an answer of its own, and those that the time is too short for are given back.
import { describeFailure, type FailureFields, ModelError, stopsEverything, UndoneError } from './errors.ts';

/** What Lambda tells of an invocation, as far as it is used. */
export interface Invocation {
  getRemainingTimeInMillis(): number;
}

/** Kept for sending the answer. */
const ANSWER_MS = 1_000;
/** With a timeout of a few seconds at most this share of it is kept. */
const KEPT_SHARE = 0.2;
/** Lambda's limit on an answer is 6 MB; a little less, because the last one is known only when it is there. */
const MAX_ANSWER_BYTES = 5 * 2 ** 20;

/** How pictures of one request are judged. */
export interface Several {
  /** How many are judged side by side. */
  atOnce: number;
  /** Without it there is no deadline. */
  invocation?: Invocation | undefined;
  /** Is called when the time is up and pictures are still being judged. */
  onTimeUp: () => void;
}

/**
 * Judges pictures in their order. A picture that cannot be judged costs only its own answer, which then is its failure. A
 * picture that was not done in time fails with UndoneError, and so do those after it: ask for them again.
 *
 * @param judges one a picture. It may also load the picture.
 * @returns an answer or a failure a picture, in the order of `judges`.
 * @throws ModelError, ConfigError and a SidecarError with the reason `missing`: every picture would have these.
 */
export async function judgeSeveral<Answer extends object>(
  judges: readonly (() => Promise<Answer>)[],
  { atOnce, invocation, onTimeUp }: Several,
): Promise<(Answer | FailureFields)[]> {
  const answers = new Array<Answer | FailureFields | undefined>(judges.length);
  let next = 0;
  let bytes = 0;
  let isOver = false;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < judges.length && !isOver && bytes < MAX_ANSWER_BYTES; index = next++) {
      const answer = await judges[index]?.().catch(failureOfOne);
      if (!answer || isOver) return;
      answers[index] = answer;
      bytes += Buffer.byteLength(JSON.stringify(answer));
    }
  };
  const work = Promise.all(Array.from({ length: Math.max(1, atOnce) }, lane));
  work.catch(() => undefined); // it may fail after the time is up, when nobody waits for it
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    if (invocation)
      timer = setTimeout(() => resolve(false), usableMs(invocation.getRemainingTimeInMillis(), ANSWER_MS));
  });
  try {
    const isDone = await Promise.race([work.then(() => true), timeUp]);
    isOver = true;
    if (!isDone) onTimeUp();
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
  return Array.from(answers, (answer) => answer ?? describeFailure(new UndoneError()));
}

/** What of the time left may be worked in when `keptMs` are kept for the end, or of a short time a share. */
export function usableMs(leftMs: number, keptMs: number): number {
  return Math.max(0, leftMs - Math.min(keptMs, leftMs * KEPT_SHARE));
}

function failureOfOne(error: unknown): FailureFields {
  if (error instanceof ModelError || stopsEverything(error) || !(error instanceof Error)) throw error;
  return describeFailure(error);
}
