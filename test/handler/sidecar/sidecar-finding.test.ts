// Which faces the sidecar finds beside upright, uncovered, frontal ones. native/detect/finder.hh says how.
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { eyeDistance } from '../../../handler/advice.ts';
import type { Face } from '../../../handler/sidecar/faces.ts';
import { groupPhoto, masked, newSidecar, nobody, portrait, SAME_PHOTO, unitDistance } from '../helpers.ts';

const sidecar = newSidecar();

afterAll(() => sidecar.close());

test.each([90, 270])('a photo turned by %i degrees, without EXIF, gives the same faces and vectors', async (angle) => {
  const upright = await sidecar.describe(groupPhoto());
  const turned = await sidecar.describe(await sharp(groupPhoto()).rotate(angle).png().toBuffer());
  expect(turned).toHaveLength(upright.length);
  for (const face of upright) {
    const nearest = turned.toSorted((a, b) => unitDistance(a, face) - unitDistance(b, face))[0] as Face;
    expect(unitDistance(nearest, face)).toBeLessThan(SAME_PHOTO);
    expect(eyeDistance(nearest) / eyeDistance(face)).toBeCloseTo(1, 1);
  }
});

test('an upside-down photo gives its face in the right place, with the same vector', async () => {
  const picture = await portrait('ann');
  const [upright] = await sidecar.describe(await picture.clone().png().toBuffer());
  const [turned, ...others] = await sidecar.describe(await picture.clone().rotate(180).png().toBuffer());
  expect(others).toEqual([]);
  expect(unitDistance(turned as Face, upright as Face)).toBeLessThan(SAME_PHOTO);
  for (const [i, [x, y]] of (upright as Face).landmarks.entries()) {
    const [turnedX = 0, turnedY = 0] = turned?.landmarks[i] ?? [];
    expect(Math.hypot(turnedX - (299 - x), turnedY - (299 - y))).toBeLessThan(4);
  }
});

test('a masked face is found if it is the only one', async () => {
  const [face, ...others] = await sidecar.describe(await masked());
  expect(others).toEqual([]);
  const { left, right, top, bottom } = (face as Face).box;
  expect((left + right) / 2).toBeCloseTo(143, -1.5);
  expect((top + bottom) / 2).toBeCloseTo(145, -1.5);
});

test('beside an uncovered face, only a thorough look finds a masked one', async () => {
  const open = await (await portrait('ann')).png().toBuffer();
  const pair = await sharp({ create: { width: 640, height: 300, channels: 3, background: '#888888' } })
    .composite([
      { input: open, left: 0, top: 0 },
      { input: await masked(), left: 320, top: 0 },
    ])
    .png()
    .toBuffer();
  const plain = await sidecar.describe(pair);
  const thorough = await sidecar.describe(pair, { thorough: true });
  expect(plain).toHaveLength(1);
  expect(thorough).toHaveLength(2);
  expect(thorough[0]).toEqual(plain[0]);
  expect(thorough[1]?.box.left).toBeGreaterThan(320);
  expect(await sidecar.describe(pair, { thorough: true, augment: true, face: 2 })).toHaveLength(1 + 8);
});

test('no detector finds a face in a picture of nobody', async () => {
  expect(await sidecar.describe(await nobody(400).png().toBuffer(), { thorough: true })).toEqual([]);
});
