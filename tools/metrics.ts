// Distances of genuine and impostor pairs -> rates, in the terms of ISO/IEC 19795-1. Pure.

/** The largest threshold at which at most `fmr` of the impostor distances (sorted, ascending) would match. */
export function thresholdAt(fmr: number, sortedImpostors: Float32Array): number {
  const allowed = Math.floor(fmr * sortedImpostors.length);
  const first = sortedImpostors[allowed];
  // Just below the first impostor that may not match; with no impostor at all there is nothing to go by.
  return first === undefined ? Number.NaN : previousFloat(first);
}

/** The part of the distances at or below the threshold: TMR of genuine pairs, FMR of impostor pairs. */
export function matchRate(distances: Float32Array, threshold: number): number {
  let matches = 0;
  for (const distance of distances) if (distance <= threshold) matches += 1;
  return matches / distances.length;
}

export interface LabelledPair {
  fold: number;
  same: boolean;
  /** NaN when a picture showed no face: never a match. */
  distance: number;
}

/** LFW's protocol: for each fold, the threshold best on the other folds; gives the part decided rightly, a fold each. */
export function foldRates(pairs: readonly LabelledPair[]): number[] {
  const folds = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  return folds.map((held) => {
    const threshold = bestThreshold(pairs.filter(({ fold }) => fold !== held));
    const judged = pairs.filter(({ fold }) => fold === held);
    return judged.filter(({ same, distance }) => distance <= threshold === same).length / judged.length;
  });
}

function bestThreshold(pairs: readonly LabelledPair[]): number {
  const ordered = pairs.filter(({ distance }) => !Number.isNaN(distance)).sort((a, b) => a.distance - b.distance);
  let [best, most, right] = [0, 0, 0];
  for (const { same, distance } of ordered) {
    right += same ? 1 : -1;
    if (right > most) [best, most] = [distance, right];
  }
  return best;
}

function previousFloat(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] as number) - 1;
  return new Float32Array(bits.buffer)[0] as number;
}
