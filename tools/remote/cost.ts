// What a call of a function costs, from the REPORT line of Lambda's log, and a limit on what a run may cost.
import type { LambdaArchitecture } from '../../deploy/names.ts';
import { ConfigError } from '../../handler/errors.ts';

/** One call. */
export interface Charge {
  /** Milliseconds that Lambda bills, the restoring of a snapshot included. */
  billedMs: number;
  costUsd: number;
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
export function readReport(log: string, architecture: LambdaArchitecture): Charge | undefined {
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
  const billedMs = durationMs + restoreMs;
  return { billedMs, costUsd: costUsd(billedMs, memoryMb, architecture) };
}

/** Adds up what calls cost, and refuses the call that would probably exceed the limit. */
export class Budget {
  readonly #limitUsd: number | undefined;
  #spentUsd = 0;
  #calls = 0;

  /** @param limitUsd no limit without it. */
  constructor(limitUsd?: number) {
    this.#limitUsd = limitUsd;
  }

  get spentUsd(): number {
    return this.#spentUsd;
  }

  /**
   * To be called before a call of a function. A call is assumed to cost the average of those before; the first, a request's price.
   *
   * @throws ConfigError when that would be more than the limit.
   */
  check(): void {
    if (this.#limitUsd === undefined) return;
    const nextUsd = this.#calls === 0 ? REQUEST_USD : this.#spentUsd / this.#calls;
    if (this.#spentUsd + nextUsd <= this.#limitUsd) return;
    throw new ConfigError(
      `the budget of USD ${this.#limitUsd} is used up: ${this.#calls} ${this.#calls === 1 ? 'call' : 'calls'} cost USD ${showUsd(this.#spentUsd)}, ` +
        `and the next would cost about USD ${showUsd(nextUsd)}: raise --budget, or use --local`,
    );
  }

  /** To be called after a call of a function. @throws ConfigError when there is a limit and the cost is unknown. */
  add(charge: Charge | undefined): void {
    if (charge) {
      this.#calls += 1;
      this.#spentUsd += charge.costUsd;
    } else if (this.#limitUsd !== undefined) {
      throw new ConfigError('the function does not report its cost, so --budget cannot work: leave it out');
    }
  }
}

/** Two significant digits of a small amount, without an exponent. */
export function showUsd(usd: number): string {
  const digits = usd > 0 ? Math.max(2, 1 - Math.floor(Math.log10(usd))) : 2;
  return usd.toFixed(Math.min(digits, 20));
}
