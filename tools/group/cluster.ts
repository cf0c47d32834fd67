// Faces that are taken for one person, as a whole: the mean of their vectors and of their surroundings.
import { backgroundOfPair, type Subject } from '../../handler/matching/matcher.ts';
import { VECTOR_SIZE } from '../../handler/matching/vectors.ts';

/** One face that was found, or several that were joined. */
export interface Cluster {
  /** Numbers of its faces. */
  readonly faces: readonly number[];
  /** The mean of the faces' unit-length vectors: shorter than 1 as soon as they differ. */
  readonly mean: Float64Array;
  /** The mean as it is compared: see PULL. */
  readonly pulled: Float64Array;
  /** The means of the faces' `room` and `turn` (matcher.ts). */
  readonly room: number;
  readonly turn: number;
  /** Pictures that its faces are in. A person is in a picture once. */
  readonly pictures: ReadonlySet<number>;
}

/**
 * How far a cluster's mean is brought back to length 1: at 0 the distance of clusters is the mean of the distances of their
 * faces (average linkage), at 1 that of their means, as of two models. A person whose photos differ much is then not split as
 * early, and at 1 large clusters would swallow each other. Chosen on CFP and LFW.
 */
const PULL = 0.65;

/** A cluster of one face. */
export function single({ unit, room, turn }: Subject, face: number, picture: number): Cluster {
  const mean = Float64Array.from(unit);
  return { faces: [face], mean, pulled: mean, room, turn, pictures: new Set([picture]) };
}

/** Joins two clusters. */
export function join(a: Cluster, b: Cluster): Cluster {
  const [some, others] = [a.faces.length, b.faces.length];
  const part = some / (some + others);
  const mix = (x: number, y: number): number => part * x + (1 - part) * y;
  const mean = a.mean.map((value, i) => mix(value, b.mean[i] as number));
  const pull = product(mean, mean) ** (-PULL / 2);
  return {
    faces: [...a.faces, ...b.faces],
    mean,
    pulled: mean.map((value) => value * pull),
    room: mix(a.room, b.room),
    turn: mix(a.turn, b.turn),
    pictures: new Set([...a.pictures, ...b.pictures]),
  };
}

/**
 * How far two clusters are apart, 0 and up. Between two faces it is the matcher's distance: Euclidean, over the background
 * of the pair. Of clusters the background is at their mean room and turn.
 */
export function distanceOf(a: Cluster, b: Cluster): number {
  return Math.sqrt(Math.max(0, 2 - 2 * product(a.pulled, b.pulled))) / backgroundOfPair(a, b);
}

/** Whether one of them has a face in a picture in which the other has one too: they are two people. */
export function areApart(a: Cluster, b: Cluster): boolean {
  const [few, many] = a.pictures.size < b.pictures.size ? [a, b] : [b, a];
  for (const picture of few.pictures) if (many.pictures.has(picture)) return true;
  return false;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < VECTOR_SIZE; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
