// The decision about a probe, from gallery and cohort.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toCohort } from '../../../handler/matching/cohort.ts';
import { COHORT_SCALE } from '../../../handler/matching/cohort-distances.ts';
import { PAIR } from '../../../handler/matching/curve.ts';
import {
  backgroundOfPair,
  type Cohort,
  compare,
  meanUnit,
  nearestRow,
  prepare,
  toUnit,
} from '../../../handler/matching/matcher.ts';
import { type FaceVector, VECTOR_SIZE } from '../../../handler/matching/vectors.ts';
import { pairBackground } from '../../planted.ts';

fc.configureGlobal({ numRuns: 50 }); // each makes some thousand numbers

const vectors = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: VECTOR_SIZE, maxLength: VECTOR_SIZE })
  .map((values) => Float32Array.from(values))
  .filter((vector) => Math.hypot(...vector) > 0.01);
const galleries = fc.array(vectors, { minLength: 1, maxLength: 6 });
const cohorts = fc.array(vectors, { minLength: 20, maxLength: 40 }).map((members) => toCohort(members));

/** A vector of which the cells named are not 0. */
function vectorOf(cells: Record<number, number>): FaceVector {
  return Float32Array.from({ length: VECTOR_SIZE }, (_, i) => cells[i] ?? 0);
}

/** A cohort at right angles to all vectors whose first 64 cells alone are not 0. */
const farCohort = toCohort(Array.from({ length: 30 }, (_, i) => vectorOf({ [64 + i]: 1 })));

describe('a distance', () => {
  test('is the Euclidean distance of the mean looks over the background of the pair', () => {
    fc.assert(
      fc.property(galleries, galleries, cohorts, (looks, rows, cohort) => {
        const { distance } = compare(prepare(looks, cohort), prepare(rows, cohort));
        expect(distance).toBeCloseTo(naiveDistance(looks, rows, cohort), 3);
      }),
    );
  });

  test('does not change when a vector is scaled', () => {
    fc.assert(
      fc.property(vectors, vectors, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, factor) => {
        const scaled = a.map((x) => x * factor);
        const plain = compare(prepare([a], farCohort), prepare([b], farCohort));
        const other = compare(prepare([scaled], farCohort), prepare([b], farCohort));
        expect(other.distance).toBeCloseTo(plain.distance, 5);
      }),
    );
  });

  test('is the same from either side', () => {
    fc.assert(
      fc.property(galleries, galleries, (a, b) => {
        const [first, second] = [prepare(a, farCohort), prepare(b, farCohort)];
        expect(compare(first, second)).toEqual(compare(second, first));
      }),
    );
  });

  test('of a face to itself is 0', () => {
    fc.assert(
      fc.property(galleries, (looks) => {
        const subject = prepare(looks, farCohort);
        expect(compare(subject, subject)).toMatchObject({ euclidean: 0, distance: 0 });
      }),
    );
  });

  test('grows if a part of the cohort is closer, but not if the whole cohort is', () => {
    const [probe, row] = [vectorOf({ 0: 1 }), vectorOf({ 0: 1, 1: 0.5 })];
    const far = Array.from({ length: 48 }, (_, i) => vectorOf({ [64 + i]: 1 }));
    const close = far.map((vector) => vector.with(0, 0.5));
    const distanceIn = (members: FaceVector[]) => {
      const cohort = toCohort(members);
      return compare(prepare([probe], cohort), prepare([row], cohort)).distance;
    };
    const plain = distanceIn(far);
    expect(distanceIn([...close.slice(0, 6), ...far.slice(6)])).toBeGreaterThan(1.1 * plain);
    expect(distanceIn(close)).toBeCloseTo(plain, 4);
  });
});

describe('the background of a pair', () => {
  // In the middle, at the edge of the crowd, and beyond what was measured.
  const [middle, crowded, beyond] = [PAIR.typical, PAIR.least, 0.1].map((ratio) => toCohort(cohortOf(ratio))) as [
    Cohort,
    Cohort,
    Cohort,
  ];
  const subjectIn = (cohort: Cohort, turn = 0) => prepare([vectorOf({ 0: 1 })], cohort, turn);

  test('is the usual one for two usual faces, and for two faces from a crowd smaller than either alone would make it', () => {
    const [usual, near] = [subjectIn(middle), subjectIn(crowded)];
    expect(backgroundOfPair(usual, usual)).toBeCloseTo(PAIR.typical, 3);
    const alone = backgroundOfPair(usual, near) / PAIR.typical;
    expect(alone).toBeLessThan(1);
    expect(backgroundOfPair(near, near) / PAIR.typical).toBeLessThan(0.9 * alone * alone);
  });

  test('treats a face more crowded than any measured one like the most crowded measured one', () => {
    expect(subjectIn(beyond).background.ratio).toBeLessThan(PAIR.least - 0.1);
    expect(subjectIn(beyond).room).toBeCloseTo(Math.log(PAIR.least / PAIR.typical), 12);
  });

  test('shrinks as a face turns to either side, up to a turn of 1; an unknown turn counts as none', () => {
    const [ahead, turned] = [subjectIn(middle), subjectIn(middle, 0.5)];
    expect(backgroundOfPair(ahead, turned) / backgroundOfPair(ahead, ahead)).toBeCloseTo(Math.exp(PAIR.turn / 2), 6);
    expect(PAIR.turn).toBeLessThan(0);
    expect(subjectIn(middle, -0.5)).toEqual(turned);
    expect(subjectIn(middle, 7).turn).toBe(1);
    expect(subjectIn(middle, Number.NaN).turn).toBe(0);
  });

  /** 160 vectors, the nearest ten at such a distance from cell 0 that its background is `ratio`; the others at root 2. */
  function cohortOf(ratio: number): FaceVector[] {
    const near = (ratio * 150 * Math.SQRT2) / (160 - 10 * ratio);
    const cosine = 1 - near ** 2 / 2;
    return Array.from({ length: 160 }, (_, i) =>
      i < 10 ? vectorOf({ 0: cosine, 64: Math.sqrt(1 - cosine ** 2) }) : vectorOf({ [65 + (i % 60)]: 1 }),
    );
  }
});

describe('the mean of vectors', () => {
  test('has unit length, is the same in any order, and for one vector is its direction', () => {
    fc.assert(
      fc.property(galleries, (looks) => {
        expect(Math.hypot(...meanUnit(looks))).toBeCloseTo(1, 5);
        meanUnit(looks.toReversed()).forEach((value, i) => {
          expect(value).toBeCloseTo(meanUnit(looks)[i] as number, 4);
        });
        const [one] = looks as [FaceVector];
        meanUnit([one]).forEach((value, i) => {
          expect(value).toBeCloseTo(toUnit(one)[i] as number, 6);
        });
      }),
    );
  });

  test('is the first vector if they cancel out', () => {
    expect(meanUnit([vectorOf({ 0: 2 }), vectorOf({ 0: -1 })])).toEqual(vectorOf({ 0: 1 }));
  });
});

test('the nearest row is the closest in direction; of equally close rows, the first', () => {
  const rows = [vectorOf({ 1: 1 }), vectorOf({ 0: 1 }), vectorOf({ 0: 1 })];
  expect(nearestRow(vectorOf({ 0: 1 }), rows)).toBe(1);
});

// What follows says the rule again as plainly as possible, in doubles.

function naiveUnit(vector: ArrayLike<number>): number[] {
  const length = Math.sqrt(Array.from(vector).reduce((sum, x) => sum + x * x, 0));
  return Array.from(vector, (x) => x / length);
}

function naiveEuclidean(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0));
}

function member({ values }: Cohort, i: number): number[] {
  return Array.from(values.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE), (value) => value / COHORT_SCALE);
}

function naiveMean(vectors: readonly FaceVector[]): number[] {
  const units = vectors.map(naiveUnit);
  return naiveUnit(
    Array.from({ length: VECTOR_SIZE }, (_, i) => units.reduce((sum, unit) => sum + (unit[i] as number), 0)),
  );
}

function naiveDistance(looks: readonly FaceVector[], rows: readonly FaceVector[], cohort: Cohort): number {
  const background = (unit: number[]): number => {
    const all = Array.from({ length: cohort.size }, (_, i) => naiveEuclidean(unit, member(cohort, i)));
    const nearest = all.toSorted((a, b) => a - b).slice(0, Math.ceil(all.length / 16));
    return naiveAverage(nearest) / naiveAverage(all);
  };
  const [probe, gallery] = [naiveMean(looks), naiveMean(rows)];
  return naiveEuclidean(probe, gallery) / pairBackground(background(probe), background(gallery));
}

function naiveAverage(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
