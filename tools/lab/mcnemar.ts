// Tests whether one of two decisions finds more true pairs than the other, beyond chance: McNemar's test (1947).

/** How two decisions differ. */
export interface Difference {
  /** How many pairs only the first finds, and only the second. */
  first: number;
  second: number;
  /** The number of people of whom the first finds more pairs, and of whom the second does. People are independent, pairs are not. */
  people: [first: number, second: number];
  /** The z-score of the people's counts: beyond +-1.96 by chance in 5 % of cases. Above 0, the second is better. */
  z: number;
}

/**
 * @param first whether the first decision finds each pair; `second` likewise.
 * @param people the person of each pair.
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[], people: readonly number[]): Difference {
  let [onlyFirst, onlySecond] = [0, 0];
  const balance = new Map<number, number>();
  first.forEach((found, i) => {
    const other = second[i] as boolean;
    if (found === other) return;
    if (found) onlyFirst += 1;
    else onlySecond += 1;
    const person = people[i] as number;
    balance.set(person, (balance.get(person) ?? 0) + (found ? -1 : 1));
  });
  const values = [...balance.values()];
  const [losers, winners] = [values.filter((value) => value < 0).length, values.filter((value) => value > 0).length];
  const z = losers + winners === 0 ? 0 : (winners - losers) / Math.sqrt(winners + losers);
  return { first: onlyFirst, second: onlySecond, people: [losers, winners], z };
}
