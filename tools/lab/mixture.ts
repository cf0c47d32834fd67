// Unit vectors of real people -> synthetic unit vectors: a mixture of Gaussians, fitted and sampled. Pure and seeded.
import { toUnit } from '../../handler/matching/matcher.ts';

/** A Gaussian of the mixture: its mean, its spread in units of the shared factor, and the people that both rest on. */
export interface Component {
  readonly mean: Float64Array;
  readonly spread: number;
  readonly members: number;
}

export interface Mixture {
  readonly components: readonly Component[];
  /** The lower Cholesky factor, row by row, of the covariance that all components share. */
  readonly factor: readonly Float64Array[];
}

export interface FitOptions {
  /** Components to begin with. */
  components: number;
  /** A component of fewer people is dissolved into its neighbours, so that none describes a single person. */
  minMembers: number;
  random: () => number;
}

const ROUNDS = 50;
// All components share one covariance, shrunk three quarters towards its diagonal: it rests on everyone, so it describes nobody.
const SHRINKAGE = 0.75;
const RIDGE = 1e-8;

/** Numbers in [0, 1), the same for the same seed everywhere: mulberry32 (T. Ettinger, 2017). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** k-means from random people, without small clusters; then one Gaussian for each cluster: all have one shape, each its size. */
export function fitMixture(units: readonly Float32Array[], options: FitOptions): Mixture {
  let centers: Float64Array[] = shuffled(units, options.random)
    .slice(0, options.components)
    .map((unit) => Float64Array.from(unit));
  let settled = false;
  for (let round = 0; ; round += 1) {
    const clusters = assign(units, centers);
    const means = clusters.map(mean);
    const smallest = clusters.reduce((least, cluster, i) => (cluster.length < size(clusters, least) ? i : least), 0);
    settled ||= round >= ROUNDS || sameCenters(means, centers);
    if (settled && size(clusters, smallest) >= options.minMembers) return toMixture(clusters);
    centers = means;
    if (settled) centers.splice(smallest, 1);
  }
}

/** Draws one unit vector. */
export function sample({ components, factor }: Mixture, random: () => number): Float32Array {
  const people = components.reduce((sum, { members }) => sum + members, 0);
  let pick = random() * people;
  const component = components.find(({ members }) => {
    pick -= members;
    return pick < 0;
  }) as Component;
  const normal = Float64Array.from(component.mean, () => gaussian(random));
  const drawn = component.mean.map((middle, i) => {
    let away = 0;
    for (let j = 0; j <= i; j += 1) away += at(factor[i], j) * at(normal, j);
    return middle + component.spread * away;
  });
  return toUnit(Float32Array.from(drawn));
}

function size(clusters: readonly Float32Array[][], i: number): number {
  return clusters[i]?.length ?? 0;
}

/** The same items in an order that `random` gives. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Whether another round would change nothing. */
function sameCenters(some: readonly Float64Array[], others: readonly Float64Array[]): boolean {
  return (
    some.length === others.length && some.every((center, k) => center.every((value, i) => value === at(others[k], i)))
  );
}

function assign(units: readonly Float32Array[], centers: readonly Float64Array[]): Float32Array[][] {
  const clusters: Float32Array[][] = centers.map(() => []);
  for (const unit of units) {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    centers.forEach((center, i) => {
      const squares = squareDistance(unit, center);
      if (squares < least) [nearest, least] = [i, squares];
    });
    clusters[nearest]?.push(unit);
  }
  return clusters.filter((cluster) => cluster.length > 0);
}

function mean(cluster: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(cluster[0]?.length ?? 0);
  for (const unit of cluster) {
    for (let i = 0; i < sum.length; i += 1) sum[i] = at(sum, i) + at(unit, i) / cluster.length;
  }
  return sum;
}

function toMixture(clusters: readonly Float32Array[][]): Mixture {
  const means = clusters.map(mean);
  const people = clusters.reduce((sum, cluster) => sum + cluster.length, 0);
  const covariance = Array.from(means[0] as Float64Array, () => new Float64Array(means[0]?.length ?? 0));
  clusters.forEach((cluster, k) => {
    for (const unit of cluster) addOuterProduct(covariance, unit, means[k] as Float64Array, people);
  });
  const variance = covariance.reduce((sum, row, i) => sum + at(row, i), 0);
  covariance.forEach((row, i) => {
    row[i] = at(row, i) + RIDGE;
  });
  const components = clusters.map((cluster, k) => {
    const middle = means[k] as Float64Array;
    return { mean: middle, spread: Math.sqrt(varianceAbout(cluster, middle) / variance), members: cluster.length };
  });
  return { components, factor: cholesky(covariance) };
}

/** Mean square distance to `middle`: the variance of all dimensions together. */
function varianceAbout(cluster: readonly Float32Array[], middle: Float64Array): number {
  let squares = 0;
  for (const unit of cluster) squares += squareDistance(unit, middle);
  return squares / cluster.length;
}

function squareDistance(unit: Float32Array, middle: Float64Array): number {
  let squares = 0;
  // Not by at(): V8 compiles a read that always sees the same two kinds of array to half the time of one that sees more.
  for (let i = 0; i < middle.length; i += 1) squares += ((unit[i] as number) - (middle[i] as number)) ** 2;
  return squares;
}

/** Adds one person's part of the shrunk covariance to its lower half. */
function addOuterProduct(sum: readonly Float64Array[], unit: Float32Array, middle: Float64Array, people: number): void {
  for (let i = 0; i < middle.length; i += 1) {
    const row = sum[i] as Float64Array;
    const away = (at(unit, i) - at(middle, i)) / people;
    for (let j = 0; j <= i; j += 1) {
      const keep = i === j ? 1 : 1 - SHRINKAGE;
      row[j] = at(row, j) + keep * away * (at(unit, j) - at(middle, j));
    }
  }
}

function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const factor = matrix.map((row) => new Float64Array(row.length));
  matrix.forEach((row, i) => {
    const mine = factor[i] as Float64Array;
    for (let j = 0; j <= i; j += 1) {
      let value = at(row, j);
      for (let k = 0; k < j; k += 1) value -= at(mine, k) * at(factor[j], k);
      mine[j] = i === j ? Math.sqrt(value) : value / at(factor[j], j);
    }
  });
  return factor;
}

// Box and Muller, 1958.
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// Indices here are in range by construction.
function at(numbers: Float32Array | Float64Array | undefined, index: number): number {
  return numbers?.[index] as number;
}
