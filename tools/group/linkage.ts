// Faces -> people: joins the two nearest clusters again and again, until none are near enough.
import FlatQueue from 'flatqueue';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { areApart, type Cluster, distanceOf, join } from './cluster.ts';
import { neighbours, type Pair } from './neighbours.ts';

/** How far apart clusters of one person are at most. */
export interface Limits {
  /** Two faces that are still alone. */
  readonly alone: number;
  /** Two large clusters. */
  readonly together: number;
}

/**
 * The limits for so many faces. The more there are, the more strangers come near, so the false match rate of two faces falls
 * with their number. The distance of large clusters scatters less than that of two faces, so it may be a little larger. The
 * two numbers are chosen on CFP and LFW (README.md).
 */
export function limitsFor(faces: number): Limits {
  const alone = thresholdFor(Math.min(DEFAULT_FMR, FALSE_MATCHES / Math.max(1, faces)));
  return { alone, together: alone + MORE_TOGETHER };
}

/** False matches of a face among all others that are accepted. */
const FALSE_MATCHES = 0.0125;
const MORE_TOGETHER = 0.015;
/** Clusters that may be joined have faces that are at most so much further apart. */
const REACH = 1.25;

/**
 * Agglomerative clustering: the nearest two, for their limit, are joined first, as in average linkage (Sokal and Michener,
 * 1958). Nobody says how many people there are: `limits` end it.
 *
 * Only near pairs are looked at, and of very many near faces only the nearest are kept, so it starts again with what was
 * joined until nothing changes.
 */
export function link(clusters: readonly Cluster[], limits: Limits): readonly Cluster[] {
  for (let before = clusters; ; ) {
    const after = linkOnce(before, neighbours(before, REACH * limits.together), limits);
    if (after.length === before.length) return after;
    before = after;
  }
}

/** The limit of two clusters. A mean of n independent distances scatters by one over the root of n. */
function limitOf(a: Cluster, b: Cluster, { alone, together }: Limits): number {
  return together - (together - alone) / Math.sqrt(a.faces.length * b.faces.length);
}

function linkOnce(clusters: readonly Cluster[], pairs: readonly Pair[], limits: Limits): Cluster[] {
  const state = new State(clusters, limits);
  for (const [a, b] of pairs) state.offer(a, b);
  state.run();
  return state.left();
}

class State {
  readonly #limits: Limits;
  readonly #clusters: (Cluster | undefined)[];
  readonly #near: Set<number>[];
  readonly #queue = new FlatQueue<Pair>();

  constructor(clusters: readonly Cluster[], limits: Limits) {
    this.#clusters = [...clusters];
    this.#near = clusters.map(() => new Set());
    this.#limits = limits;
  }

  /** Two clusters that may be joined. */
  offer(a: number, b: number): void {
    const near = this.#near[a] as Set<number>;
    if (near.has(b)) return;
    near.add(b);
    this.#near[b]?.add(a);
    const [one, other] = [this.#clusters[a] as Cluster, this.#clusters[b] as Cluster];
    const part = distanceOf(one, other) / limitOf(one, other, this.#limits);
    if (part <= 1) this.#queue.push([a, b], part);
  }

  run(): void {
    for (let pair = this.#queue.pop(); pair !== undefined; pair = this.#queue.pop()) {
      const [a, b] = pair.map((index) => this.#clusters[index]);
      if (a && b && !areApart(a, b)) this.#replace(pair, join(a, b));
    }
  }

  left(): Cluster[] {
    return this.#clusters.filter((cluster) => cluster !== undefined);
  }

  #replace([a, b]: Pair, joined: Cluster): void {
    const near = new Set([...(this.#near[a] as Set<number>), ...(this.#near[b] as Set<number>)]);
    this.#clusters[a] = undefined;
    this.#clusters[b] = undefined;
    const index = this.#clusters.push(joined) - 1;
    this.#near.push(new Set());
    for (const other of near) if (this.#clusters[other]) this.offer(index, other);
    for (const gone of [a, b]) this.#near[gone] = new Set();
  }
}
