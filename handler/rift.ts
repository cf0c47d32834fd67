// Photos said to be of one person -> the widest gap among them, if it is too wide for one person.
import { type Cohort, compare, euclideanDistance, meanUnit, prepare } from './matcher.ts';
import type { FaceVector } from './vectors.ts';

/**
 * Beyond this, photos are clearly of two people. Of models of one person's first two and three photos it parts 0.2 and
 * 0.2 % (500 people of CFP, frontal) and 0.5 and 0.2 % (868 and 456 of LFW, without three whose photos are, to the eye,
 * of two people). Of models joined of two people it finds 98.6 and 98.6 % (a photo each; CFP, LFW), 97.9 and 97.3 % (two
 * and one), 97.1 and 96.3 % (two each), 94.1 and 93.4 % (three each).
 */
export const STRANGER_DISTANCE = 0.52;

export interface Rift {
  /** Indices of the photos on the smaller side of the gap; where both are equal, the side with the first photo. */
  odd: number[];
  /** The nearest two across it, the first of them among `odd`. */
  pair: [odd: number, other: number];
  /** The distance of those two, as the matcher measures it: above STRANGER_DISTANCE. */
  distance: number;
}

/**
 * The gap is the longest edge of the shortest tree that joins all photos (Prim, 1957), each the mean of its looks. Photos
 * are compared with their nearest, so that a person who has changed over many photos is still one.
 */
export function findRift(photos: readonly FaceVector[][], cohort: Cohort): Rift | undefined {
  const tree = joinAll(photos.map(meanUnit));
  const longest = tree.reduce<Edge | undefined>(
    (most, edge) => (most && most.length >= edge.length ? most : edge),
    undefined,
  );
  if (longest === undefined) return undefined;
  const [from, to] = [photos[longest.from] as FaceVector[], photos[longest.to] as FaceVector[]];
  const { distance } = compare(prepare(from, cohort), prepare(to, cohort));
  if (!(distance > STRANGER_DISTANCE)) return undefined;
  const beyond = new Set([longest.to]);
  for (const edge of tree) if (beyond.has(edge.from)) beyond.add(edge.to);
  const all = photos.map((_, i) => i);
  const [far, near] = [all.filter((i) => beyond.has(i)), all.filter((i) => !beyond.has(i))];
  return far.length < near.length
    ? { odd: far, pair: [longest.to, longest.from], distance }
    : { odd: near, pair: [longest.from, longest.to], distance };
}

interface Edge {
  from: number;
  to: number;
  length: number;
}

/** The edges in the order in which they reach a new photo, beginning at the first. */
function joinAll(units: readonly Float32Array[]): Edge[] {
  const edges: Edge[] = [];
  let left = units.slice(1).map((_, i) => ({ from: 0, to: i + 1, length: Number.POSITIVE_INFINITY }));
  for (let last = 0; left.length > 0; ) {
    let nearest = left[0] as Edge;
    for (const edge of left) {
      const length = euclideanDistance(units[last] as Float32Array, units[edge.to] as Float32Array);
      if (length < edge.length) Object.assign(edge, { from: last, length });
      if (edge.length < nearest.length) nearest = edge;
    }
    edges.push(nearest);
    last = nearest.to;
    left = left.filter((edge) => edge !== nearest);
  }
  return edges;
}
