// Sends a request's body in pieces, after it was signed as a whole: TLS then holds a piece of it and not all, and the memory of
// the body can be used again long before the answer comes.
import { Readable } from 'node:stream';

/** In smaller pieces it takes more processor time; in one piece, each connection keeps as much memory as its largest body. */
const PIECE_BYTES = 2 ** 18;

class Pieces extends Readable {
  readonly #body: Uint8Array;
  readonly #onSent: () => void;
  #at = 0;

  constructor(body: Uint8Array, onSent: () => void) {
    super({ highWaterMark: PIECE_BYTES });
    this.#body = body;
    this.#onSent = onSent;
  }

  override _read(): void {
    const piece = this.#body.subarray(this.#at, this.#at + PIECE_BYTES);
    this.#at += piece.length;
    this.push(piece.length > 0 ? piece : null);
  }

  /** The end of a request: all of it was handed on, or the connection is lost. */
  override pipe<To extends NodeJS.WritableStream>(to: To, options?: { end?: boolean }): To {
    to.once('finish', this.#onSent).once('close', this.#onSent);
    return super.pipe(to, options);
  }
}

/** A middleware of the SDK for one call, behind the signature. */
export function inPieces(onSent: () => void) {
  let isSent = false;
  const once = (): void => {
    if (!isSent) onSent();
    isSent = true;
  };
  return <Args extends { request: unknown }, Output>(next: (args: Args) => Promise<Output>) =>
    (args: Args): Promise<Output> => {
      const request = args.request as { body?: unknown };
      if (request.body instanceof Uint8Array) request.body = new Pieces(request.body, once);
      return next(args);
    };
}
