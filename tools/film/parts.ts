// What ffmpeg writes -> frames: pictures from one pipe, and from another when each is shown.
import type { Readable } from 'node:stream';

const HEAD_END = '\r\n\r\n';
const MOST_HEAD_BYTES = 1_024;
const LENGTH = /content-length: (\d+)/i;

/** Reads exactly as many bytes as are asked for, however they come. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer[] = [];
  #size = 0;

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#size < count) if (!(await this.#more())) return undefined;
    const all = this.#joined();
    this.#hold(all.subarray(count));
    return all.subarray(0, count);
  }

  /** The text up to an end, which is dropped; undefined where there is no more, or no end. */
  async takeUntil(end: string): Promise<string | undefined> {
    for (;;) {
      const all = this.#joined();
      const at = all.indexOf(end);
      if (at >= 0) {
        this.#hold(all.subarray(at + end.length));
        return all.toString('latin1', 0, at);
      }
      if (all.length > MOST_HEAD_BYTES || !(await this.#more())) return undefined;
    }
  }

  #joined(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#hold(all);
    return all;
  }

  #hold(bytes: Buffer): void {
    this.#held = [bytes];
    this.#size = bytes.length;
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#held.push(value);
    this.#size += value.length;
    return true;
  }
}

/** The pictures of ffmpeg's `mpjpeg`: each has a head that says its length. Ends at one that is cut short, or too large. */
export async function* readPictures(stream: Readable, maxBytes: number): AsyncGenerator<Buffer, void, void> {
  const bytes = new ByteReader(stream);
  for (;;) {
    const head = await bytes.takeUntil(HEAD_END);
    const length = Number(LENGTH.exec(head ?? '')?.[1]);
    if (!(length > 0 && length <= maxBytes)) return;
    const picture = await bytes.take(length);
    if (!picture) return;
    yield Buffer.from(picture); // a copy, so that the rest of the chunk need not stay
  }
}

export interface Shown {
  /** Seconds from the film's start. */
  timeS: number;
  /** How much it differs from the frame before it, 0 to 1; the filter's `scene`. */
  change: number;
}

/** What ffmpeg's filter `metadata=print` says of each frame, in two lines, where its clock counts microseconds. */
export async function* readTimes(stream: Readable): AsyncGenerator<Shown, void, void> {
  const bytes = new ByteReader(stream);
  for (;;) {
    const head = await bytes.takeUntil('\n');
    const change = await bytes.takeUntil('\n');
    const microseconds = Number(/ pts:(\S+)/.exec(head ?? '')?.[1]);
    if (change === undefined || !Number.isFinite(microseconds)) return;
    yield {
      timeS: Math.max(0, Math.round(microseconds / 1e3) / 1e3),
      change: Number(/scene_score=(\S+)/.exec(change)?.[1]) || 0,
    };
  }
}
