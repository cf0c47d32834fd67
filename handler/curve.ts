// Made by npm run accuracy -- ... --calibrate handler/curve.ts, and not by hand.

/** False match rate and distance, of cfp, frontal pictures: 24950000 pairs of strangers. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.6414],
  [0.000002, 0.6611],
  [0.000005, 0.687],
  [0.00001, 0.7086],
  [0.00002, 0.7322],
  [0.00005, 0.7656],
  [0.0001, 0.7899],
  [0.0002, 0.815],
  [0.0005, 0.8505],
  [0.001, 0.8789],
  [0.002, 0.9089],
  [0.005, 0.9524],
  [0.01, 0.9877],
  [0.02, 1.0261],
  [0.05, 1.0847],
  [0.1, 1.1377],
];
