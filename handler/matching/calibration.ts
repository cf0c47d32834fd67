// How far to trust a threshold: distance <-> false match rate, from the curve that ships.
import { CURVE } from './curve.ts';

/** A pair of strangers is at or below `distance` in `fmr` of all pairs; distances ascend. */
interface Point {
  fmr: number;
  distance: number;
}

const POINTS: readonly Point[] = CURVE.map(([fmr, distance]) => ({ fmr, distance }));

/** The false match rate of `fr-recognize` by default: one in 10,000 pairs of strangers. */
export const DEFAULT_FMR = 1e-4;

/** The rates that have a threshold. Below them too few pairs were measured; above them hardly a match is missed. */
export const LEAST_FMR = 1e-6;
export const MOST_FMR = 1e-1;

/** A rate as people write it: 1e-6, 0.1. */
export function showRate(fmr: number): string {
  return fmr < 1e-3 ? fmr.toExponential() : String(fmr);
}

/** The largest distance at which strangers match at rate `fmr`, LEAST_FMR / 1,000 to MOST_FMR. */
export function thresholdFor(fmr: number): number {
  const [low, high] = around(({ fmr: other }) => other >= fmr);
  const part = (Math.log(fmr) - Math.log(low.fmr)) / (Math.log(high.fmr) - Math.log(low.fmr));
  return Math.round(1e4 * (low.distance + part * (high.distance - low.distance))) / 1e4;
}

/**
 * The false match rate of a threshold at this distance, to two digits, never above 1. Its logarithm lies on a straight
 * line between two measured points, and on the outermost line beyond them.
 */
export function falseMatchRate(distance: number): number {
  const [low, high] = around((point) => point.distance >= distance);
  const part = (distance - low.distance) / (high.distance - low.distance);
  const fmr = Math.exp(Math.log(low.fmr) + part * (Math.log(high.fmr) - Math.log(low.fmr)));
  return Number(Math.min(1, fmr).toPrecision(2));
}

/** Two neighbouring points: the second is the first beyond; the outermost two when there is none. */
function around(isBeyond: (point: Point) => boolean): [Point, Point] {
  const found = POINTS.findIndex(isBeyond);
  const high = Math.max(1, found === -1 ? POINTS.length - 1 : found);
  return [POINTS[high - 1] as Point, POINTS[high] as Point];
}
