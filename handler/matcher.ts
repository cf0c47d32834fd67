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
export const STRANGER_DISTANCE = 0.9;

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
      const euclidean = euclideanDistance(probe.unit, subject.unit, 0);
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

/** The cohort vectors nearest to a unit-length vector, nearest first, by index. */
export function nearestInCohort(unit: Float32Array, cohort: Cohort): { vector: number; euclidean: number }[] {
  const distances = Float64Array.from({ length: cohort.size }, (_, i) =>
    euclideanDistance(unit, cohort.units, i * VECTOR_SIZE),
  );
  const order = Uint32Array.from(distances.keys()).sort((a, b) => at(distances, a) - at(distances, b) || a - b);
  return Array.from(order.subarray(0, COHORT_NEIGHBOURS), (vector) => ({ vector, euclidean: at(distances, vector) }));
}

/** The same direction at length 1. */
export function toUnit(vector: FaceVector): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function euclideanDistance(unit: Float32Array, others: Float32Array, offset: number): number {
  let squares = 0;
  for (let i = 0; i < VECTOR_SIZE; i += 1) {
    const difference = at(unit, i) - at(others, offset + i);
    squares += difference * difference;
  }
  return Math.sqrt(squares);
}

// Indices here are in range by construction.
function at(numbers: Float32Array | Float64Array, index: number): number {
  return numbers[index] as number;
}
