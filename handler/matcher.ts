// Probe, gallery, cohort -> decision. Pure: no file, no process, no clock.
//
// A face is the mean of several looks at it. Some faces have many others like them, so strangers come near, and some have
// few. How near the nearest sixteenth of a cohort is, compared with all of it, tells which: the face's background. A
// distance is divided by the background of the pair, so that one threshold means one false match rate, whoever the two
// are. Speaker verification normalises by a cohort for the same reason (S-norm with the top of a cohort: Matejka et al.,
// Interspeech 2017); how the two backgrounds make that of a pair is fitted (tools/lab/calibrate.ts).
import { PAIR } from './curve.ts';
import { type FaceVector, VECTOR_SIZE } from './vectors.ts';

/** The nearest sixteenth of the cohort counts as near: 125 of 2,000. A thirtieth does as well (CFP, LFW). */
const NEAR_PART = 16;

/** A smaller cohort has too few near vectors for a steady mean. */
export const LEAST_COHORT = 160;

/** How a cohort stores the value 1. */
export const COHORT_SCALE = 32_767;

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

function backgroundOf(unit: Float32Array, cohort: Cohort): Background {
  const distances = new Float32Array(cohort.size);
  for (let i = 0; i < cohort.size; i += 1) {
    const cosine = dotProduct(unit, cohort.values, i * VECTOR_SIZE) / COHORT_SCALE;
    distances[i] = Math.sqrt(Math.max(0, 2 - 2 * cosine));
  }
  distances.sort();
  const [near, all] = [mean(distances.subarray(0, Math.ceil(cohort.size / NEAR_PART))), mean(distances)];
  return { near, all, ratio: near / all };
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
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

// Four sums side by side, which the processor can add at once. Indices are in range by construction.
function dotProduct(unit: Float32Array, values: Int16Array, offset: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < VECTOR_SIZE; i += 4) {
    a += (unit[i] as number) * (values[offset + i] as number);
    b += (unit[i + 1] as number) * (values[offset + i + 1] as number);
    c += (unit[i + 2] as number) * (values[offset + i + 2] as number);
    d += (unit[i + 3] as number) * (values[offset + i + 3] as number);
  }
  return a + b + c + d;
}
