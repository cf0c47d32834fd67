// Groups of faces against whose they are, by pairs of faces.

export interface GroupScore {
  /** Of the pairs that are in one group, the part that is one person's; 1 if there is none. */
  precision: number;
  /** Of one person's pairs, the part that is in one group. */
  recall: number;
  /** Pairs that are one person's. */
  truePairs: number;
  /** Pairs in one group that are two people's. */
  falsePairs: number;
}

/** @param people whose each face is, by the numbers that are in `groups`. */
export function scoreGroups(groups: readonly (readonly number[])[], people: readonly number[]): GroupScore {
  const joined = groups.reduce((sum, { length }) => sum + pairsOf(length), 0);
  const right = groups.reduce((sum, group) => sum + samePairs(group.map((face) => people[face] as number)), 0);
  const truePairs = samePairs(people);
  return {
    precision: joined === 0 ? 1 : right / joined,
    recall: truePairs === 0 ? 1 : right / truePairs,
    truePairs,
    falsePairs: joined - right,
  };
}

function samePairs(people: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const person of people) counts.set(person, (counts.get(person) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0);
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}
