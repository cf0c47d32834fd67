// A face to be judged: how far it is turned, and the note about that.
import { expect, test } from 'vitest';
import { toCohort } from '../../handler/matching/cohort.ts';
import { prepareProbe, turnedNotes } from '../../handler/probe.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { PLANTED_COHORT, vectorOf } from '../planted.ts';

/** Eyes 100 pixels apart, the nose as many pixels to the right of their middle. */
function faceWithNose(right: number): Face {
  return {
    box: { left: 0, top: 0, right: 200, bottom: 200 },
    score: 1,
    landmarks: [
      [160, 50],
      [140, 50],
      [40, 50],
      [60, 50],
      [100 + right, 120],
    ],
    vector: vectorOf({ 0: 1 }),
    face: 3,
    variant: 0,
    sharpness: 0.3,
    brightness: 120,
    leastSharpness: 0.2,
    clipped: 0,
    blocking: 0.1,
    turned: -1,
    eyesCovered: -1,
    mouthCovered: -1,
  };
}

test('a note names a face that seems turned away, and no other, wherever the landmarks put its nose', () => {
  const face = faceWithNose(0);
  expect(turnedNotes([{ ...face, turned: -0.01 }])).toEqual([]);
  expect(turnedNotes([{ ...face, turned: 0.01 }])).toEqual([
    expect.stringMatching(/^face 3 seems turned away, .*: a False says little$/),
  ]);
  expect(turnedNotes([faceWithNose(60)])).toEqual([]);
});

test('nothing is said of the turn of a face that light or a JPEG hides', () => {
  const face = { ...faceWithNose(0), turned: 1 };
  for (const hidden of [{ brightness: 10 }, { clipped: 0.5 }, { blocking: 1 }]) {
    expect(turnedNotes([{ ...face, ...hidden }])).toEqual([]);
  }
});

test('the turn of a probe is that of its first look, and 0 if the landmarks show none', () => {
  const cohort = toCohort(PLANTED_COHORT);
  expect(prepareProbe([faceWithNose(-25), faceWithNose(0)], cohort).turn).toBeCloseTo(0.25, 9);
  const nowhere = { ...faceWithNose(0), landmarks: Array(5).fill([20, 20]) as [number, number][] };
  expect(prepareProbe([nowhere], cohort).turn).toBe(0);
});
