// Probe, gallery, cohort -> decision. Pure: no file, no process, no clock.
//
// A distance is measured against a background: two faces are close when they are closer to each other than to the
// people most like them. This is adaptive cohort normalisation as speaker verification has used it (S-norm with the
// top N of the cohort: Matejka et al., Interspeech 2017), with a ratio in place of mean and deviation.
import { type FaceVector, VECTOR_SIZE } from './vectors.ts';

/** The nearest cohort vectors that make the background. */
export const COHORT_NEIGHBOURS = 20;

/**
 * Beyond this, two models are clearly of two people: so are 98.5 % of the models of strangers, and 0.4 % of those of
 * one person (CFP frontal, the first two photos of 500 people).
 */
const STRANGER_DISTANCE = 0.9;

/** Other people's vectors, each scaled to unit length, one after the other. */
export interface Cohort {
  readonly units: Float32Array;
  readonly size: number;
}

/** A vector made ready for matching. */
export interface Subject {
  /** The vector scaled to unit length. */
  readonly unit: Float32Array;
  /** Mean Euclidean distance to its COHORT_NEIGHBOURS nearest cohort vectors, above 0 and at most 2. */
  readonly cohortDistance: number;
}

/** How a probe compares with one gallery row. */
export interface Comparison {
  /** Index of the gallery row, from 0. */
  readonly row: number;
  /** Euclidean distance of the two unit-length vectors, 0 to 2. */
  readonly euclidean: number;
  /** `euclidean` over the mean of the two cohort distances: what the threshold is compared with. */
  readonly distance: number;
}

/** Scales to unit length and measures the vector against the cohort. */
export function prepare(vector: FaceVector, cohort: Cohort): Subject {
  const unit = toUnit(vector);
  const nearest = nearestInCohort(unit, cohort);
  const cohortDistance = nearest.reduce((sum, { euclidean }) => sum + euclidean, 0) / nearest.length;
  return { unit, cohortDistance };
}

/** The probe against every gallery row, nearest first; rows as near as each other keep the gallery's order. */
export function compare(probe: Subject, gallery: readonly Subject[]): Comparison[] {
  return gallery
    .map((subject, row) => {
      const euclidean = Math.sqrt(squaredDistance(probe.unit, subject.unit, 0));
      return { row, euclidean, distance: euclidean / ((probe.cohortDistance + subject.cohortDistance) / 2) };
    })
    .sort((a, b) => a.distance - b.distance || a.row - b.row);
}

/**
 * Which of several models of one person is clearly someone else's: the one whose nearest row to any other model is
 * furthest, if that is beyond STRANGER_DISTANCE. Undefined when there is none.
 */
export function oddOneOut(models: readonly (readonly Subject[])[]): number | undefined {
  const nearest = models.map((model, i) => {
    const others = models.filter((_, j) => j !== i).flat();
    return Math.min(...model.map((subject) => compare(subject, others)[0]?.distance ?? 0));
  });
  const furthest = nearest.reduce((most, distance, i) => (distance > (nearest[most] as number) ? i : most), 0);
  return (nearest[furthest] ?? 0) > STRANGER_DISTANCE ? furthest : undefined;
}

/** The cohort vectors nearest to a unit-length vector, nearest first, by index; as near ones keep the cohort's order. */
export function nearestInCohort(unit: Float32Array, cohort: Cohort): { vector: number; euclidean: number }[] {
  const nearest: { vector: number; squares: number }[] = [];
  let furthest = Number.POSITIVE_INFINITY;
  for (let vector = 0; vector < cohort.size; vector += 1) {
    const squares = squaredDistance(unit, cohort.units, vector * VECTOR_SIZE);
    if (squares >= furthest) continue;
    let place = Math.min(nearest.length, COHORT_NEIGHBOURS - 1);
    for (; place > 0 && (nearest[place - 1]?.squares as number) > squares; place -= 1) {
      nearest[place] = nearest[place - 1] as { vector: number; squares: number };
    }
    nearest[place] = { vector, squares };
    if (nearest.length === COHORT_NEIGHBOURS) furthest = nearest[COHORT_NEIGHBOURS - 1]?.squares as number;
  }
  return nearest.map(({ vector, squares }) => ({ vector, euclidean: Math.sqrt(squares) }));
}

/** The same direction at length 1. */
export function toUnit(vector: FaceVector): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

// Four sums run side by side, which the processor can add at once.
function squaredDistance(unit: Float32Array, others: Float32Array, offset: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < VECTOR_SIZE; i += 4) {
    const w = at(unit, i) - at(others, offset + i);
    const x = at(unit, i + 1) - at(others, offset + i + 1);
    const y = at(unit, i + 2) - at(others, offset + i + 2);
    const z = at(unit, i + 3) - at(others, offset + i + 3);
    a += w * w;
    b += x * x;
    c += y * y;
    d += z * z;
  }
  return a + b + c + d;
}

// Indices here are in range by construction.
function at(numbers: Float32Array, index: number): number {
  return numbers[index] as number;
}
