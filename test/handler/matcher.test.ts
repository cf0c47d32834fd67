// Probe, gallery, cohort -> decision.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COHORT_NEIGHBOURS,
  type Cohort,
  compare,
  nearestInCohort,
  oddOneOut,
  prepare,
  toUnit,
} from '../../handler/matcher.ts';
import { type FaceVector, VECTOR_SIZE } from '../../handler/vectors.ts';

fc.configureGlobal({ numRuns: 50 }); // each makes some thousand numbers

const vectors = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: VECTOR_SIZE, maxLength: VECTOR_SIZE })
  .map((values) => Float32Array.from(values))
  .filter((vector) => Math.hypot(...vector) > 0.01);
const galleries = fc.array(vectors, { minLength: 1, maxLength: 6 });
const cohorts = fc
  .array(vectors, { minLength: COHORT_NEIGHBOURS, maxLength: COHORT_NEIGHBOURS + 5 })
  .map((members) => cohortOf(members));

function cohortOf(members: readonly FaceVector[]): Cohort {
  const units = new Float32Array(members.length * VECTOR_SIZE);
  members.forEach((member, i) => {
    units.set(toUnit(member), i * VECTOR_SIZE);
  });
  return { units, size: members.length };
}

/** A vector of which the cells named are not 0. */
function vectorOf(cells: Record<number, number>): FaceVector {
  return Float32Array.from({ length: VECTOR_SIZE }, (_, i) => cells[i] ?? 0);
}

/** A cohort at right angles to all vectors whose first 64 cells alone are not 0. */
const farCohort = cohortOf(Array.from({ length: 30 }, (_, i) => vectorOf({ [64 + i]: 1 })));

describe('a distance', () => {
  test('is the Euclidean distance at unit length over the mean of both distances to the cohort', () => {
    fc.assert(
      fc.property(vectors, galleries, cohorts, (probe, gallery, cohort) => {
        const actual = compare(
          prepare(probe, cohort),
          gallery.map((vector) => prepare(vector, cohort)),
        );
        const expected = naiveDistances(probe, gallery, cohort);
        for (const { row, distance } of actual) expect(distance).toBeCloseTo(expected[row] as number, 6);
        expect(actual.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual(gallery.map((_, i) => i));
      }),
    );
  });

  test('does not change when a vector is scaled', () => {
    fc.assert(
      fc.property(vectors, vectors, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, factor) => {
        const scaled = a.map((x) => x * factor);
        const [plain] = compare(prepare(a, farCohort), [prepare(b, farCohort)]);
        const [other] = compare(prepare(scaled, farCohort), [prepare(b, farCohort)]);
        expect(other?.distance).toBeCloseTo(plain?.distance as number, 5);
      }),
    );
  });

  test('is the same from either side', () => {
    fc.assert(
      fc.property(vectors, vectors, (a, b) => {
        const [first, second] = [prepare(a, farCohort), prepare(b, farCohort)];
        expect(compare(first, [second])).toEqual(compare(second, [first]));
      }),
    );
  });

  test('of a vector to itself is 0', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const subject = prepare(vector, farCohort);
        expect(compare(subject, [subject])).toEqual([{ row: 0, euclidean: 0, distance: 0 }]);
      }),
    );
  });

  test('grows when the cohort is closer', () => {
    const [probe, row] = [vectorOf({ 0: 1 }), vectorOf({ 0: 1, 1: 0.5 })];
    const closeCohort = cohortOf(Array.from({ length: 30 }, (_, i) => vectorOf({ 0: 1, [64 + i]: 0.5 })));
    const distanceIn = (cohort: Cohort) => compare(prepare(probe, cohort), [prepare(row, cohort)])[0]?.distance;
    expect(distanceIn(closeCohort)).toBeGreaterThan(distanceIn(farCohort) as number);
  });
});

describe('a comparison with a gallery', () => {
  test('is nearest first, and the nearest is the smallest distance', () => {
    fc.assert(
      fc.property(vectors, galleries, (probe, gallery) => {
        const subjects = gallery.map((vector) => prepare(vector, farCohort));
        const distances = compare(prepare(probe, farCohort), subjects).map(({ distance }) => distance);
        expect(distances).toEqual(distances.toSorted((a, b) => a - b));
        expect(distances[0]).toBeCloseTo(Math.min(...naiveDistances(probe, gallery, farCohort)), 6);
      }),
    );
  });

  test('gives a tie to the earlier row', () => {
    fc.assert(
      fc.property(vectors, vectors, fc.integer({ min: 2, max: 5 }), (probe, vector, count) => {
        const gallery = Array.from({ length: count }, () => prepare(vector, farCohort));
        const rows = compare(prepare(probe, farCohort), gallery).map(({ row }) => row);
        expect(rows).toEqual(gallery.map((_, i) => i));
      }),
    );
  });

  test('finds the vector itself before all others', () => {
    fc.assert(
      fc.property(vectors, galleries, fc.nat(), (probe, others, at) => {
        const place = at % (others.length + 1);
        const gallery = others.toSpliced(place, 0, probe).map((vector) => prepare(vector, farCohort));
        expect(compare(prepare(probe, farCohort), gallery)[0]?.euclidean).toBe(0);
      }),
    );
  });
});

test('the nearest of the cohort are its nearest 20, nearest first, ties by index', () => {
  fc.assert(
    fc.property(vectors, cohorts, (vector, cohort) => {
      const nearest = nearestInCohort(toUnit(vector), cohort);
      const all = Array.from({ length: cohort.size }, (_, i) => i)
        .map((i) => ({ i, distance: naiveEuclidean(toUnit(vector), member(cohort, i)) }))
        .sort((a, b) => a.distance - b.distance || a.i - b.i);
      expect(nearest).toHaveLength(COHORT_NEIGHBOURS);
      nearest.forEach(({ euclidean }, rank) => {
        expect(euclidean).toBeCloseTo(all[rank]?.distance as number, 6);
      });
    }),
  );
  const same = cohortOf(Array.from({ length: 25 }, () => vectorOf({ 3: 1 })));
  expect(nearestInCohort(vectorOf({ 0: 1 }), same).map(({ vector }) => vector)).toEqual(
    Array.from({ length: 20 }, (_, i) => i),
  );
});

describe('the odd one out', () => {
  const person = (cell: number, photos: number) =>
    Array.from({ length: photos }, (_, i) => prepare(vectorOf({ [cell]: 1, [cell + 1 + i]: 0.2 }), farCohort));
  const ann = person(0, 4);

  test('is the model whose nearest row to all others is beyond the distance of strangers', () => {
    for (let place = 0; place < 4; place += 1) {
      const models = ann
        .slice(0, 3)
        .map((subject) => [subject])
        .toSpliced(place, 0, person(20, 2));
      expect(oddOneOut(models)).toBe(place);
    }
  });

  test('is one of two models of two people', () => {
    expect(oddOneOut([person(0, 2), person(20, 2)])).toBe(0);
  });

  test('is nobody when all models are of one person', () => {
    expect(oddOneOut(ann.map((subject) => [subject]))).toBeUndefined();
    expect(oddOneOut([ann, ann])).toBeUndefined();
  });

  test('is nobody in one model or in none', () => {
    expect(oddOneOut([ann])).toBeUndefined();
    expect(oddOneOut([])).toBeUndefined();
  });
});

// What follows says the rule again as plainly as possible, in doubles.

function naiveUnit(vector: ArrayLike<number>): number[] {
  const length = Math.sqrt(Array.from(vector).reduce((sum, x) => sum + x * x, 0));
  return Array.from(vector, (x) => x / length);
}

function naiveEuclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0));
}

function member(cohort: Cohort, i: number): Float32Array {
  return cohort.units.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE);
}

function naiveDistances(probe: FaceVector, gallery: readonly FaceVector[], cohort: Cohort): number[] {
  const background = (vector: FaceVector): number => {
    const all = Array.from({ length: cohort.size }, (_, i) => naiveEuclidean(naiveUnit(vector), member(cohort, i)));
    const nearest = all.toSorted((a, b) => a - b).slice(0, 20);
    return nearest.reduce((sum, distance) => sum + distance, 0) / 20;
  };
  return gallery.map(
    (row) => naiveEuclidean(naiveUnit(probe), naiveUnit(row)) / ((background(probe) + background(row)) / 2),
  );
}
