// Can anyone tell from a cohort whose faces it was fitted to? The nearest-distance membership test. Pure.
import { euclideanDistance } from '../../handler/matching/matcher.ts';
import { type Estimate, estimateMean, FOLDS, mean } from './metrics.ts';

/** What cohorts reveal about the people they were fitted to. */
export interface Audit {
  /**
   * Area under the ROC curve of an attack that tells fitted people from held-out people by the distance to the nearest
   * cohort vector. 0.5 is chance. The mean of ten folds, each held out once.
   */
  auc: Estimate;
  /** Median distance of a person to the nearest vector of a cohort fitted to them, and to the nearest other person. */
  toCohort: number;
  toPeople: number;
}

/** All vectors at unit length; `build` fits a cohort to people. */
export function auditCohort(people: readonly Float32Array[], build: (people: Float32Array[]) => Float32Array[]): Audit {
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const members = people.filter((_, i) => i % FOLDS !== fold);
    const heldOut = people.filter((_, i) => i % FOLDS === fold);
    const cohort = build(members);
    const near = members.map((person) => nearest(person, cohort));
    const far = heldOut.map((person) => nearest(person, cohort));
    return { auc: areaUnderCurve(near, far), toCohort: median(near) };
  });
  const others = people.map((person) =>
    nearest(
      person,
      people.filter((other) => other !== person),
    ),
  );
  return {
    auc: estimateMean(folds.map(({ auc }) => auc)),
    toCohort: mean(folds.map(({ toCohort }) => toCohort)),
    toPeople: median(others),
  };
}

/** How often a value of `low` is below one of `high`; a tie counts half. */
export function areaUnderCurve(low: readonly number[], high: readonly number[]): number {
  const sorted = Float64Array.from(high).sort();
  let wins = 0;
  for (const value of low) wins += sorted.length - (rank(sorted, value, false) + rank(sorted, value, true)) / 2;
  return wins / (low.length * high.length);
}

/** How many values are below, or with `orEqual` at or below. */
function rank(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const other = sorted[middle] as number;
    if (other < value || (orEqual && other === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function nearest(unit: Float32Array, others: readonly Float32Array[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const other of others) least = Math.min(least, euclideanDistance(unit, other));
  return least;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
