// The bytes of a request to the recognizer: base64 is written straight into a buffer that is used again.
import { base64Bytes, type Waiting } from './grouping.ts';

/**
 * Node's base64 of a whole picture makes a string of 200 kB, whose memory is mapped and unmapped: 1.4 ms of processor time for
 * 150 kB. In pieces of this size, whose strings stay in the heap, the same takes 0.024 ms. A multiple of 3.
 */
const PIECE_BYTES = 12_000;
const ROUND_BYTES = 2 ** 18;
/** Buffers that wait to be used again, at most. */
const KEPT = 32;
/** Names of fields and brackets, beside the other fields. */
const AROUND_REQUEST = 32;

/** A request that is built anew for each try, so that its bytes are in memory only while they are sent. */
export interface Body {
  /** At most so many. */
  readonly bytes: number;
  build(): Buffer;
  /** Nothing reads the payload any more. */
  sent(payload: Buffer): void;
  /** The call is over, even if somebody still reads the payload: then it is not used again. */
  drop(payload: Buffer): void;
}

/** Buffers for payloads. Their pages are touched already, which costs more than filling them. */
export class Payloads {
  readonly #free: Buffer[] = [];
  readonly #sending = new Set<Buffer>();
  readonly #onSent: () => void;
  #sendingBytes = 0;

  /** @param onSent is called when fewer bytes are on their way. */
  constructor(onSent: () => void) {
    this.#onSent = onSent;
  }

  /** Of all payloads that were built and are not sent yet. */
  get sendingBytes(): number {
    return this.#sendingBytes;
  }

  /** The request for one picture (the original's event) or several. */
  of(group: readonly Waiting[]): Body {
    return {
      bytes: sizeOf(group),
      build: () => this.#build(group),
      sent: (payload) => {
        this.#finish(payload);
        if (this.#free.length < KEPT) this.#free.push(Buffer.from(payload.buffer));
      },
      drop: (payload) => this.#finish(payload),
    };
  }

  #build(group: readonly Waiting[]): Buffer {
    const json = group[0]?.judged.json ?? '{}';
    const isOne = group.length === 1;
    const buffer = this.#take(sizeOf(group));
    let at = buffer.write(isOne ? '{"base64_image":' : '{"images":[', 0, 'latin1');
    for (const [index, { image }] of group.entries()) {
      at += buffer.write(index === 0 ? '"' : ',"', at, 'latin1');
      at = writeBase64(buffer, image, at);
      at += buffer.write('"', at, 'latin1');
    }
    at += buffer.write((isOne ? '' : ']') + (json === '{}' ? '}' : `,${json.slice(1)}`), at);
    const payload = buffer.subarray(0, at);
    this.#sending.add(payload);
    this.#sendingBytes += payload.length;
    return payload;
  }

  #finish(payload: Buffer): void {
    if (!this.#sending.delete(payload)) return;
    this.#sendingBytes -= payload.length;
    this.#onSent();
  }

  #take(size: number): Buffer {
    const index = this.#free.findIndex((buffer) => buffer.length >= size);
    const [found] = index < 0 ? [] : this.#free.splice(index, 1);
    // Rounded up, so that requests of about the same size fit into each other's buffers.
    return found ?? Buffer.from(new ArrayBuffer(Math.ceil(size / ROUND_BYTES) * ROUND_BYTES));
  }
}

function sizeOf(group: readonly Waiting[]): number {
  let size = AROUND_REQUEST + Buffer.byteLength(group[0]?.judged.json ?? '');
  for (const { image } of group) size += base64Bytes(image.length) + 3;
  return size;
}

function writeBase64(to: Buffer, image: Uint8Array, start: number): number {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  let at = start;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    at += to.write(bytes.toString('base64', from, from + PIECE_BYTES), at, 'latin1');
  }
  return at;
}
