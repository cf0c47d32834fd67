// Can anyone tell from a cohort whose faces it was fitted to? The nearest-distance membership test. Pure.
import { euclideanDistance } from '../handler/matcher.ts';
import type { Estimate } from './metrics.ts';

/** What a cohort gives away about the people it was fitted to. */
export interface Audit {
  /**
   * Area under the ROC curve of telling them, by the distance to the nearest cohort vector, from people held out: 0.5 when
   * nobody can. The interval is Hanley and McNeil's (Radiology, 1982).
   */
  auc: Estimate;
  /** Median distance of a person to the nearest cohort vector, and to the nearest other person. */
  toCohort: number;
  toPeople: number;
}

/** All vectors at unit length: people the cohort was fitted to, people held out, the cohort. */
export function auditCohort(
  members: readonly Float32Array[],
  heldOut: readonly Float32Array[],
  cohort: readonly Float32Array[],
): Audit {
  const near = members.map((person) => nearest(person, cohort));
  const far = heldOut.map((person) => nearest(person, cohort));
  const people = members.map((person) =>
    nearest(
      person,
      members.filter((other) => other !== person),
    ),
  );
  return { auc: areaUnderCurve(near, far), toCohort: median(near), toPeople: median(people) };
}

/** How often a value of `low` is below one of `high`; a tie counts half. */
export function areaUnderCurve(low: readonly number[], high: readonly number[]): Estimate {
  const sorted = Float64Array.from(high).sort();
  let wins = 0;
  for (const value of low) wins += sorted.length - (rank(sorted, value, false) + rank(sorted, value, true)) / 2;
  const auc = wins / (low.length * high.length);
  const [q1, q2] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)];
  const spread = auc * (1 - auc) + (low.length - 1) * (q1 - auc * auc) + (high.length - 1) * (q2 - auc * auc);
  return { value: auc, margin: 1.96 * Math.sqrt(spread / (low.length * high.length)) };
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
