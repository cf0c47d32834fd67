// Clusters -> for each the few nearest others within reach. All pairs are compared, and hardly any is kept.
import { PAIR } from '../../handler/matching/curve.ts';
import { backgroundOfPair } from '../../handler/matching/matcher.ts';
import { VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import type { Cluster } from './cluster.ts';

/** Two clusters, by their indices. */
export type Pair = readonly [a: number, b: number];

/** Neighbours of a cluster that are kept: so memory grows with the number of clusters, not of pairs. */
const MOST_NEIGHBOURS = 48;
/** Rows that stay in the processor's cache while they are compared with all others: 64 KiB. */
const BLOCK = 64;

/** Pairs that are at most `reach` apart, of each cluster its nearest MOST_NEIGHBOURS. A pair may come twice. */
export function neighbours(clusters: readonly Cluster[], reach: number): Pair[] {
  const size = clusters.length;
  const nearest = new Nearest(size);
  const leastProduct = 1 - (reach * MOST_BACKGROUND) ** 2 / 2; // of no nearer pair, whatever its background
  const rows = new Float64Array(size * VECTOR_SIZE);
  clusters.forEach(({ pulled }, i) => {
    rows.set(pulled, i * VECTOR_SIZE);
  });
  const products = new Float64Array(BLOCK);
  for (let from = 0; from < size; from += BLOCK) {
    const to = Math.min(size, from + BLOCK);
    for (let i = from; i < size; i += 1) {
      const end = Math.min(to, i); // each pair once: j < i
      multiply(rows, i, from, end, products);
      for (let j = from; j < end; j += 1) {
        const product = products[j - from] as number;
        if (product < leastProduct) continue;
        const apart =
          Math.sqrt(Math.max(0, 2 - 2 * product)) / backgroundOfPair(clusters[i] as Cluster, clusters[j] as Cluster);
        if (apart <= reach) nearest.add(i, j, apart);
      }
    }
  }
  return nearest.pairs();
}

/** The largest background of any pair: `room` lies between these, and a turn only makes a background smaller. */
const ROOMS = [PAIR.least, PAIR.most].map((ratio) => Math.log(ratio / PAIR.typical));
const MOST_BACKGROUND = Math.max(
  ...ROOMS.flatMap((a) => ROOMS.map((b) => backgroundOfPair({ room: a, turn: 0 }, { room: b, turn: 0 }))),
);

/** Products of row `i` with rows `from` to `end`, four at a time, so that the processor can overlap them. */
function multiply(rows: Float64Array, i: number, from: number, end: number, products: Float64Array): void {
  const at = i * VECTOR_SIZE;
  let j = from;
  for (; j + 4 <= end; j += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const other = j * VECTOR_SIZE;
    for (let k = 0; k < VECTOR_SIZE; k += 1) {
      const value = rows[at + k] as number;
      a += value * (rows[other + k] as number);
      b += value * (rows[other + VECTOR_SIZE + k] as number);
      c += value * (rows[other + 2 * VECTOR_SIZE + k] as number);
      d += value * (rows[other + 3 * VECTOR_SIZE + k] as number);
    }
    products[j - from] = a;
    products[j - from + 1] = b;
    products[j - from + 2] = c;
    products[j - from + 3] = d;
  }
  for (; j < end; j += 1) {
    let sum = 0;
    for (let k = 0; k < VECTOR_SIZE; k += 1) sum += (rows[at + k] as number) * (rows[j * VECTOR_SIZE + k] as number);
    products[j - from] = sum;
  }
}

/** The nearest neighbours of each of `size` clusters that it has been shown. */
class Nearest {
  readonly #others: Int32Array;
  readonly #apart: Float32Array;
  readonly #counts: Int32Array;

  constructor(size: number) {
    this.#others = new Int32Array(size * MOST_NEIGHBOURS);
    this.#apart = new Float32Array(size * MOST_NEIGHBOURS);
    this.#counts = new Int32Array(size);
  }

  add(a: number, b: number, apart: number): void {
    this.#put(a, b, apart);
    this.#put(b, a, apart);
  }

  pairs(): Pair[] {
    const pairs: Pair[] = [];
    this.#counts.forEach((count, a) => {
      for (let i = 0; i < count; i += 1) pairs.push([a, this.#others[a * MOST_NEIGHBOURS + i] as number]);
    });
    return pairs;
  }

  #put(to: number, other: number, apart: number): void {
    const first = to * MOST_NEIGHBOURS;
    const count = this.#counts[to] as number;
    let place = first + count;
    if (count < MOST_NEIGHBOURS) this.#counts[to] = count + 1;
    else {
      place = first;
      for (let i = first; i < first + count; i += 1)
        if ((this.#apart[i] as number) > (this.#apart[place] as number)) place = i;
      if ((this.#apart[place] as number) <= apart) return;
    }
    this.#others[place] = other;
    this.#apart[place] = apart;
  }
}
