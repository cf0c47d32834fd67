// How many calls of a function may be under way: starts with a few, grows while answers come back, halves when AWS throttles.

/** The calls at the start. A new account may have ten at once. */
const FIRST = 8;
/** The calls at the start where the account says what it allows: this share of that. */
const FIRST_SHARE = 0.1;
/** Lambda's default limit of an account and Region; it ends growth where the account's own is not known. */
const MOST = 1_000;
/** Of what the account allows: other functions need some of it, too. */
const SHARE = 0.9;
/** After a throttling the window grows by this share of itself a round, not to twice its size. */
const LATER_GROWTH = 0.1;
/** A limit that was learned from a throttling is forgotten after this: then others may have ended what they did. */
const LEARNED_MS = 30_000;
/** Growth stops when calls take this much longer, and this many times longer, on their way than the quickest: the uplink is full. */
const SLOW_MS = 1_000;
const SLOW_FACTOR = 3;

/** Additive growth and halving, as TCP does for packets on their way. */
export class Window {
  readonly #most: number;
  readonly #now: () => number;
  #size: number;
  #allowed = Number.POSITIVE_INFINITY;
  #learned = Number.POSITIVE_INFINITY;
  #throttledMs = Number.NEGATIVE_INFINITY;
  #underWay = 0;
  /** When the window was full last. */
  #fullMs = Number.NEGATIVE_INFINITY;
  #leastOnWayMs = Number.POSITIVE_INFINITY;

  /** @param most what the user allows, `--concurrency`. */
  constructor(most = MOST, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#size = Math.min(FIRST, most);
    this.#now = now;
  }

  /** Calls that may be under way, 1 or more. */
  get size(): number {
    if (this.#now() - this.#throttledMs > LEARNED_MS) this.#learned = Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(Math.min(this.#size, this.#most, this.#allowed, this.#learned)));
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Calls that may be started now. */
  get free(): number {
    return Math.max(0, this.size - this.#underWay);
  }

  /** Calls that may ever be under way at once, as far as is known. */
  get limit(): number {
    return Math.max(1, Math.floor(Math.min(this.#most, this.#allowed)));
  }

  /** What the account allows at once, when it says so. */
  allow(concurrency: number): void {
    this.#allowed = Math.max(1, concurrency * SHARE);
    if (this.#throttledMs < 0) this.#size = Math.max(this.#size, Math.min(FIRST_SHARE * concurrency, this.limit));
  }

  /** A call begins. Gives the moment, for answered() and throttled(). */
  start(): number {
    this.#underWay += 1;
    const nowMs = this.#now();
    if (this.#underWay >= this.size) this.#fullMs = nowMs;
    return nowMs;
  }

  /**
   * A call ended with an answer. The window grows if it was full since the call began.
   *
   * @param onWayMs of the call, without what the function took; undefined when that is not known.
   */
  answered(startedMs: number, onWayMs: number | undefined): void {
    this.#underWay -= 1;
    if (onWayMs !== undefined) this.#leastOnWayMs = Math.min(this.#leastOnWayMs, onWayMs);
    const isSlow = onWayMs !== undefined && onWayMs > SLOW_MS + SLOW_FACTOR * this.#leastOnWayMs;
    if (this.#fullMs < startedMs || isSlow) return;
    this.#size = Math.min(this.#size + (this.#throttledMs < 0 ? 1 : LATER_GROWTH), this.limit);
  }

  /** A call was refused because there are too many. Of all that were under way together, one halves the window. */
  throttled(startedMs: number): void {
    const size = this.#underWay;
    this.#underWay -= 1;
    if (startedMs < this.#throttledMs) return;
    this.#learned = Math.max(1, SHARE * size);
    this.#size = Math.max(1, Math.min(this.#size, size) / 2);
    this.#throttledMs = this.#now();
  }

  /** A call ended otherwise. */
  failed(): void {
    this.#underWay -= 1;
  }
}
