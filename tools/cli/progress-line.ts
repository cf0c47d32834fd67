// The progress of a long run: one line on a terminal, rewritten in place.
import { Status, type Terminal } from '../../deploy/shell/status.ts';

const REDRAW_MS = 100;

/** Draws only on a terminal, and only if there are several pictures. */
export class ProgressLine {
  readonly #status: Status | undefined;
  readonly #total: number;
  readonly #more: () => string;
  readonly #now: () => number;
  #done = 0;
  #judged = 0;
  #firstMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  /** @param more what else to say of the run, such as what it has cost; asked at each redraw. */
  constructor(
    total: number,
    terminal: Terminal | undefined,
    more: () => string = () => '',
    now: () => number = () => performance.now(),
  ) {
    this.#status = terminal?.isTTY && total > 1 ? new Status(terminal) : undefined;
    this.#total = total;
    this.#more = more;
    this.#now = now;
  }

  /** @param isKnown whether an earlier run had done this picture: then it says nothing of the speed of this one. */
  advance(isKnown = false): void {
    this.#done += 1;
    const nowMs = this.#now();
    if (!isKnown) this.#judged += 1;
    if (this.#judged <= 1) this.#firstMs = nowMs;
    if (!this.#status || this.#done === this.#total || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const counts = { done: this.#done, judged: this.#judged, total: this.#total };
    this.#status.draw([progressLine(counts, nowMs - this.#firstMs, this.#more())]);
  }

  /** Makes room for other lines. The next picture draws again. */
  clear(): void {
    this.#status?.erase();
    this.#drawnMs = Number.NEGATIVE_INFINITY;
  }
}

/**
 * `12 of 340 pictures, 5.3 a second, USD 0.0012 spent, 1 min 2 s left`. The rate leaves out the first picture, which waits for the start.
 *
 * @param judged those of the done that this run has judged: the others came from the journal, and do not count for the rate.
 * @param elapsedMs since the first picture was judged.
 * @param more what else to say.
 */
export function progressLine(
  { done, judged, total }: { done: number; judged: number; total: number },
  elapsedMs: number,
  more = '',
): string {
  const count = `${done} of ${total} pictures`;
  const rest = more && `, ${more}`;
  if (judged < 2 || elapsedMs <= 0) return `${count}${rest}`;
  const perSecond = (judged - 1) / (elapsedMs / 1000);
  return `${count}, ${perSecond.toFixed(1)} a second${rest}, ${timeLeft(total - done, perSecond)}`;
}

/** `1 min 2 s left`. */
export function timeLeft(count: number, perSecond: number): string {
  const left = Math.ceil(count / perSecond);
  const minutes = Math.floor(left / 60);
  return `${minutes ? `${minutes} min ` : ''}${left % 60} s left`;
}
