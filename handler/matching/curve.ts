// Made by npm run calibrate, and not by hand: what is known of the network's distances between strangers, of
// cfp and lfw-several, without profile pictures.

/** The background of a pair; matcher.ts says how it is used. */
export const PAIR = { typical: 0.83, least: 0.68, most: 0.89, room: 0.431, both: -5.933, turn: -0.083 };

/** False match rate and distance. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.3482],
  [0.000002, 0.365],
  [0.000005, 0.3794],
  [0.00001, 0.3909],
  [0.00002, 0.4002],
  [0.00005, 0.4135],
  [0.0001, 0.4238],
  [0.0002, 0.435],
  [0.0005, 0.4509],
  [0.001, 0.4636],
  [0.002, 0.477],
  [0.005, 0.4965],
  [0.01, 0.5129],
  [0.02, 0.5313],
  [0.05, 0.5597],
  [0.1, 0.586],
];
