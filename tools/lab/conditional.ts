// Fits a pair's background to the strangers of one or more data sets, and the curve of distances divided by it.
import { PAIR } from '../../handler/matching/curve.ts';
import { backgroundOfPair, euclideanDistance, type Subject } from '../../handler/matching/matcher.ts';
import { Histogram } from './metrics.ts';
import { seededRandom } from './mixture.ts';
import { fitTail, type Observation } from './tail-fit.ts';
import { meanBackground, type Side } from './trials.ts';

/** PAIR of handler/matching/curve.ts. */
export type PairWeights = typeof PAIR;

/** Chooses people by number. */
export type Choice = (person: number) => boolean;

// Shares of all pairs, closest first by Euclidean distance over the mean background: pairs that the weights are fitted to,
// pairs kept for rates up to MOST_CLOSE, and pairs kept for the whole curve, which ends at a false match rate of a tenth.
const NEAR_PART = 3e-3;
const CLOSE_PART = 0.015;
const KEPT_PART = 0.2;
/** Up to this rate, close pairs are enough. */
export const MOST_CLOSE = 1e-3;
const SAMPLE = 50_000;
const SEED = 1;

/**
 * The share that is used of the maximum-likelihood weight of `both`. With all of it, the false match rate of the tenth of people
 * with the most crowded background is about nominal, but CFP loses .01 of TMR at 1e-4. With none it is 17 times nominal.
 */
const BOTH_PART = 0.5;

interface Pair {
  gallery: number;
  probe: number;
  euclidean: number;
}

/** A data set: all photos as gallery and as probes, the person in each, and the close pairs of strangers. */
export class World {
  readonly #gallery: Side;
  readonly #probe: Side;
  readonly #people: readonly number[];
  readonly #equal: readonly number[];
  /** Pairs of strangers, drawn at random. */
  readonly #sample: readonly Pair[];
  readonly #close: Pair[] = [];
  readonly #others: Pair[] = [];
  readonly #nearCut: number;

  constructor(gallery: Side, probe: Side, people: readonly number[]) {
    [this.#gallery, this.#probe, this.#people] = [gallery, probe, people];
    this.#equal = equalWeights(people);
    this.#sample = this.#draw();
    const ratios = Float64Array.from(this.#sample, (pair) => pair.euclidean / this.#meanOf(pair)).sort();
    this.#nearCut = ratios[Math.floor(NEAR_PART * SAMPLE)] as number;
    const close = ratios[Math.floor(CLOSE_PART * SAMPLE)] as number;
    const kept = ratios[Math.floor(KEPT_PART * SAMPLE)] as number;
    for (let i = 0; i < people.length; i += 1) {
      for (let j = 0; j < people.length; j += 1) {
        if (people[i] === people[j]) continue;
        const pair = this.#pairOf(i, j);
        const ratio = pair.euclidean / this.#meanOf(pair);
        if (ratio < close) this.#close.push(pair);
        else if (ratio < kept) this.#others.push(pair);
      }
    }
  }

  #pairOf(gallery: number, probe: number): Pair {
    const [a, b] = [this.#gallery[gallery] as Subject, this.#probe[probe] as Subject];
    return { gallery, probe, euclidean: euclideanDistance(a.unit, b.unit) };
  }

  #draw(): Pair[] {
    const random = seededRandom(SEED);
    const place = (): number => Math.floor(random() * this.#people.length);
    const pairs: Pair[] = [];
    while (pairs.length < SAMPLE) {
      const [i, j] = [place(), place()];
      if (this.#people[i] !== this.#people[j]) pairs.push(this.#pairOf(i, j));
    }
    return pairs;
  }

  #subjects({ gallery, probe }: Pair): [Subject, Subject] {
    return [this.#gallery[gallery] as Subject, this.#probe[probe] as Subject];
  }

  #meanOf(pair: Pair): number {
    return meanBackground(...this.#subjects(pair));
  }

  #weightOf({ gallery, probe }: Pair): number {
    return (this.#equal[gallery] as number) * (this.#equal[probe] as number);
  }

  #isAmong({ gallery, probe }: Pair, isIn: Choice): boolean {
    return isIn(this.#people[gallery] as number) && isIn(this.#people[probe] as number);
  }

  /** The number of ordered pairs of people. */
  #pairsAmong(isIn: Choice): number {
    const people = [...new Set(this.#people)].filter(isIn).length;
    return people * (people - 1);
  }

  /** The input of fitTail: strangers among the chosen people. Each pair of people has the same weight. */
  tail(isIn: Choice): { near: Observation[]; any: Observation[] } {
    const among = (pairs: readonly Pair[]): Pair[] => pairs.filter((pair) => this.#isAmong(pair, isIn));
    const [any, all] = [among(this.#sample), this.#pairsAmong(isIn)];
    const near = among(this.#close).filter((pair) => pair.euclidean < this.#nearCut * this.#meanOf(pair));
    const sampled = any.reduce((sum, pair) => sum + this.#weightOf(pair), 0);
    const observe = (pair: Pair, distance: number, whole: number): Observation => {
      const [a, b] = this.#subjects(pair);
      const features = [a.room + b.room, a.room * b.room, a.turn + b.turn];
      return { log: Math.log(distance), features, weight: this.#weightOf(pair) / whole };
    };
    return {
      near: near.map((pair) => observe(pair, pair.euclidean, all)),
      any: any.map((pair) => observe(pair, this.#nearCut * this.#meanOf(pair), sampled)),
    };
  }

  /**
   * Distances of strangers among the chosen people, by these weights. Correct for rates up to `most`; pairs that do not
   * matter there count as infinitely far.
   */
  strangers(weights: PairWeights, isIn: Choice, most: number): Histogram {
    const histogram = new Histogram();
    for (const pairs of most <= MOST_CLOSE ? [this.#close] : [this.#close, this.#others]) {
      for (const pair of pairs) {
        if (!this.#isAmong(pair, isIn)) continue;
        const [a, b] = this.#subjects(pair);
        histogram.add(pair.euclidean / backgroundOfPair(a, b, weights), this.#weightOf(pair));
      }
    }
    histogram.add(Number.POSITIVE_INFINITY, this.#pairsAmong(isIn) - histogram.total);
    return histogram;
  }
}

/** For each photo, one over the number of photos of its person: with these weights every pair of people counts once. */
export function equalWeights(people: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const person of people) counts.set(person, (counts.get(person) ?? 0) + 1);
  return people.map((person) => 1 / (counts.get(person) as number));
}

const everyone: Choice = () => true;

/** Fits the weights to the chosen people. All data sets have the same weight. */
export function fitPair(worlds: readonly World[], isIn: Choice = everyone): PairWeights {
  const tails = worlds.map((world) => world.tail(isIn));
  const join = (part: 'near' | 'any'): Observation[] =>
    tails.flatMap((tail) => tail[part].map((one) => ({ ...one, weight: one.weight / worlds.length })));
  const [near, any] = [join('near'), join('any')];
  const both = BOTH_PART * (fitTail(near, any).shifts[1] as number);
  const withoutBoth = ({ log, features, weight }: Observation): Observation => {
    const [room, product, turn] = features as [number, number, number];
    return { log: log - both * product, features: [room, turn], weight };
  };
  const [room, turn] = fitTail(near.map(withoutBoth), any.map(withoutBoth)).shifts as [number, number];
  const three = (value: number): number => Math.round(1e3 * value) / 1e3;
  return { ...PAIR, room: three(room), both: three(both), turn: three(turn) };
}

/** For each rate, the largest threshold at which no more strangers match. All data sets have the same weight. */
export function thresholdsOf(
  worlds: readonly World[],
  weights: PairWeights,
  rates: readonly number[],
  isIn: Choice = everyone,
): number[] {
  const all = new Histogram();
  for (const world of worlds) {
    const histogram = world.strangers(weights, isIn, Math.max(...rates));
    all.merge(histogram, 1 / histogram.total);
  }
  return rates.map((rate) => all.thresholdAt(rate));
}
