// The enrolment coach: what would make a better photo of a face.
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { adviseOn, eyeDistance, turnOf } from '../../handler/advice.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { portrait } from './helpers.ts';

afterAll(() => processSidecar().close());

/** A camera that moves sideways. */
const ROW_OF_25 = Array.from({ length: 625 }, (_, i) => (Math.floor(i / 25) === 12 ? 1 : 0));

/** A good face, `eyes` pixels between them, its nose `turn` eye distances off the middle. */
function face(eyes: number, changes: Partial<Face> = {}, turn = 0): Face {
  const [right, left] = [100 + eyes, 100];
  const landmarks: Face['landmarks'] = [
    [right + 5, 50],
    [right - 5, 50],
    [left - 5, 50],
    [left + 5, 50],
    [(right + left) / 2 + turn * eyes, 90],
  ];
  return {
    box: { left: 0, top: 0, right: 300, bottom: 300 },
    score: 1,
    landmarks,
    vector: new Float32Array(),
    face: 1,
    variant: 0,
    sharpness: 0.3,
    brightness: 120,
    leastSharpness: 0.2,
    clipped: 0.01,
    blocking: 0.1,
    turned: -0.5,
    eyesCovered: -0.5,
    mouthCovered: -0.5,
    ...changes,
  };
}

test('a good face gets no advice', () => {
  expect(adviseOn(face(80))).toEqual([]);
});

test.each([
  ['small', face(27), /^the face is small: 27 pixels between the eyes, 31 are better: come closer$/],
  [
    'blurred',
    face(80, { leastSharpness: 0.04 }),
    /^the face is blurred: sharpness 0\.040 .*, 0\.06 is better: hold still/,
  ],
  ['dark', face(80, { brightness: 12 }), /^the face is dark: brightness 12 of 255, .*: use more light$/],
  ['overexposed', face(80, { clipped: 0.5 }), /^the face is overexposed: 50 % of it .*: use less light$/],
  ['hard-pressed', face(80, { blocking: 1.5 }), /^the photo is compressed too hard: .*1\.50.*: use the original file$/],
  [
    'turned',
    face(80, { turned: 0.1 }),
    /^the face seems turned away: look at the camera, with nothing in front of the face$/,
  ],
  ['blindfolded', face(80, { eyesCovered: 0.1 }), /^the face seems to have its eyes covered: /],
  ['masked', face(80, { mouthCovered: 0.1 }), /^the face seems to have its mouth covered: /],
])('a %s face gets one line with what to do', (_, one, line) => {
  expect(adviseOn(one)).toEqual([expect.stringMatching(line)]);
});

test('advice names everything that could be better', () => {
  expect(adviseOn(face(20, { brightness: 200, clipped: 0.5, blocking: 1 }))).toHaveLength(3);
});

test('several signs share one line, and signs are left out if light or JPEG compression hides the face', () => {
  const covered = { turned: 0.1, eyesCovered: 0.3 };
  expect(adviseOn(face(80, covered))).toEqual([
    expect.stringContaining('seems turned away or to have its eyes covered:'),
  ]);
  for (const hidden of [{ brightness: 10 }, { clipped: 0.9 }, { blocking: 2 }]) {
    expect(adviseOn(face(80, { ...covered, ...hidden }))).toHaveLength(1);
  }
});

test('tilting a face changes neither eye distance nor turn, and the sign of the turn tells the side', () => {
  const upright = face(60, {}, 0.2);
  const tilted = { landmarks: upright.landmarks.map(([x, y]) => [-y, x] as [number, number]) };
  expect(eyeDistance(tilted)).toBeCloseTo(60, 9);
  expect(turnOf(tilted)).toBeCloseTo(0.2, 9);
  expect(turnOf(face(60, {}, -0.2))).toBeCloseTo(-0.2, 9);
});

describe('a real photo', () => {
  test('in good light gets no advice', async () => {
    expect((await train(await (await portrait('ann')).jpeg().toBuffer())).advice).toEqual([]);
  });

  test.each<[string, (photo: Sharp) => Sharp]>([
    ['the face is dark', (photo) => photo.linear(0.15).png()],
    ['the face is overexposed', (photo) => photo.linear(2.5).png()],
    ['the photo is compressed too hard', (photo) => photo.jpeg({ quality: 5 })],
    ['the face is blurred', (photo) => photo.convolve({ width: 25, height: 25, kernel: ROW_OF_25 }).png()],
  ])('made worse is called %s', async (words, spoil) => {
    const { advice } = await train(await spoil(await portrait('ann')).toBuffer());
    expect(advice).toEqual([expect.stringContaining(words)]);
  });

  test('of a small face is called small', async () => {
    const { advice } = await train(await (await portrait('ann', 90)).png().toBuffer());
    expect(advice).toContainEqual(expect.stringContaining('the face is small'));
  });
});

test('a dark photo without a face is called dark, not empty', async () => {
  const night = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#070707' } })
    .png()
    .toBuffer();
  await expect(train(night)).rejects.toThrow(
    /^no face found: the picture is dark, .*: use more light, from the front$/,
  );
  const fog = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
  await expect(train(fog)).rejects.toThrow(/^no face found: use a photo in which the person looks at the camera/);
});
