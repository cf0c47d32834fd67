// The background cohort.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ModelError } from '../../../handler/errors.ts';
import { formatCohort, parseCohort, parseCohortCsv, toCohort } from '../../../handler/matching/cohort.ts';
import { COHORT_SCALE } from '../../../handler/matching/cohort-distances.ts';
import { EMBEDDER } from '../../../handler/matching/embedder.ts';
import { type Cohort, LEAST_COHORT, prepare } from '../../../handler/matching/matcher.ts';
import { formatModel, VECTOR_SIZE } from '../../../handler/matching/vectors.ts';
import { shippedCohort } from '../../../handler/shipped-cohort.ts';
import { vectorOf } from '../../planted.ts';

const some = Array.from({ length: LEAST_COHORT }, (_, i) =>
  Float32Array.from({ length: VECTOR_SIZE }, (_, j) => Math.sin(i * 131 + j * 7)),
);
const bytes = Buffer.from(formatCohort(toCohort(some)));

function vectorsOf({ values, size }: Cohort): Float32Array[] {
  return Array.from({ length: size }, (_, i) =>
    Float32Array.from(values.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE), (value) => value / COHORT_SCALE),
  );
}

test('the shipped cohort is 2,000 distinct vectors of unit length, read once', () => {
  const cohort = shippedCohort();
  expect(cohort.size).toBe(2_000);
  expect(cohort.values).toHaveLength(2_000 * VECTOR_SIZE);
  for (const vector of vectorsOf(cohort)) expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
  expect(new Set(vectorsOf(cohort).map((vector) => vector.join())).size).toBe(2_000);
  expect(shippedCohort()).toBe(cohort);
});

test('a vector of the shipped cohort is nearer to its neighbours than to the whole cohort', () => {
  const cohort = shippedCohort();
  const { near, all, ratio } = prepare(vectorsOf(cohort).slice(0, 1), cohort).background;
  expect(near).toBeGreaterThan(0);
  expect(near).toBeLessThan(0.9 * all);
  expect(all).toBeLessThan(2);
  expect(ratio).toBeLessThan(0.9);
});

test('a cohort file is one line, then each value as a little-endian 16-bit fraction of unit length', () => {
  // 3, 4, 0 ... at length 1 is .6 and .8: 19,660.2 and 26,213.6 of 32,767. And the opposite of cell 2 alone.
  const vectors = [vectorOf({ 0: 3, 1: 4 }), vectorOf({ 2: -0.5 })];
  const stored = Buffer.from(formatCohort(toCohort(vectors)));
  const head = Buffer.from('# face-cohort 1 dlib-resnet-v1\n');
  expect(stored.subarray(0, head.length).toString()).toBe(head.toString());
  const body = stored.subarray(head.length);
  expect(body).toHaveLength(2 * 2 * 128);
  expect(body.subarray(0, 6).toString('hex')).toBe('cc4c66660000');
  expect(body.subarray(256, 262).toString('hex')).toBe('000000000180');
  expect(body.filter((byte) => byte !== 0)).toHaveLength(6);
});

test('reading a stored cohort gives its values to the stored precision', () => {
  const cohort = parseCohort(bytes);
  expect(cohort.size).toBe(some.length);
  vectorsOf(cohort).forEach((vector, i) => {
    const original = some[i] as Float32Array;
    const length = Math.hypot(...original);
    vector.forEach((value, j) => {
      expect(Math.abs(value - (original[j] as number) / length)).toBeLessThan(1 / 60_000);
    });
  });
});

test("a cohort can also be a model's CSV, and is refused if it is too small", () => {
  expect(parseCohortCsv(formatModel(some))).toEqual(toCohort(some));
  expect(() => parseCohortCsv(formatModel(some.slice(1)))).toThrow('a cohort needs 160 vectors and this has 159');
});

test('writing a cohort that was read gives the same bytes', () => {
  const shipped = readFileSync(new URL('../../../handler/cohort.bin', import.meta.url));
  expect(Buffer.from(formatCohort(shippedCohort())).equals(shipped)).toBe(true);
});

const withHead = (head: string) => Buffer.concat([Buffer.from(head), bytes.subarray(bytes.indexOf('\n') + 1)]);

test.each([
  ['it is empty', Buffer.alloc(0)],
  ['its end is missing', bytes.subarray(0, bytes.length - 1)],
  ['it is too small to find neighbours in', bytes.subarray(0, bytes.length - 2 * VECTOR_SIZE)],
  ['something follows it', Buffer.concat([bytes, Buffer.from('\n')])],
  ['it is of another network', withHead('# face-cohort 1 openface-nn4.small2\n')],
  ['it is of another version', withHead(`# face-cohort 2 ${EMBEDDER}\n`)],
  ['it has no first line', withHead('')],
])('a cohort is refused when %s', (_, damaged) => {
  expect(() => parseCohort(damaged)).toThrow(ModelError);
  expect(() => parseCohort(damaged)).toThrow(
    `the cohort is not ${EMBEDDER}'s, or damaged: install this software again`,
  );
});
