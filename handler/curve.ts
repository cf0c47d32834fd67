// Made by npm run calibrate, and not by hand: what is known of the network's distances between strangers, of
// cfp and lfw-several, without profile pictures.

/** The background of a pair; matcher.ts says how it is used. */
export const PAIR = { typical: 0.83, least: 0.68, most: 0.89, room: 0.437, both: -5.888, turn: -0.073 };

/** False match rate and distance. */
export const CURVE: readonly [number, number][] = [
  [0.000001, 0.353],
  [0.000002, 0.3692],
  [0.000005, 0.3833],
  [0.00001, 0.3928],
  [0.00002, 0.4011],
  [0.00005, 0.4138],
  [0.0001, 0.4239],
  [0.0002, 0.4352],
  [0.0005, 0.451],
  [0.001, 0.4637],
  [0.002, 0.4771],
  [0.005, 0.4966],
  [0.01, 0.513],
  [0.02, 0.5314],
  [0.05, 0.5598],
  [0.1, 0.5859],
];
