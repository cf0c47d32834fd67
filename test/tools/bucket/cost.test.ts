// What a run over a bucket costs, and the line that says how far it is.
import { expect, test } from 'vitest';
import { bucketCosts, Spending } from '../../../tools/bucket/cost.ts';
import { followLine } from '../../../tools/bucket/follow.ts';

const MILLION = { batches: 10_000, calls: 10_000, pictures: 1_000_000, keys: 1_000_000, ms: 154 * 1_000_000 };

test('a million pictures of 154 ms cost about USD 5, most of it Lambda', () => {
  const x86 = bucketCosts(MILLION, { memoryMb: 1769, architecture: 'x86_64' });
  const arm = bucketCosts(MILLION, { memoryMb: 1769, architecture: 'arm64' });
  const rounded = ({ lambda, stepFunctions, s3, total }: typeof x86) =>
    [lambda, stepFunctions, s3, total].map((one) => one.toFixed(2));
  expect(rounded(x86)).toEqual(['4.44', '0.42', '0.45', '5.31']);
  expect(rounded(arm)).toEqual(['3.55', '0.42', '0.45', '4.42']);
});

test('a run that is under way costs what its environments were busy, and what its batches will still take', () => {
  const place = { memoryMb: 1769, architecture: 'x86_64' } as const;
  const of = (ms: number, pictures: number, keys = 1_000) =>
    bucketCosts({ ms, batches: pictures / 100, calls: pictures / 100, pictures, keys }, place).total;
  const spending = new Spending(place);
  expect(spending.usd({ total: 1_000, done: 0, running: 2 }, 0)).toBeCloseTo(of(200 * 154, 200), 9);
  // Two batches were busy for 40 s, so a picture takes 400 ms, and those of the next two will.
  expect(spending.usd({ total: 1_000, done: 200, running: 2 }, 40_000)).toBeCloseTo(of(400 * 400, 400), 9);
  // The last keys are no whole batch.
  expect(spending.usd({ total: 1_000, done: 950, running: 1 }, 150_000)).toBeCloseTo(
    bucketCosts({ ms: (190_000 / 950) * 1_000, batches: 10, calls: 10, pictures: 1_000, keys: 1_000 }, place).total,
    9,
  );
});

test('says how far a run is, and how long it will take', () => {
  expect(followLine(undefined, 1000)).toBe('listing the bucket ...');
  expect(followLine({ total: 10_000, done: 0, running: 1 }, 2000)).toBe('0 of 10000 keys, 1 batch under way');
  expect(followLine({ total: 10_000, done: 1_000, running: 8 }, 20_000)).toBe(
    '1000 of 10000 keys, 50.0 a second, 8 batches under way, 3 min 0 s left',
  );
});
