// Made by npm run accuracy -- ... --calibrate handler/curve.ts, and not by hand.

/** False match rate and distance. */
export const CURVE: readonly [number, number][] = [
  [1e-6, 0.6],
  [1e-5, 0.7],
  [1e-4, 0.8],
  [1e-3, 0.9],
  [1e-2, 1.0],
  [1e-1, 1.1],
];
