// Fits how the false match rate depends on the distance of strangers and on the features of a pair. Pure.
//
// For small distances, the rate of strangers nearer than a distance grows like a power of it, as with extreme values:
// log rate = a + k log(distance) + t . x, where x are the features of the pair. The near pairs are then a Poisson process.
// Its likelihood is concave in a, k and t, so Newton's method finds the only maximum.

/** One pair. */
export interface Observation {
  /** For a near pair, log(its distance); for any other pair, log(the distance below which it would be near). */
  log: number;
  /** Features of the pair. */
  features: readonly number[];
  weight: number;
}

export interface TailFit {
  /** k: the rate grows with this power of the distance. */
  power: number;
  /** t over -k. log(distance) minus shifts . features has the same rate for all features. */
  shifts: number[];
}

const ROUNDS = 60;
const SETTLED = 1e-9;
// For small distances of strangers the rate grows with about this power (CFP, LFW). Newton's method starts here.
const FIRST_POWER = 20;

/**
 * @param near the near pairs of strangers; their weights add up to their share of all pairs.
 * @param any a random sample of all pairs; its weights add up to 1.
 * @throws Error when there is no maximum, as with a feature that is the same for all pairs.
 */
export function fitTail(near: readonly Observation[], any: readonly Observation[]): TailFit {
  const rows = { near: near.map(toRow), any: any.map(toRow) };
  const width = (rows.any[0] as Float64Array).length;
  const middle = near.reduce((sum, { log, weight }) => sum + log * weight, 0) / total(near);
  let theta = new Float64Array(width);
  theta[0] = Math.log(total(near)) - FIRST_POWER * middle;
  theta[1] = FIRST_POWER;
  let likelihood = likelihoodOf(theta, rows, near, any);
  for (let round = 0; round < ROUNDS; round += 1) {
    const step = newtonStep(theta, rows, near, any);
    let [next, gained] = [theta, Number.NEGATIVE_INFINITY];
    for (let part = 1; part > 1e-6 && !(gained >= likelihood); part /= 2) {
      next = theta.map((value, i) => value + part * (step[i] as number));
      gained = (next[1] as number) > 0 ? likelihoodOf(next, rows, near, any) : Number.NEGATIVE_INFINITY;
    }
    if (!(gained >= likelihood)) break;
    const isSettled = gained - likelihood < SETTLED * Math.abs(likelihood);
    [theta, likelihood] = [next, gained];
    if (isSettled) break;
  }
  const power = theta[1] as number;
  return { power, shifts: Array.from(theta.subarray(2), (value) => -value / power) };
}

function toRow({ log, features }: Observation): Float64Array {
  return Float64Array.from([1, log, ...features]);
}

function total(observations: readonly Observation[]): number {
  return observations.reduce((sum, { weight }) => sum + weight, 0);
}

interface Rows {
  near: readonly Float64Array[];
  any: readonly Float64Array[];
}

function likelihoodOf(
  theta: Float64Array,
  rows: Rows,
  near: readonly Observation[],
  any: readonly Observation[],
): number {
  let sum = 0;
  rows.near.forEach((row, i) => {
    sum += weightOf(near, i) * (dot(theta, row) + Math.log(theta[1] as number));
  });
  rows.any.forEach((row, i) => {
    sum -= weightOf(any, i) * Math.exp(dot(theta, row));
  });
  return sum;
}

function newtonStep(
  theta: Float64Array,
  rows: Rows,
  near: readonly Observation[],
  any: readonly Observation[],
): Float64Array {
  const slope = new Float64Array(theta.length);
  const bend = Array.from(theta, () => new Float64Array(theta.length));
  rows.near.forEach((row, i) => {
    row.forEach((value, k) => {
      add(slope, k, weightOf(near, i) * value);
    });
  });
  rows.any.forEach((row, i) => {
    const rate = weightOf(any, i) * Math.exp(dot(theta, row));
    row.forEach((value, k) => {
      add(slope, k, -rate * value);
      row.forEach((other, l) => {
        add(bend[k] as Float64Array, l, rate * value * other);
      });
    });
  });
  const [power, all] = [theta[1] as number, total(near)];
  add(slope, 1, all / power);
  add(bend[1] as Float64Array, 1, all / power ** 2);
  return solve(bend, slope);
}

function weightOf(observations: readonly Observation[], i: number): number {
  return (observations[i] as Observation).weight;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function add(numbers: Float64Array, i: number, value: number): void {
  numbers[i] = (numbers[i] as number) + value;
}

/** Solves matrix x = right by Gaussian elimination with pivots. Overwrites both. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let k = 0; k < size; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < size; i += 1) if (Math.abs(at(matrix, i, k)) > Math.abs(at(matrix, pivot, k))) pivot = i;
    if (!(Math.abs(at(matrix, pivot, k)) > 1e-14)) throw new Error('the tail cannot be fitted: a feature says nothing');
    [matrix[k], matrix[pivot]] = [matrix[pivot] as Float64Array, matrix[k] as Float64Array];
    [right[k], right[pivot]] = [right[pivot] as number, right[k] as number];
    for (let i = k + 1; i < size; i += 1) {
      const factor = at(matrix, i, k) / at(matrix, k, k);
      for (let j = k; j < size; j += 1) add(matrix[i] as Float64Array, j, -factor * at(matrix, k, j));
      add(right, i, -factor * (right[k] as number));
    }
  }
  for (let k = size - 1; k >= 0; k -= 1) {
    for (let j = k + 1; j < size; j += 1) add(right, k, -at(matrix, k, j) * (right[j] as number));
    right[k] = (right[k] as number) / at(matrix, k, k);
  }
  return right;
}

function at(matrix: readonly Float64Array[], i: number, j: number): number {
  return (matrix[i] as Float64Array)[j] as number;
}
