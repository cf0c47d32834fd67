// Which faces match at which rate.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AllFaces, countChanges, countMatches, placesAt, sliderRates } from '../../../tools/report/places.ts';

const ONE = { ownRate: 1e-4, oneEach: false };

/** Faces of one picture each, whose verdicts are those of the run. */
function facesWith(...rates: number[]): AllFaces {
  return {
    picture: rates.map((_, i) => i),
    person: rates.map(() => 0),
    rate: rates,
    matched: rates.filter((rate) => rate <= ONE.ownRate).length,
  };
}

test('a face matches up to its own rate, and is a near miss up to ten times the rate asked for', () => {
  const faces = facesWith(1e-6, 1e-4, 1.1e-4, 1e-3, 1.1e-3);
  expect(placesAt(1e-4, faces, ONE)).toEqual(['matched', 'matched', 'near', 'near', 'rest']);
  expect(placesAt(1e-3, faces, ONE)).toEqual(['matched', 'matched', 'matched', 'matched', 'near']);
  expect(placesAt(1e-6, faces, ONE)).toEqual(['matched', 'rest', 'rest', 'rest', 'rest']);
});

test("at the run's own rate the run's verdict counts, whatever rounding did to the rate", () => {
  const rounded = { ...facesWith(9e-5, 1e-4), matched: 1 };
  expect(placesAt(1e-4, rounded, ONE)).toEqual(['matched', 'near']);
  expect(placesAt(1.1e-4, rounded, ONE)).toEqual(['matched', 'matched']);
});

test('a higher rate only adds matches, a lower one only takes some away', () => {
  const some = fc.array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { maxLength: 30 });
  const rates = sliderRates(1e-6, 1e-1, 1e-4);
  fc.assert(
    fc.property(some, (list) => {
      const faces = facesWith(...list.sort((a, b) => a - b));
      const counts = rates.map((rate) => countMatches(placesAt(rate, faces, ONE), faces).faces);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts[rates.indexOf(1e-4)]).toBe(faces.matched);
    }),
  );
});

test('in a gallery a person gets at most one face of a picture', () => {
  const faces: AllFaces = { picture: [0, 0, 1], person: [2, 2, 2], rate: [1e-6, 1e-5, 2e-3], matched: 1 };
  const gallery = { ownRate: 1e-3, oneEach: true };
  expect(placesAt(1e-3, faces, gallery)).toEqual(['matched', 'near', 'near']);
  expect(placesAt(1e-2, faces, gallery)).toEqual(['matched', 'near', 'matched']);
});

test('counts faces, pictures and changes', () => {
  const faces: AllFaces = { picture: [0, 0, 1], person: [0, 0, 0], rate: [1e-6, 1e-5, 1e-3], matched: 2 };
  const [before, after] = [placesAt(1e-4, faces, ONE), placesAt(1e-2, faces, ONE)];
  expect(countMatches(before, faces)).toEqual({ faces: 2, pictures: 1 });
  expect(countMatches(after, faces)).toEqual({ faces: 3, pictures: 2 });
  expect(countChanges(before, after)).toBe(1);
});

test("the slider stops ten times a decade and at the run's own rate", () => {
  expect(sliderRates(1e-3, 1e-2, 1e-3)).toEqual([
    0.001, 0.0013, 0.0016, 0.002, 0.0025, 0.0032, 0.004, 0.005, 0.0063, 0.0079, 0.01,
  ]);
  expect(sliderRates(1e-3, 1e-2, 0.0077)).toContain(0.0077);
});
