// Finding the gap between photos of two people, with made-up vectors. rift.ts has figures of real people.
import { describe, expect, test } from 'vitest';
import { toCohort } from '../../../handler/matching/cohort.ts';
import { findRift } from '../../../handler/matching/rift.ts';
import { type FaceVector, VECTOR_SIZE } from '../../../handler/matching/vectors.ts';
import { pairBackground } from '../../planted.ts';

/** A vector of which the cells named are not 0. */
function vectorOf(cells: Record<number, number>): FaceVector {
  return Float32Array.from({ length: VECTOR_SIZE }, (_, i) => cells[i] ?? 0);
}

/** At right angles to all vectors whose first 64 cells alone are not 0. */
const farCohort = toCohort(Array.from({ length: 30 }, (_, i) => vectorOf({ [64 + i]: 1 })));

/** Photos, of one look each, of someone who lies in the direction of `cell`. */
function person(cell: number, photos: number): FaceVector[][] {
  return Array.from({ length: photos }, (_, i) => [vectorOf({ [cell]: 1, [cell + 1 + i]: 0.2 })]);
}

const ann = person(0, 4);
const bob = person(20, 3);

describe('the rift', () => {
  test.each([0, 1, 2, 3])('separates photo number %i, of another person, from the others', (place) => {
    const rift = findRift(ann.slice(0, 3).toSpliced(place, 0, ...person(20, 1)), farCohort);
    expect(rift).toMatchObject({ odd: [place], pair: [place, expect.any(Number)] });
    expect(rift?.distance).toBeCloseTo(Math.SQRT2 / pairBackground(1, 1), 1);
  });

  test('is between two photos of two people', () => {
    expect(findRift([...person(0, 1), ...person(20, 1)], farCohort)).toMatchObject({ odd: [0], pair: [0, 1] });
  });

  test('separates two people of several photos each, in any order', () => {
    expect(findRift([...ann, ...bob], farCohort)?.odd).toEqual([4, 5, 6]);
    expect(findRift([...bob, ...ann], farCohort)?.odd).toEqual([0, 1, 2]);
    const [a, b, c] = ann as [FaceVector[], FaceVector[], FaceVector[]];
    expect(findRift([a, bob[0] as FaceVector[], b, bob[1] as FaceVector[], c], farCohort)?.odd).toEqual([1, 3]);
  });

  test('does not exist if all photos are of one person', () => {
    expect(findRift(ann, farCohort)).toBeUndefined();
    expect(findRift([...ann, ...ann], farCohort)).toBeUndefined();
  });

  test('does not exist in a chain of photos that are each near the next, even if its ends are far apart', () => {
    const years = Array.from({ length: 30 }, (_, i) => [vectorOf({ 0: Math.cos(i / 10), 1: Math.sin(i / 10) })]);
    expect(findRift(years, farCohort)).toBeUndefined();
  });

  test('does not exist in one photo or no photo', () => {
    expect(findRift(ann.slice(0, 1), farCohort)).toBeUndefined();
    expect(findRift([], farCohort)).toBeUndefined();
  });
});
