// Distances -> rates.
import { expect, test } from 'vitest';
import { estimateMean, foldRates, Histogram, jackknife, STEP } from '../../../tools/lab/metrics.ts';

function histogramOf(...distances: number[]): Histogram {
  const histogram = new Histogram();
  for (const distance of distances) histogram.add(distance);
  return histogram;
}

test('a rate counts what is at or below the threshold', () => {
  const histogram = histogramOf(0.1, 0.2, 0.3, 0.4);
  expect(histogram.rateAt(0.3)).toBe(0.75);
  expect(histogram.rateAt(0.3 - STEP)).toBe(0.5);
  expect(histogram.rateAt(0)).toBe(0);
  expect(histogram.rateAt(3)).toBe(1);
});

test('a threshold is the largest at which no more than the rate match', () => {
  const histogram = histogramOf(...Array.from({ length: 1000 }, (_, i) => 0.5 + i / 1000));
  for (const rate of [0, 0.001, 0.01, 0.5]) {
    const threshold = histogram.thresholdAt(rate);
    expect(histogram.rateAt(threshold)).toBeLessThanOrEqual(rate);
    expect(histogram.rateAt(threshold + STEP)).toBeGreaterThan(rate);
  }
  expect(new Histogram().thresholdAt(0.5)).toBeNaN();
});

test('histograms add up', () => {
  const sum = histogramOf(0.1, 0.9);
  sum.merge(histogramOf(0.1));
  expect([sum.total, sum.rateAt(0.5)]).toEqual([3, 2 / 3]);
  sum.merge(histogramOf(0.1), -1);
  expect([sum.total, sum.rateAt(0.5)]).toEqual([2, 0.5]);
});

test('the jackknife of a mean has the interval of a mean', () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
  const sum = values.reduce((a, b) => a + b);
  const { value, margin } = jackknife(
    sum / 10,
    values.map((one) => (sum - one) / 9),
  );
  expect(value).toBe(estimateMean(values).value);
  expect(margin).toBeCloseTo(estimateMean(values).margin, 9);
});

test('a fold is judged by the threshold that is best on the others; a picture without a face is no match', () => {
  const pairs = [0, 1].flatMap((fold) => [
    { fold, same: true, distance: 0.2 },
    { fold, same: true, distance: fold === 0 ? Number.NaN : 0.3 },
    { fold, same: false, distance: 0.8 },
    { fold, same: false, distance: 0.9 },
  ]);
  expect(foldRates(pairs)).toEqual([0.75, 0.75]);
});
