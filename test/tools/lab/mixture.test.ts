// The mixture of Gaussians and the membership test, on so few points that every number can be worked out on paper.
import { expect, test } from 'vitest';
import { auditCohort } from '../../../tools/lab/membership.ts';
import { fitMixture, type Mixture, sample, seededRandom, shuffled } from '../../../tools/lab/mixture.ts';
import { vectorOf } from '../../planted.ts';

test('the seeded numbers are those of mulberry32', () => {
  const random = seededRandom(1);
  // Of an implementation in another language, from the author's C.
  expect([random(), random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
});

test('shuffling keeps every item once, in an order that the seed gives', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const order = shuffled(items, seededRandom(1));
  expect(order).not.toEqual(items);
  expect(order.toSorted((a, b) => a - b)).toEqual(items);
  expect(shuffled(items, seededRandom(1))).toEqual(order);
  expect(shuffled(['a', 'b', 'c'], seededRandom(1))).toEqual(['b', 'c', 'a']);
});

/** Two groups in a plane: four people around (4, 0), two around (0, -8). */
const GROUPS = [
  [5, 0],
  [3, 0],
  [4, 1],
  [4, -1],
  [0, -9],
  [0, -7],
].map((point) => Float32Array.from(point));

function byMembers({ components }: Mixture) {
  return components.toSorted((a, b) => b.members - a.members);
}

test('each group becomes a component, with its mean, its members and its size relative to the shared shape', () => {
  const mixture = fitMixture(GROUPS, { components: 2, minMembers: 1, random: seededRandom(1) });
  const [large, small] = byMembers(mixture);
  expect(large?.members).toBe(4);
  expect(small?.members).toBe(2);
  expect([...(large?.mean ?? [])].map((value) => Number(value.toFixed(9)))).toEqual([4, 0]);
  expect([...(small?.mean ?? [])].map((value) => Number(value.toFixed(9)))).toEqual([0, -8]);
  // Squares to the own mean: across 1 + 1 of six people, along 1 + 1 + 1 + 1. No person is off both ways: no covariance.
  expect(mixture.factor[0]?.[0]).toBeCloseTo(Math.sqrt(2 / 6), 6);
  expect(mixture.factor[1]?.[0]).toBeCloseTo(0, 6);
  expect(mixture.factor[1]?.[1]).toBeCloseTo(Math.sqrt(4 / 6), 6);
  // Everyone is 1 from the mean of the group, and so is the shape: 2/6 + 4/6.
  expect(large?.spread).toBeCloseTo(1, 6);
  expect(small?.spread).toBeCloseTo(1, 6);
});

test('covariances off the diagonal are shrunk to a quarter', () => {
  const diagonal = [
    [2, 1],
    [0, -1],
  ].map((point) => Float32Array.from(point));
  const { factor } = fitMixture(diagonal, { components: 1, minMembers: 1, random: seededRandom(1) });
  // Variances 1 and 1, covariance 1 of which .25 is kept: the factor's rows are (1, 0) and (.25, sqrt(1 - .0625)).
  expect(factor[0]?.[0]).toBeCloseTo(1, 6);
  expect(factor[1]?.[0]).toBeCloseTo(0.25, 6);
  expect(factor[1]?.[1]).toBeCloseTo(0.968246, 6);
});

test('a group of fewer people than asked for joins its neighbours', () => {
  const mixture = fitMixture(GROUPS, { components: 2, minMembers: 3, random: seededRandom(1) });
  expect(mixture.components.map(({ members }) => members)).toEqual([6]);
  const [x, y] = mixture.components[0]?.mean ?? [];
  expect(x).toBeCloseTo(16 / 6, 6);
  expect(y).toBeCloseTo(-16 / 6, 6);
});

test('samples have unit length, lie around the means, and come from a component in proportion to its members', () => {
  const mixture = fitMixture(GROUPS, { components: 2, minMembers: 1, random: seededRandom(1) });
  const random = seededRandom(2);
  const draws = Array.from({ length: 3000 }, () => sample(mixture, random));
  for (const [x, y] of draws as unknown as [number, number][]) expect(Math.hypot(x, y)).toBeCloseTo(1, 6);
  const large = draws.filter(([x, y]) => (x as number) > -(y as number));
  // 4 of 6 people: 2,000 of 3,000, and the deviation of that count is 26.
  expect(large.length).toBeGreaterThan(2000 - 100);
  expect(large.length).toBeLessThan(2000 + 100);
  const turn = large.reduce((sum, [, y]) => sum + (y as number), 0) / large.length;
  expect(Math.abs(turn)).toBeLessThan(0.03);
  // Across the mean's direction the deviation is .8165 at a distance of 4: the angle's is about a fifth.
  const spread = Math.sqrt(large.reduce((sum, [, y]) => sum + (y as number) ** 2, 0) / large.length);
  expect(spread).toBeGreaterThan(0.17);
  expect(spread).toBeLessThan(0.24);
});

// Thirty people at right angles to each other.
const PEOPLE = Array.from({ length: 30 }, (_, i) => vectorOf({ [i]: 1 }));

test('a cohort of the people themselves has an AUC of 1', () => {
  const { auc, toCohort, toPeople } = auditCohort(PEOPLE, (members) => members);
  expect(auc).toEqual({ value: 1, margin: 0 });
  expect(toCohort).toBe(0);
  expect(toPeople).toBeCloseTo(Math.SQRT2, 6);
});

test('a cohort at right angles to everyone has an AUC of .5', () => {
  const { auc, toCohort } = auditCohort(PEOPLE, () => [vectorOf({ 100: 1 })]);
  expect(auc).toEqual({ value: 0.5, margin: 0 });
  expect(toCohort).toBeCloseTo(Math.SQRT2, 6);
});

test('each tenth of the people is held out once, and the interval is that of the ten AUCs', () => {
  // The cohort is those of the first 20 people that are not held out. Of the 27 members of a fold 18 are in it, at 0, and
  // 9 are at the root of 2, as far as the three that are held out: 18/27 are told apart, and half of 9/27.
  const { auc, toCohort } = auditCohort(PEOPLE, (members) => members.filter((person) => PEOPLE.indexOf(person) < 20));
  expect(auc.value).toBeCloseTo(18 / 27 + 9 / 54, 9);
  expect(auc.margin).toBeCloseTo(0, 9);
  expect(toCohort).toBe(0);
});
