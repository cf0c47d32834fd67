// Follows a run to its end, with a line on the terminal that says how far it is.
import { setTimeout as sleep } from 'node:timers/promises';
import { Status, type Terminal } from '../../deploy/shell/status.ts';
import { timeLeft } from '../cli/progress-line.ts';
import type { BucketAws, Counts, Execution } from './aws.ts';

const FIRST_MS = 500;
const LONGEST_MS = 5_000;
const GROWTH = 1.3;

export interface Following {
  /** undefined for silence. */
  terminal?: Terminal | undefined;
  /** Whether the run costs more than it may; then it is stopped. */
  isTooDear?: ((counts: Counts, elapsedMs: number) => boolean) | undefined;
}

/** The run as it ended, and how far it was when it was stopped for its cost: undefined if it was not. */
export interface Followed {
  execution: Execution;
  tooDear?: Counts | undefined;
}

export async function follow(aws: BucketAws, arn: string, { terminal, isTooDear }: Following): Promise<Followed> {
  const status = terminal?.isTTY ? new Status(terminal) : undefined;
  const startMs = performance.now();
  let tooDear: Counts | undefined;
  try {
    for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(LONGEST_MS, pauseMs * GROWTH)) {
      const execution = await aws.describe(arn);
      if (execution.status !== 'RUNNING') return { execution, tooDear };
      const counts = status || isTooDear ? await aws.counts(arn) : undefined;
      const elapsedMs = performance.now() - startMs;
      status?.draw([followLine(counts, elapsedMs)]);
      if (counts && !tooDear && isTooDear?.(counts, elapsedMs)) {
        tooDear = counts;
        await aws.stop(arn);
      }
      await sleep(pauseMs);
    }
  } finally {
    status?.erase();
  }
}

/** `1200 of 10000 keys, 53.0 a second, 12 batches under way, 2 min 46 s left`. While the bucket is listed the total grows. */
export function followLine(counts: Counts | undefined, elapsedMs: number): string {
  if (!counts) return 'listing the bucket ...';
  const { total, done, running } = counts;
  const soFar = `${done} of ${total} keys`;
  const under = `${running} ${running === 1 ? 'batch' : 'batches'} under way`;
  if (done === 0 || elapsedMs <= 0) return `${soFar}, ${under}`;
  const perSecond = done / (elapsedMs / 1000);
  return `${soFar}, ${perSecond.toFixed(1)} a second, ${under}, ${timeLeft(total - done, perSecond)}`;
}
