// How far a long run has come: one line on a terminal, rewritten in place.

/** The part of a terminal that is used; process.stderr is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[K';
const REDRAW_MS = 100;

/** Draws only on a terminal, and only when there is more than one picture. */
export class ProgressLine {
  readonly #terminal: Terminal | undefined;
  readonly #total: number;
  readonly #now: () => number;
  #done = 0;
  #firstMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(total: number, terminal: Terminal | undefined, now: () => number = () => performance.now()) {
    this.#terminal = terminal?.isTTY && total > 1 ? terminal : undefined;
    this.#total = total;
    this.#now = now;
    if (this.#terminal) process.once('exit', () => this.clear()); // after a signal, the shell gets a clean line
  }

  /** One more picture is done. */
  advance(): void {
    this.#done += 1;
    const nowMs = this.#now();
    if (this.#done === 1) this.#firstMs = nowMs;
    if (!this.#terminal || this.#done === this.#total || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const line = progressLine(this.#done, this.#total, nowMs - this.#firstMs);
    this.#terminal.write(`${ERASE_LINE}${line.slice(0, (this.#terminal.columns ?? 80) - 1)}`);
  }

  /** Makes room for other lines. The next picture draws again. */
  clear(): void {
    if (this.#drawnMs === Number.NEGATIVE_INFINITY) return;
    this.#terminal?.write(ERASE_LINE);
    this.#drawnMs = Number.NEGATIVE_INFINITY;
  }
}

/**
 * `12 of 340 pictures, 5.3 a second, 1 min 2 s left`. The rate is that of the pictures after the first, which also
 * waits for the start.
 *
 * @param elapsedMs since the first picture was done.
 */
export function progressLine(done: number, total: number, elapsedMs: number): string {
  const count = `${done} of ${total} pictures`;
  if (done < 2 || elapsedMs <= 0) return count;
  const perSecond = (done - 1) / (elapsedMs / 1000);
  const left = Math.ceil((total - done) / perSecond);
  const minutes = Math.floor(left / 60);
  return `${count}, ${perSecond.toFixed(1)} a second, ${minutes ? `${minutes} min ` : ''}${left % 60} s left`;
}
