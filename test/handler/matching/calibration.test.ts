// Converting between distance and false match rate.
import { expect, test } from 'vitest';
import {
  DEFAULT_FMR,
  falseMatchRate,
  LEAST_FMR,
  MOST_FMR,
  thresholdFor,
} from '../../../handler/matching/calibration.ts';
import { CURVE } from '../../../handler/matching/curve.ts';

const RATES = [1e-9, 1e-6, 3e-6, 1e-5, 7e-5, 1e-4, 1e-3, 1e-2, 1e-1];

test('the shipped curve rises, and covers all rates from the least to the most', () => {
  for (const side of [0, 1] as const) {
    const values = CURVE.map((point) => point[side]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(new Set(values).size).toBe(values.length);
  }
  expect(CURVE[0]?.[0]).toBe(LEAST_FMR);
  expect(CURVE.at(-1)?.[0]).toBe(MOST_FMR);
});

test('a measured rate gives its measured distance, and the distance gives the rate', () => {
  for (const [fmr, distance] of CURVE) {
    expect(thresholdFor(fmr)).toBeCloseTo(distance, 4);
    expect(falseMatchRate(distance)).toBeCloseTo(fmr, 12);
  }
  expect(CURVE.map(([fmr]) => fmr)).toContain(DEFAULT_FMR);
});

test('a larger rate gives a larger threshold, also between and beyond the measured rates', () => {
  const thresholds = RATES.map(thresholdFor);
  expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b));
  for (const fmr of RATES) expect(Math.log(falseMatchRate(thresholdFor(fmr)) / fmr)).toBeCloseTo(0, 1);
});

test('a rate is at most 1, and the rate of distance 0 is small', () => {
  expect(falseMatchRate(3)).toBe(1);
  expect(falseMatchRate(0)).toBeGreaterThan(0);
  expect(falseMatchRate(0)).toBeLessThan(1e-9);
});
