// Made by npm run accuracy -- ... --calibrate handler/curve.ts, and not by hand.

/** False match rate and distance, of cfp, frontal pictures: 24950000 pairs of strangers. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.3572],
  [0.000002, 0.3662],
  [0.000005, 0.3785],
  [0.00001, 0.3863],
  [0.00002, 0.3965],
  [0.00005, 0.4111],
  [0.0001, 0.4219],
  [0.0002, 0.4329],
  [0.0005, 0.4498],
  [0.001, 0.4629],
  [0.002, 0.4767],
  [0.005, 0.4969],
  [0.01, 0.5138],
  [0.02, 0.5327],
  [0.05, 0.5622],
  [0.1, 0.5897],
];
