// Fits how much nearer strangers come to an appearance than to a face in a photo: NEARER of tools/film/. Pure.
import { thresholdFor } from '../../handler/matching/calibration.ts';
import type { NEARER } from '../film/appearance-curve.ts';
import { type Looks, nearness } from '../film/nearness.ts';
import type { Choice } from './conditional.ts';
import { Histogram } from './metrics.ts';

export type Nearer = typeof NEARER;
export const NO_NEARER: Nearer = { many: 0, small: 0 };

/** An appearance of somebody in a made film, and its distance to everybody's model as if it were a face in a photo. */
export interface Shown extends Looks {
  person: number;
  /** By person; NaN where there is no model. */
  distances: readonly number[];
}

/** The rates that are made to hold. */
const FITTED_RATES = [1e-3, 1e-4];
const MANY = steps(0, 0.04, 0.0025);
const SMALL = steps(0, 0.12, 0.005);

/** Distances of true pairs and of strangers, among some people. */
export interface Split {
  genuine: Histogram;
  strangers: Histogram;
}

export function split(shown: readonly Shown[], nearer: Nearer, isIn: Choice = () => true): Split {
  const found = { genuine: new Histogram(), strangers: new Histogram() };
  for (const one of shown) {
    if (!isIn(one.person)) continue;
    const near = nearness(one, nearer);
    one.distances.forEach((distance, other) => {
      if (Number.isNaN(distance) || !isIn(other)) return;
      found[other === one.person ? 'genuine' : 'strangers'].add(distance / near);
    });
  }
  return found;
}

/** The share of strangers that match at the threshold of a rate, over that rate. */
export function realised({ strangers }: Split, rate: number): number {
  return strangers.rateAt(thresholdFor(rate)) / rate;
}

/**
 * The values at which the rates hold best: for each film, for appearances of one frame and of more, the realised rate over the
 * nominal is as near to 1 as it can be, as a sum of squared logarithms. Every film has the same weight.
 */
export function fitNearer(films: readonly (readonly Shown[])[], isIn: Choice = () => true): Nearer {
  const groups = films.flatMap((shown) =>
    [(one: Shown) => one.frames === 1, (one: Shown) => one.frames > 1].map((isOf) => new Strangers(shown, isOf, isIn)),
  );
  const used = groups.filter(({ pairs }) => pairs > 0);
  let [best, least] = [NO_NEARER, Number.POSITIVE_INFINITY];
  for (const many of MANY) {
    for (const small of SMALL) {
      const sum = used.reduce((before, group) => before + group.misfit({ many, small }), 0);
      if (sum < least) [best, least] = [{ many, small }, sum];
    }
  }
  return best;
}

/** The strangers of some appearances, the near ones by distance. */
class Strangers {
  pairs = 0;
  readonly #near: { looks: Looks; distances: number[] }[] = [];

  constructor(shown: readonly Shown[], isOf: (one: Shown) => boolean, isIn: Choice) {
    const farthest = thresholdFor(Math.max(...FITTED_RATES));
    for (const one of shown) {
      if (!isOf(one) || !isIn(one.person)) continue;
      const others = one.distances.filter((d, other) => other !== one.person && isIn(other) && !Number.isNaN(d));
      this.pairs += others.length;
      this.#near.push({ looks: one, distances: others.filter((distance) => distance <= farthest) });
    }
  }

  misfit(nearer: Nearer): number {
    const near = this.#near.map(({ looks, distances }) => ({ by: nearness(looks, nearer), distances }));
    return FITTED_RATES.reduce((sum, rate) => {
      const threshold = thresholdFor(rate);
      let count = 0;
      for (const { by, distances } of near)
        for (const distance of distances) if (distance <= threshold * by) count += 1;
      // Half a pair more, so that none at all is no infinite misfit.
      return sum + Math.log((count + 0.5) / (rate * this.pairs + 0.5)) ** 2;
    }, 0);
  }
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => Number((from + i * step).toFixed(4)));
}
