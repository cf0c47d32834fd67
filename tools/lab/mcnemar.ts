// Two decisions on the same true pairs -> does one find more than the other by more than chance? McNemar's test (1947).

/** How the two differ. */
export interface Difference {
  /** Pairs that only the first finds, and only the second. */
  first: number;
  second: number;
  /** Of people, who are independent where pairs are not: those of whom the first finds more, and the second. */
  people: [first: number, second: number];
  /** Standard normal deviate of the people's counts: beyond +-1.96 with a chance of 5 %. Above 0 the second is better. */
  z: number;
}

/**
 * @param first whether each pair is found, `second` the same by the other decision.
 * @param people whose each pair is.
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
