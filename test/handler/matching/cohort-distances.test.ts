// The distances to a cohort by WebAssembly, beside the same said in doubles.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCohort } from '../../../handler/matching/cohort.ts';
import { COHORT_SCALE, CohortDistances } from '../../../handler/matching/cohort-distances.ts';
import { toUnit } from '../../../handler/matching/matcher.ts';
import { VECTOR_SIZE } from '../../../handler/matching/vectors.ts';

fc.configureGlobal({ numRuns: 50 });

const vectors = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: VECTOR_SIZE, maxLength: VECTOR_SIZE })
  .map((values) => Float32Array.from(values))
  .filter((vector) => Math.hypot(...vector) > 0.01);

function inDoubles(unit: Float32Array, rows: Int16Array): number[] {
  return Array.from({ length: rows.length / VECTOR_SIZE }, (_, row) => {
    const cosine =
      unit.reduce((sum, value, i) => sum + value * (rows[row * VECTOR_SIZE + i] as number), 0) / COHORT_SCALE;
    return Math.sqrt(Math.max(0, 2 - 2 * cosine));
  });
}

test('the distances are those of the same sums in doubles, in the order of the rows', () => {
  fc.assert(
    fc.property(fc.array(vectors, { minLength: 1, maxLength: 40 }), vectors, (members, vector) => {
      const { values } = toCohort(members);
      const unit = toUnit(vector);
      const distances = new CohortDistances(values).of(unit);
      const expected = inDoubles(unit, values);
      expect(distances.length).toBe(expected.length);
      // The square of a distance is a difference of numbers near 2, of which a float32 holds seven digits.
      distances.forEach((distance, i) => {
        expect(distance ** 2).toBeCloseTo((expected[i] as number) ** 2, 5);
      });
    }),
  );
});

test('a vector is as far from itself as rounding makes it, and 2 from its opposite', () => {
  const vector = Float32Array.from({ length: VECTOR_SIZE }, (_, i) => (i % 3) - 1.2);
  const distances = new CohortDistances(toCohort([vector, vector.map((value) => -value)]).values).of(toUnit(vector));
  expect(distances[0]).toBeLessThan(0.01);
  expect(distances[1]).toBeCloseTo(2, 3);
});
