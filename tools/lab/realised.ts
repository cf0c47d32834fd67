// Measures the false match rate that thresholds really give on all pairs of a data set: over all people, and by how crowded
// their background is. Also counts who is missed, and compares the decision with the one before.
import { thresholdFor } from '../../handler/matching/calibration.ts';
import type { Subject } from '../../handler/matching/matcher.ts';
import { equalWeights } from './conditional.ts';
import { seededRandom } from './mixture.ts';
import { distanceBetween, type Side } from './trials.ts';

const RATES = [1e-3, 1e-4, 1e-5];
const TENTHS = 10;
const ROUNDS = 500;

/** A pair of photos, of one person or of strangers that match at the largest of RATES. */
interface Pair {
  enrolled: number;
  judged: number;
  distance: number;
  weight: number;
}

/**
 * Lines to print. Every person and every pair of people has the same weight. People are divided into tenths by the mean
 * background of their enrolled photos, most crowded first. A rate within a tenth is of strangers who are both in it.
 *
 * @param people the person in each photo: numbers from 0 without gaps.
 */
export function realisedRates(gallery: Side, probe: Side, people: readonly number[]): string[] {
  const [impostors, genuine] = pairsOf(gallery, probe, people);
  const count = Math.max(...people) + 1;
  const tenths = tenthsOf(gallery, people, count);
  return RATES.flatMap((rate) => {
    const threshold = thresholdFor(rate);
    const hits = impostors.filter(({ distance }) => distance <= threshold);
    const all = sum(hits) / (count * (count - 1)) / rate;
    const [low, high] = bootstrap(hits, count, rate);
    const within = byTenth((tenth) => {
      const size = tenths.filter((other) => other === tenth).length;
      const own = hits.filter(({ enrolled, judged }) => tenths[enrolled] === tenth && tenths[judged] === tenth);
      return (sum(own) / (size * (size - 1)) / rate).toFixed(1);
    });
    const missed = byTenth((tenth) => {
      const own = genuine.filter(({ enrolled }) => tenths[enrolled] === tenth);
      return (1 - sum(own.filter(({ distance }) => distance <= threshold)) / sum(own)).toFixed(2);
    });
    return [
      `realised over nominal at ${rate}: ${all.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
      `  within tenths of people, from the most crowded background: ${within}`,
      `  missed in these tenths: ${missed}`,
    ];
  });
}

function byTenth(text: (tenth: number) => string): string {
  return Array.from({ length: TENTHS }, (_, tenth) => text(tenth)).join(' ');
}

function sum(pairs: readonly Pair[]): number {
  return pairs.reduce((total, { weight }) => total + weight, 0);
}

/** Strangers that match at the largest rate, and all pairs of one person, with people in place of photos. */
function pairsOf(gallery: Side, probe: Side, people: readonly number[]): [impostors: Pair[], genuine: Pair[]] {
  const most = thresholdFor(Math.max(...RATES));
  const equal = equalWeights(people);
  const [impostors, genuine]: [Pair[], Pair[]] = [[], []];
  people.forEach((enrolled, i) => {
    people.forEach((judged, j) => {
      if (i === j) return;
      const distance = distanceBetween(gallery, i, probe, j, 'pair background');
      const own = equal[i] as number;
      // A person of n photos has n (n - 1) genuine pairs.
      if (enrolled === judged) genuine.push({ enrolled, judged, distance, weight: (own * own) / (1 - own) });
      else if (distance <= most) impostors.push({ enrolled, judged, distance, weight: own * (equal[j] as number) });
    });
  });
  return [impostors, genuine];
}

/** The tenth that each person is in, from 0. */
function tenthsOf(gallery: Side, people: readonly number[], count: number): number[] {
  const equal = equalWeights(people);
  const backgrounds = new Float64Array(count);
  people.forEach((person, i) => {
    const { ratio } = (gallery[i] as Subject).background;
    backgrounds[person] = (backgrounds[person] as number) + (equal[i] as number) * ratio;
  });
  const order = Array.from(backgrounds.keys()).sort((a, b) => (backgrounds[a] as number) - (backgrounds[b] as number));
  const tenths: number[] = new Array(count);
  order.forEach((person, rank) => {
    tenths[person] = Math.floor((rank * TENTHS) / count);
  });
  return tenths;
}

/** A 95 % interval of the realised over the nominal rate, by bootstrap over people (Efron, 1979). */
function bootstrap(hits: readonly Pair[], count: number, rate: number): [low: number, high: number] {
  const random = seededRandom(1);
  const ratios = Array.from({ length: ROUNDS }, () => {
    const times = new Uint16Array(count);
    for (let i = 0; i < count; i += 1) {
      const person = Math.floor(random() * count);
      times[person] = (times[person] as number) + 1;
    }
    let matched = 0;
    for (const { enrolled, judged, weight } of hits) {
      matched += (times[enrolled] as number) * (times[judged] as number) * weight;
    }
    const same = times.reduce((total, n) => total + n * n, 0);
    return matched / (count * count - same) / rate;
  }).sort((a, b) => a - b);
  return [ratios[Math.floor(0.025 * ROUNDS)] as number, ratios[Math.ceil(0.975 * ROUNDS) - 1] as number];
}
