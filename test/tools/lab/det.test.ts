// Distances -> the points of the DET curve.
import { expect, test } from 'vitest';
import { detPoints } from '../../../tools/lab/det.ts';
import { Histogram } from '../../../tools/lab/metrics.ts';

test('a point is the FNMR at the largest threshold whose FMR is at most the given one', () => {
  const [genuine, impostor] = [new Histogram(), new Histogram()];
  for (const distance of [0.1, 0.2, 0.3, 0.5]) genuine.add(distance);
  // 1 of 100 at .25, 9 more at .4, the rest at 1.
  for (let i = 0; i < 100; i += 1) impostor.add(i < 1 ? 0.25 : i < 10 ? 0.4 : 1);
  const points = detPoints(genuine, impostor);
  expect(points).toHaveLength(121);
  const at = (fmr: number) => points.find((point) => Math.abs(point.fmr / fmr - 1) < 1e-6)?.fnmr;
  expect(at(1e-6)).toBe(0.5);
  expect(at(10 ** -2.05)).toBe(0.5);
  expect(at(10 ** -1.95)).toBe(0.25);
  expect(at(10 ** -1.05)).toBe(0.25);
  expect(at(10 ** -0.95)).toBe(0);
  expect(at(1)).toBe(0);
});
