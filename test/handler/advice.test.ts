// The enrolment coach: a face -> what would make a better photo.
import { afterAll, describe, expect, test } from 'vitest';
import { adviseOn, eyeDistance, turnOf } from '../../handler/advice.ts';
import type { Face } from '../../handler/faces.ts';
import { processSidecar } from '../../handler/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { portrait } from './helpers.ts';

afterAll(() => processSidecar().close());

/** A face that looks at the camera, `eyes` pixels between them, its nose `turn` eye distances off the middle. */
function face(eyes: number, turn: number, changes: Partial<Face> = {}): Face {
  const [right, left] = [100 + eyes, 100];
  const landmarks: Face['landmarks'] = [
    [right + 5, 50],
    [right - 5, 50],
    [left - 5, 50],
    [left + 5, 50],
    [(right + left) / 2 + turn * eyes, 90],
  ];
  const box = { left: 0, top: 0, right: 300, bottom: 300 };
  return {
    box,
    score: 1,
    landmarks,
    vector: new Float32Array(),
    face: 1,
    variant: 0,
    sharpness: 0.3,
    brightness: 120,
    ...changes,
  };
}

test('a good face needs none', () => {
  expect(adviseOn(face(80, 0.05))).toEqual([]);
});

test.each([
  ['small', face(27, 0), /^the face is small: 27 pixels between the eyes, 40 are better: come closer$/],
  ['soft', face(80, 0, { sharpness: 0.1 }), /^the face is soft: sharpness 0\.10, 0\.14 is better/],
  ['dark', face(80, 0, { brightness: 12 }), /^the face is dark: brightness 12, .*: use more light$/],
  ['bright', face(80, 0, { brightness: 240 }), /^the face is bright: brightness 240, .*: use less light$/],
  ['turned away', face(80, -0.4), /^the face is turned away: the nose is 0\.40 eye distances off the middle.*camera$/],
])('a %s face gets one line with a number and what to do', (_, one, line) => {
  expect(adviseOn(one)).toEqual([expect.stringMatching(line)]);
});

test('everything that could be better is named', () => {
  expect(adviseOn(face(20, 0.5, { sharpness: 0.1, brightness: 250 }))).toHaveLength(4);
});

test('eye distance and turn do not change when the face is tilted, and the turn has the side it looks to', () => {
  const upright = face(60, 0.2);
  const tilted = { landmarks: upright.landmarks.map(([x, y]) => [-y, x] as [number, number]) };
  expect(eyeDistance(tilted)).toBeCloseTo(60, 9);
  expect(turnOf(tilted)).toBeCloseTo(0.2, 9);
  expect(turnOf(face(60, -0.2))).toBeCloseTo(-0.2, 9);
});

describe('a real photo', () => {
  test('in good light has none, and darkened is called dark', async () => {
    expect((await train(await (await portrait('ann')).jpeg().toBuffer())).advice).toEqual([]);
    const dark = await (await portrait('ann')).linear(0.15).png().toBuffer();
    expect((await train(dark)).advice).toEqual([expect.stringContaining('the face is dark')]);
  });

  test('of a small face is called small', async () => {
    const { advice } = await train(await (await portrait('ann', 110)).png().toBuffer());
    expect(advice).toEqual([expect.stringContaining('the face is small')]);
  });
});
