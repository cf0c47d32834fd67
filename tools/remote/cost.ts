// What a call of a function costs, from the REPORT line of Lambda's log, and a limit on what a run may cost.
import type { LambdaArchitecture } from '../../deploy/names.ts';
import { ConfigError } from '../../handler/errors.ts';

/** One call, or a picture's share of it. */
export interface Charge {
  /** Milliseconds that Lambda bills, the restoring of a snapshot included. */
  billedMs: number;
  costUsd: number;
}

/** What the end of a call's log says. */
export interface Report extends Charge {
  /** Milliseconds that the environment took to start; 0 when it was warm. */
  startMs: number;
}

/**
 * AWS's list prices in USD: for 1 GB (2^30 bytes) during a second, and for a request. https://aws.amazon.com/lambda/pricing/,
 * the first tier of most Regions, without the free tier and SnapStart's own prices.
 */
const GB_SECOND_USD: Record<LambdaArchitecture, number> = { x86_64: 0.0000166667, arm64: 0.0000133334 };
const REQUEST_USD = 0.0000002;

/** What so many billed milliseconds cost. */
export function costUsd(billedMs: number, memoryMb: number, architecture: LambdaArchitecture): number {
  const gbSeconds = (billedMs / 1000) * (memoryMb / 1024);
  return REQUEST_USD + gbSeconds * GB_SECOND_USD[architecture];
}

/** Reads the end of a call's log. Undefined when it has no REPORT line. */
export function readReport(log: string, architecture: LambdaArchitecture): Report | undefined {
  const report = log.split('\n').findLast((line) => line.startsWith('REPORT '));
  const number = (pattern: RegExp): number | undefined => {
    const text = pattern.exec(report ?? '')?.[1];
    return text === undefined ? undefined : Number(text);
  };
  // Tabs separate the fields.
  const durationMs = number(/(?:^|\t)Billed Duration: ([\d.]+) ms/);
  const restoreMs = number(/(?:^|\t)Billed Restore Duration: ([\d.]+) ms/) ?? 0;
  const memoryMb = number(/(?:^|\t)Memory Size: (\d+) MB/);
  if (durationMs === undefined || memoryMb === undefined) return undefined;
  const startMs = number(/(?:^|\t)(?:Init|Restore) Duration: ([\d.]+) ms/) ?? 0;
  const billedMs = durationMs + restoreMs;
  return { billedMs, startMs, costUsd: costUsd(billedMs, memoryMb, architecture) };
}

/** A call whose cost is not known yet. To be settled once. */
export interface Reservation {
  /**
   * The call is over and cost this much; undefined when it never reached the function. One of unknown cost counts as much as
   * the dearest before.
   *
   * @throws ConfigError when there is a limit, and no call has told its cost yet.
   */
  settle(charge: Charge | 'unknown' | undefined): void;
}

/**
 * Calls under way may together take this share of what is left: pictures may cost twice what was assumed, and the sum still
 * holds. Before so many pictures have told their cost it is half of that, because the first ones may have been quick.
 */
const COMMITTED_SHARE = 0.5;
const ENOUGH_PICTURES = 10;

/** Adds up what calls cost, and refuses the call that would probably exceed the limit. Calls under way are counted. */
export class Budget {
  readonly #limitUsd: number | undefined;
  #spentUsd = 0;
  #reservedUsd = 0;
  #underWay = 0;
  #calls = 0;
  #pictures = 0;
  /** The most that a picture cost yet. */
  #dearestUsd = 0;

  /** @param limitUsd no limit without it. */
  constructor(limitUsd?: number) {
    this.#limitUsd = limitUsd;
  }

  get spentUsd(): number {
    return this.#spentUsd;
  }

  /**
   * How many pictures the next call may hold. 0: a call under way must be settled first. While calls are under way, a picture is
   * assumed to cost as much as the dearest before, otherwise the average; the first, a request's price. One picture alone may
   * take all that is left.
   *
   * @throws ConfigError when no call is under way and a picture more would probably exceed the limit.
   */
  room(): number {
    if (this.#limitUsd === undefined) return Number.POSITIVE_INFINITY;
    const isAlone = this.#underWay === 0;
    if (this.#calls === 0 && !isAlone) return 0;
    const nextUsd = this.#nextUsd(isAlone);
    const leftUsd = this.#limitUsd - this.#spentUsd;
    const share = this.#pictures < ENOUGH_PICTURES ? COMMITTED_SHARE / 2 : COMMITTED_SHARE;
    const free = Math.floor((share * leftUsd - this.#reservedUsd) / nextUsd + 1e-9);
    if (!isAlone) return Math.max(0, free);
    if (nextUsd <= leftUsd + 1e-12) return this.#calls === 0 ? 1 : Math.max(1, free);
    throw new ConfigError(
      `the budget of USD ${this.#limitUsd} is used up: ${this.#calls} ${this.#calls === 1 ? 'call' : 'calls'} cost USD ${showUsd(this.#spentUsd)}, ` +
        `and the next would cost about USD ${showUsd(nextUsd)}: raise --budget, or use --local`,
    );
  }

  /** Takes the probable cost of a call of so many pictures out of what is left; not more than room(). */
  reserve(pictures: number): Reservation {
    const reservedUsd = pictures * this.#nextUsd(this.#underWay === 0);
    this.#reservedUsd += reservedUsd;
    this.#underWay += 1;
    return {
      settle: (charge) => {
        this.#reservedUsd -= reservedUsd;
        this.#underWay -= 1;
        if (charge === undefined) return;
        if (charge !== 'unknown') this.#add(charge.costUsd, pictures);
        else if (this.#calls > 0) this.#add(pictures * this.#dearestUsd, pictures);
        else if (this.#limitUsd !== undefined) {
          throw new ConfigError('the function does not report its cost, so --budget cannot work: leave it out');
        }
      },
    };
  }

  #nextUsd(isAlone: boolean): number {
    if (this.#calls === 0) return REQUEST_USD;
    return isAlone ? this.#spentUsd / this.#pictures : this.#dearestUsd;
  }

  #add(usd: number, pictures: number): void {
    this.#calls += 1;
    this.#pictures += pictures;
    this.#spentUsd += usd;
    this.#dearestUsd = Math.max(this.#dearestUsd, usd / pictures);
  }
}

/** Two significant digits of a small amount, without an exponent. */
export function showUsd(usd: number): string {
  const digits = usd > 0 ? Math.max(2, 1 - Math.floor(Math.log10(usd))) : 2;
  return usd.toFixed(Math.min(digits, 20));
}
