// Photos said to be of one person -> the widest gap among them, if it is too wide for one person.
import { type Cohort, compare, euclideanDistance, meanUnit, prepare } from './matcher.ts';
import type { FaceVector } from './vectors.ts';

/**
 * Photos further apart than this show two people. So 0.2 % of models of one person's two photos are refused, and 0.2 % of
 * three photos (500 people of CFP, frontal); 0.5 and 0.2 % on LFW (868 and 456 people, without three whose photos show two
 * people to the eye). Models joined of two people are found: 98.6 % on CFP and 98.6 % on LFW of those with one photo each,
 * 97.9 and 97.3 % with two and one, 97.1 and 96.3 % with two each, 94.1 and 93.4 % with three each.
 */
export const STRANGER_DISTANCE = 0.52;

export interface Rift {
  /** Indices of the photos on the smaller side of the gap, or on the first photo's side if both are equal. */
  odd: number[];
  /** The two nearest photos across the gap. The first is one of `odd`. */
  pair: [odd: number, other: number];
  /** Their distance, as the matcher measures it: above STRANGER_DISTANCE. */
  distance: number;
}

/**
 * The gap is the longest edge of the shortest tree that joins all photos (Prim, 1957). A photo is the mean of its looks.
 * Each photo is compared with its nearest, so a person who changes gradually over many photos is still one.
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

/** The tree's edges. Each leads from a photo that is in the tree, first photo 0, to one that is new. */
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
