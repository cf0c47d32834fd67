// Open-set identification: people enrolled, and probes of them and of strangers -> how many are named, and rightly.
import { thresholdFor } from '../../handler/calibration.ts';
import { DEFAULT_IDENTIFICATION_FMR } from '../../handler/identifier.ts';
import type { Cohort } from '../../handler/matcher.ts';
import { seededRandom, shuffled } from './mixture.ts';
import { distanceBetween, type Photo, SHIPPED, type Side, toSides } from './trials.ts';

const ROUNDS = 20;

/**
 * For each size of gallery a line: of the probes of enrolled people, how many are given their own name, and of those of
 * strangers, how many are given any (FPIR, ISO/IEC 19795-1), at the threshold that fr-recognize --gallery takes. Half of
 * the people of `photos` are never enrolled; each round enrols others of the rest, one photo each, and fills up with
 * `strangers`, who have one photo and so are never judged.
 */
export function identificationRates(
  photos: readonly Photo[],
  strangers: readonly Photo[],
  sizes: readonly number[],
  cohort: Cohort,
): string[] {
  const faces = [...photos, ...strangers].map(({ rows }) => rows);
  const sides = toSides(faces, SHIPPED, cohort);
  const people = [...new Set(photos.map(({ person }) => person))];
  return sizes.map((size) => {
    if (people.length / 2 + strangers.length < size) return `identification among ${size}: too few people for it`;
    const threshold = thresholdFor(DEFAULT_IDENTIFICATION_FMR / size);
    const tally = { mated: 0, named: 0, wrong: 0, unmated: 0, alarms: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = seededRandom(round);
      const order = shuffled(people, random);
      const enrolled = order.slice(0, Math.min(size, Math.floor(people.length / 2)));
      const places = enrolled.map((person) => photos.findIndex((photo) => photo.person === person));
      const others = shuffled(
        strangers.map((_, i) => photos.length + i),
        random,
      ).slice(0, size - enrolled.length);
      count(tally, photos, [...places, ...others], sides, threshold);
    }
    return describe(size, threshold, tally);
  });
}

interface Tally {
  mated: number;
  named: number;
  wrong: number;
  unmated: number;
  alarms: number;
}

function count(
  tally: Tally,
  photos: readonly Photo[],
  enrolled: readonly number[],
  { gallery, probe }: { gallery: Side; probe: Side },
  threshold: number,
): void {
  const owners = new Map(enrolled.map((place) => [photos[place]?.person, place]));
  photos.forEach(({ person }, j) => {
    if (enrolled.includes(j)) return;
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const i of enrolled) {
      const distance = distanceBetween(gallery, i, probe, j, SHIPPED.measure);
      if (distance < least) [nearest, least] = [i, distance];
    }
    const isNamed = least <= threshold;
    const own = owners.get(person);
    if (own === undefined) {
      tally.unmated += 1;
      if (isNamed) tally.alarms += 1;
    } else {
      tally.mated += 1;
      if (isNamed && nearest === own) tally.named += 1;
      if (isNamed && nearest !== own) tally.wrong += 1;
    }
  });
}

function describe(size: number, threshold: number, { mated, named, wrong, unmated, alarms }: Tally): string {
  return (
    `identification among ${size} at threshold ${threshold.toFixed(4)}: named rightly ${(named / mated).toFixed(4)}, ` +
    `as someone else ${(wrong / mated).toExponential(1)}, strangers named ${(alarms / unmated).toExponential(2)} ` +
    `(${ROUNDS} rounds, ${mated} and ${unmated} probes)`
  );
}
