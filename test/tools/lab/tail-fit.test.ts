// The fit of strangers' near distances, on made strangers whose rate is known.
import { expect, test } from 'vitest';
import { seededRandom } from '../../../tools/lab/mixture.ts';
import { fitTail, type Observation } from '../../../tools/lab/tail-fit.ts';

const POWER = 12;
const SHIFTS = [0.5, -0.3];
/** Below this distance a pair whose features are 0 is near in one of 20 cases. */
const [NEAR, RATE] = [0.4, 0.05];

/** Pairs whose rate below a distance d is RATE (d / e^(shifts . features) / NEAR)^POWER, near where d is below NEAR. */
function madePairs(count: number): { near: Observation[]; any: Observation[] } {
  const random = seededRandom(3);
  const near: Observation[] = [];
  const any: Observation[] = [];
  for (let i = 0; i < count; i += 1) {
    const features = [0.4 * random() - 0.2, 0.4 * random() - 0.2];
    const shift = SHIFTS.reduce((sum, value, k) => sum + value * (features[k] as number), 0);
    const log = Math.log(NEAR) + shift + Math.log(random() / RATE) / POWER;
    if (log < Math.log(NEAR)) near.push({ log, features, weight: 1 / count });
    any.push({ log: Math.log(NEAR), features, weight: 1 / count });
  }
  return { near, any };
}

test('finds the power and the shifts that the pairs were made with', () => {
  const { near, any } = madePairs(200_000);
  const { power, shifts } = fitTail(near, any);
  expect(power).toBeGreaterThan(0.97 * POWER);
  expect(power).toBeLessThan(1.03 * POWER);
  shifts.forEach((shift, k) => {
    expect(shift).toBeCloseTo(SHIFTS[k] as number, 1);
  });
});

test('a pair of twice the weight counts as two', () => {
  const { near, any } = madePairs(2000);
  const twice = near.map((one, i) => (i < 30 ? { ...one, weight: 2 * one.weight } : one));
  const again = fitTail([...near, ...near.slice(0, 30)], any);
  const weighed = fitTail(twice, any);
  expect(weighed.power).toBeCloseTo(again.power, 6);
  expect(weighed.shifts[0]).toBeCloseTo(again.shifts[0] as number, 6);
  expect(weighed.power).not.toBeCloseTo(fitTail(near, any).power, 3);
});

test('a feature that is the same for all pairs is refused', () => {
  const { near, any } = madePairs(500);
  const constant = (list: Observation[]): Observation[] => list.map((one) => ({ ...one, features: [1] }));
  expect(() => fitTail(constant(near), constant(any))).toThrow('a feature says nothing');
});
