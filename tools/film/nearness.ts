// How much nearer strangers come to an appearance than to a face in a photo, so that a distance means the same rate for both.
import { NEARER } from './appearance-curve.ts';

/** What it depends on. */
export interface Looks {
  /** How many frames show the face. */
  frames: number;
  /** How wide it is in them, in pixels of the frames that are judged: the geometric mean. */
  width: number;
}

/** A face that is as wide as this is as good as any: by the films of faces from 50 to 195 pixels that NEARER is fitted to. */
const ENOUGH_PX = 110;

/**
 * By which the background of a pair is multiplied, 1 at most. What is particular to one frame keeps strangers away, and the
 * mean of many frames has none of it. Small faces, which films also compress, look alike.
 */
export function nearness({ frames, width }: Looks, { many, small } = NEARER): number {
  return Math.exp(-many * (1 - 1 / frames) - small * Math.max(0, Math.log(ENOUGH_PX / width)));
}
