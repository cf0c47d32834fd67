// What the calls of a run have shown so far: how long a picture takes, how large it is, how many environments answer.
import { base64Bytes } from './grouping.ts';
import type { Reply } from './lambda.ts';

/** Before the first answer: a picture of one face at 1,769 MB, as the root README has it. */
const USUAL_MS = 154;
const USUAL_BYTES = 150_000;
/** A new call weighs this much. */
const WEIGHT = 0.1;

/** Running averages, and counts. */
export class Measured {
  msPerPicture = USUAL_MS;
  bytesPerPicture = USUAL_BYTES;
  calls = 0;
  pictures = 0;
  /** Bytes of requests that were answered. */
  sentBytes = 0;
  throttles = 0;
  /** What AWS said of the last throttling, such as ConcurrentInvocationLimitExceeded. */
  throttledBecause = '';
  #most = 0;
  readonly #environments = new Set<string>();

  /** Environments that have answered. A call of one picture does not name its own, so these count as many as were under way. */
  get environments(): number {
    return Math.max(this.#environments.size, this.#most);
  }

  /**
   * A call was answered.
   *
   * @param underWay calls under way with it.
   * @param tookMs from sending to the answer.
   * @returns what the call was on its way, without the function's own time; undefined when the environment had to start.
   */
  add(group: readonly { image: Uint8Array }[], { body, report }: Reply, underWay: number, tookMs: number) {
    const bytes = group.reduce((sum, { image }) => sum + image.length, 0);
    const weight = this.calls === 0 ? 1 : WEIGHT;
    this.calls += 1;
    this.pictures += group.length;
    this.sentBytes += base64Bytes(bytes);
    this.bytesPerPicture += weight * (bytes / group.length - this.bytesPerPicture);
    const name = (body as { environment?: unknown } | undefined)?.environment;
    if (typeof name === 'string') this.#environments.add(name);
    else this.#most = Math.max(this.#most, underWay);
    if (!report || report.startMs > 0) return undefined;
    this.msPerPicture += weight * (Math.max(1, report.billedMs / group.length) - this.msPerPicture);
    return Math.max(0, tookMs - report.billedMs);
  }

  throttled(error: unknown): void {
    this.throttles += 1;
    this.throttledBecause = String((error as { Reason?: unknown }).Reason ?? '');
  }
}
