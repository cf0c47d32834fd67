// Probe, gallery, cohort -> decision. Pure: no file, no process, no clock.
//
// A face is the mean of several looks at it. Some faces have many others like them, so strangers come near, and some have
// few. How near the nearest sixteenth of a cohort is, compared with all of it, tells which: the face's background. A
// distance is divided by the background of the pair, so that one threshold means one false match rate, whoever the two
// are. Speaker verification normalises by a cohort for the same reason (S-norm with the top of a cohort: Matejka et al.,
// Interspeech 2017); how the two backgrounds make that of a pair is fitted (tools/lab/calibrate.ts).
import { CohortDistances } from './cohort-distances.ts';
import { PAIR } from './curve.ts';
import { type FaceVector, VECTOR_SIZE } from './vectors.ts';

/** The nearest sixteenth of the cohort counts as near: 125 of 2,000. A thirtieth does as well (CFP, LFW). */
const NEAR_PART = 16;

/** A smaller cohort has too few near vectors for a steady mean. */
export const LEAST_COHORT = 160;

/** Other people's vectors, each of length COHORT_SCALE (to the rounding), one after the other. */
export interface Cohort {
  readonly values: Int16Array;
  readonly size: number;
}

/** What decides how near strangers come. */
export interface Surroundings {
  /** log(background.ratio / PAIR.typical), the ratio held to PAIR.least and PAIR.most: below 0 in a crowd. */
  readonly room: number;
  /** How far the face is turned, 0 to 1 (advice.ts, turnOf); 0 where it is not known, as of a model. */
  readonly turn: number;
}

/** A face, or a person, made ready for matching. */
export interface Subject extends Surroundings {
  /** The mean of its vectors, each at unit length, scaled to unit length. */
  readonly unit: Float32Array;
  readonly background: Background;
}

/** How a face stands among the people of a cohort. Mean Euclidean distances at unit length, at most 2. */
export interface Background {
  /** To the nearest sixteenth of the cohort. */
  readonly near: number;
  /** To all of it. */
  readonly all: number;
  /** `near` over `all`, 0 to 1: the smaller, the more people look like this one. */
  readonly ratio: number;
}

/** How a probe compares with a gallery. */
export interface Comparison {
  /** Euclidean distance of the two unit-length vectors, 0 to 2. */
  readonly euclidean: number;
  /** The background of the pair: the larger, the further apart two strangers like these are. */
  readonly background: number;
  /** `euclidean` over `background`: what the threshold is compared with. */
  readonly distance: number;
}

/**
 * One subject of the looks at one face, or of all rows of one person's model.
 *
 * @param turn how far the face is turned: turnOf, of either sign. What is not a number counts as 0.
 */
export function prepare(vectors: readonly FaceVector[], cohort: Cohort, turn = 0): Subject {
  const unit = meanUnit(vectors);
  const background = backgroundOf(unit, cohort);
  const room = Math.log(Math.max(PAIR.least, Math.min(PAIR.most, background.ratio)) / PAIR.typical);
  return { unit, background, room, turn: Math.min(1, Math.abs(turn)) || 0 };
}

/** Symmetric: swapping the two changes nothing. */
export function compare(probe: Subject, gallery: Subject): Comparison {
  const euclidean = euclideanDistance(probe.unit, gallery.unit);
  const background = backgroundOfPair(probe, gallery);
  return { euclidean, background, distance: euclidean / background };
}

/**
 * Two crowded faces have a smaller one than either alone would say, since strangers from the same crowd are the ones who
 * come near; so does a turned face, since turned faces look alike. The weights are curve.ts's.
 */
export function backgroundOfPair(a: Surroundings, b: Surroundings, { typical, room, both, turn } = PAIR): number {
  return typical * Math.exp(room * (a.room + b.room) + both * (a.room * b.room) + turn * (a.turn + b.turn));
}

const measures = new WeakMap<Cohort, CohortDistances>();

function backgroundOf(unit: Float32Array, cohort: Cohort): Background {
  const measure = measures.get(cohort) ?? new CohortDistances(cohort.values);
  measures.set(cohort, measure);
  const distances = measure.of(unit);
  const all = mean(distances, cohort.size);
  const count = Math.ceil(cohort.size / NEAR_PART);
  leastFirst(distances, count);
  const near = mean(distances, count);
  return { near, all, ratio: near / all };
}

/** Moves the `count` least values to the front, in any order (Hoare's FIND): sorting all of them takes four times as long. */
function leastFirst(values: Float32Array, count: number): void {
  for (let [from, to] = [0, values.length - 1]; from < to; ) {
    const pivot = values[(from + to) >> 1] as number;
    let [left, right] = [from, to];
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const value = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = value;
    }
    if (count <= right) to = right;
    else if (count > left) from = left;
    else return;
  }
}

/** Of the first `count`. */
function mean(values: Float32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += values[i] as number;
  return sum / count;
}

/** Index of the row nearest to a unit-length vector, rows at unit length; the first of equals. */
export function nearestRow(unit: Float32Array, rows: readonly Float32Array[]): number {
  return indexOfLeast(rows.map((row) => euclideanDistance(unit, row)));
}

/** The first of equals; -1 for an empty list. Math.min(...) would fail for some 100,000 numbers. */
export function indexOfLeast(numbers: readonly number[]): number {
  let least = numbers.length > 0 ? 0 : -1;
  for (let i = 1; i < numbers.length; i += 1) if ((numbers[i] as number) < (numbers[least] as number)) least = i;
  return least;
}

/** Euclidean distance of two vectors. */
export function euclideanDistance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < VECTOR_SIZE; i += 1) squares += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(squares);
}

/** The same direction at length 1. */
export function toUnit(vector: FaceVector): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

/** The mean of the directions of vectors, at length 1. */
export function meanUnit(vectors: readonly FaceVector[]): Float32Array {
  const sum = new Float32Array(VECTOR_SIZE);
  for (const vector of vectors) {
    toUnit(vector).forEach((value, i) => {
      sum[i] = (sum[i] as number) + value;
    });
  }
  // Vectors that cancel out have no direction; the first stands for them.
  return sum.some((value) => value !== 0) ? toUnit(sum) : toUnit(vectors[0] as FaceVector);
}
