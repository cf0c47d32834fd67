// Made by npm run accuracy -- ... --calibrate handler/curve.ts, and not by hand.

/** False match rate and distance, of cfp, frontal pictures: 24950000 pairs of strangers. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.6705],
  [0.000002, 0.6869],
  [0.000005, 0.7105],
  [0.00001, 0.7308],
  [0.00002, 0.7512],
  [0.00005, 0.7828],
  [0.0001, 0.8059],
  [0.0002, 0.8303],
  [0.0005, 0.8639],
  [0.001, 0.8907],
  [0.002, 0.9197],
  [0.005, 0.9614],
  [0.01, 0.9958],
  [0.02, 1.0336],
  [0.05, 1.0915],
  [0.1, 1.1444],
];
