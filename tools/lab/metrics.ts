// Distances of genuine and impostor pairs -> rates, in the terms of ISO/IEC 19795-1. Pure.

/** Distances are counted in steps of this; the largest possible is below 4, and a pair beyond counts as there. */
export const STEP = 1e-4;
const STEPS = 40_000;

/** How many pairs there are at each distance. */
export class Histogram {
  readonly counts = new Float64Array(STEPS);
  total = 0;

  add(distance: number, times = 1): void {
    const step = Math.min(STEPS - 1, Math.ceil(distance / STEP));
    this.counts[step] = (this.counts[step] as number) + times;
    this.total += times;
  }

  /** Adds another's pairs, `times` over. */
  merge(other: Histogram, times = 1): void {
    for (let i = 0; i < STEPS; i += 1) {
      this.counts[i] = (this.counts[i] as number) + times * (other.counts[i] as number);
    }
    this.total += times * other.total;
  }

  /** The part of the pairs at or below the threshold, itself a multiple of STEP: TMR of genuine pairs, FMR of impostors. */
  rateAt(threshold: number): number {
    const last = Math.round(threshold / STEP);
    let below = 0;
    for (let i = 0; i <= last && i < STEPS; i += 1) below += this.counts[i] as number;
    return below / this.total;
  }

  /** The largest threshold at which at most `rate` of the pairs match. NaN when there is no pair. */
  thresholdAt(rate: number): number {
    if (this.total === 0) return Number.NaN;
    const allowed = rate * this.total;
    let below = 0;
    for (let i = 0; i < STEPS; i += 1) {
      below += this.counts[i] as number;
      if (below > allowed) return (i - 1) * STEP;
    }
    return STEPS * STEP;
  }
}

/** An estimate and the half width of its 95 % confidence interval. */
export interface Estimate {
  value: number;
  margin: number;
}

/** Parts of the people, each left out once. */
export const FOLDS = 10;
// Student's t at 97.5 % with FOLDS - 1 degrees of freedom.
const T9 = 2.262;

/** Delete-one-group jackknife (Tukey, 1958): the estimate on all groups, and on all but each of ten. */
export function jackknife(value: number, without: readonly number[]): Estimate {
  const n = without.length;
  const middle = mean(without);
  const variance = ((n - 1) / n) * without.reduce((sum, other) => sum + (other - middle) ** 2, 0);
  return { value, margin: T9 * Math.sqrt(variance) };
}

/** Mean of independent values, and its interval. */
export function estimateMean(values: readonly number[]): Estimate {
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return { value: middle, margin: T9 * Math.sqrt(variance / values.length) };
}

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

export interface LabelledPair {
  fold: number;
  same: boolean;
  /** NaN when a picture showed no face: never a match. */
  distance: number;
}

/** LFW's protocol: for each fold, the threshold best on the other folds; gives the part decided rightly, a fold each. */
export function foldRates(pairs: readonly LabelledPair[]): number[] {
  const folds = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  return folds.map((held) => {
    const threshold = bestThreshold(pairs.filter(({ fold }) => fold !== held));
    const judged = pairs.filter(({ fold }) => fold === held);
    return judged.filter(({ same, distance }) => distance <= threshold === same).length / judged.length;
  });
}

function bestThreshold(pairs: readonly LabelledPair[]): number {
  const ordered = pairs.filter(({ distance }) => !Number.isNaN(distance)).sort((a, b) => a.distance - b.distance);
  let [best, most, right] = [0, 0, 0];
  for (const { same, distance } of ordered) {
    right += same ? 1 : -1;
    if (right > most) [best, most] = [distance, right];
  }
  return best;
}
