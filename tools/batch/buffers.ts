// Memory for pictures that is used again and again. A new buffer for each costs more processor time than reading into it: its
// pages are mapped one by one, and the engine collects garbage for every 64 MB of them.

/** Sizes of pictures differ: a buffer that is larger by no more than this factor is used. */
const SPARE = 2;
const ROUND_BYTES = 2 ** 16;
/** Bytes that wait to be used again, at most. */
const MOST_BYTES = 2 ** 26;

export class Buffers {
  readonly #free: Buffer[] = [];
  #bytes = 0;

  /** A buffer of at least so many bytes. */
  take(bytes: number): Buffer {
    const size = Math.ceil(bytes / ROUND_BYTES) * ROUND_BYTES;
    const index = this.#free.findLastIndex(({ length }) => length >= size && length <= SPARE * size);
    if (index < 0) return Buffer.allocUnsafeSlow(size);
    const [found] = this.#free.splice(index, 1) as [Buffer];
    this.#bytes -= found.length;
    return found;
  }

  /** Nobody reads it any more. */
  giveBack(buffer: Buffer): void {
    this.#free.push(buffer);
    this.#bytes += buffer.length;
    while (this.#bytes > MOST_BYTES) this.#bytes -= this.#free.shift()?.length ?? 0;
  }
}
