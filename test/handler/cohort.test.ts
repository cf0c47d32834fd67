// The background cohort.
import { expect, test } from 'vitest';
import { formatCohort, parseCohort, shippedCohort } from '../../handler/cohort.ts';
import { EMBEDDER } from '../../handler/config.ts';
import { ModelError } from '../../handler/errors.ts';
import { COHORT_NEIGHBOURS, type Cohort, prepare, toUnit } from '../../handler/matcher.ts';
import { VECTOR_SIZE } from '../../handler/vectors.ts';

const some = Array.from({ length: COHORT_NEIGHBOURS }, (_, i) =>
  Float32Array.from({ length: VECTOR_SIZE }, (_, j) => Math.sin(i * 131 + j * 7)),
);
const bytes = formatCohort(some);

function lengths({ units, size }: Cohort): number[] {
  return Array.from({ length: size }, (_, i) => Math.hypot(...units.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE)));
}

test('the shipped cohort is 2,000 distinct vectors of unit length, read once', () => {
  const cohort = shippedCohort();
  expect(cohort.size).toBe(2_000);
  expect(cohort.units).toHaveLength(2_000 * VECTOR_SIZE);
  for (const length of lengths(cohort)) expect(length).toBeCloseTo(1, 5);
  const texts = lengths(cohort).map((_, i) => cohort.units.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE).join());
  expect(new Set(texts).size).toBe(2_000);
  expect(shippedCohort()).toBe(cohort);
});

test('a vector of the shipped cohort has itself and 19 others around it', () => {
  const cohort = shippedCohort();
  const { cohortDistance } = prepare(cohort.units.slice(0, VECTOR_SIZE), cohort);
  expect(cohortDistance).toBeGreaterThan(0);
  expect(cohortDistance).toBeLessThan(2);
});

test('a cohort reads back to within the precision it is stored in', () => {
  const { units, size } = parseCohort(bytes);
  expect(size).toBe(some.length);
  const expected = some.flatMap((vector) => Array.from(toUnit(vector)));
  expected.forEach((value, i) => {
    expect(Math.abs((units[i] as number) - value)).toBeLessThan(1 / 30_000);
  });
});

test('a cohort is stored the same way twice', () => {
  expect(formatCohort(some)).toEqual(bytes);
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
