// Made by npm run calibrate, and not by hand: what is known of the network's distances between strangers, of
// cfp and lfw-several, without profile pictures.

/** The background of a pair; matcher.ts says how it is used. */
export const PAIR = { typical: 0.83, least: 0.68, most: 0.89, room: 0.437, both: -5.882, turn: -0.077 };

/** False match rate and distance. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.3514],
  [0.000002, 0.3652],
  [0.000005, 0.3812],
  [0.00001, 0.3897],
  [0.00002, 0.3996],
  [0.00005, 0.4123],
  [0.0001, 0.4227],
  [0.0002, 0.4336],
  [0.0005, 0.4496],
  [0.001, 0.4622],
  [0.002, 0.4756],
  [0.005, 0.4951],
  [0.01, 0.5114],
  [0.02, 0.5299],
  [0.05, 0.5582],
  [0.1, 0.5844],
];
