// The same photograph in every format and every EXIF orientation gives the same face.
import sharp, { type Metadata, type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Face } from '../../../handler/sidecar/faces.ts';
import { newSidecar, portrait, SAME_PHOTO, unitDistance } from '../helpers.ts';

const sidecar = newSidecar();
let upright: Buffer;
let reference: Face;

beforeAll(async () => {
  upright = await (await portrait('ann')).extract({ left: 0, top: 0, width: 280, height: 300 }).png().toBuffer();
  reference = await onlyFace(upright);
});

afterAll(() => sidecar.close());

async function onlyFace(picture: Buffer): Promise<Face> {
  const faces = await sidecar.describe(picture);
  expect(faces).toHaveLength(1);
  return faces[0] as Face;
}

/** What a camera held in that orientation stores: EXIF's turning brings it back upright. */
async function stored(orientation: number): Promise<Sharp> {
  const picture = () => sharp(upright);
  // Two passes where a mirror follows a turn, since sharp has an order of its own.
  const turned = async () => sharp(await picture().rotate(90).png().toBuffer());
  const inverse = [
    picture,
    () => picture().flop(),
    () => picture().rotate(180),
    () => picture().flip(),
    async () => (await turned()).flop(),
    () => picture().rotate(270),
    async () => (await turned()).flip(),
    turned,
  ][orientation - 1] as () => Sharp | Promise<Sharp>;
  return (await inverse()).withMetadata({ orientation });
}

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];

test.each(ORIENTATIONS)('a PNG of EXIF orientation %i gives exactly the same face', async (orientation) => {
  const picture = await (await stored(orientation)).png().toBuffer();
  expect((await sharp(picture).metadata()).orientation).toBe(orientation);
  const turnedBack = await sharp(picture).autoOrient().raw().toBuffer();
  expect(turnedBack.equals(await sharp(upright).raw().toBuffer())).toBe(true);
  expect(await onlyFace(picture)).toEqual(reference);
});

test.each(ORIENTATIONS)('a JPEG of EXIF orientation %i gives nearly the same face', async (orientation) => {
  const picture = await (await stored(orientation)).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  expect((await sharp(picture).metadata()).orientation).toBe(orientation);
  const face = await onlyFace(picture);
  expect(unitDistance(face, reference)).toBeLessThan(SAME_PHOTO);
  expect(face.box).toEqual(reference.box);
});

test.each(ORIENTATIONS)('a WebP of EXIF orientation %i gives exactly the same face', async (orientation) => {
  const picture = await (await stored(orientation)).webp({ lossless: true }).toBuffer();
  expect((await sharp(picture).metadata()).orientation).toBe(orientation);
  expect(await onlyFace(picture)).toEqual(reference);
});

interface Form {
  name: string;
  convert: (picture: Sharp) => Sharp;
  metadata: Partial<Metadata>;
}

test.each<Form>([
  { name: 'baseline JPEG', convert: (p) => p.jpeg(), metadata: { format: 'jpeg', isProgressive: false } },
  {
    name: 'progressive JPEG',
    convert: (p) => p.jpeg({ progressive: true }),
    metadata: { format: 'jpeg', isProgressive: true },
  },
  { name: 'gray JPEG', convert: (p) => p.toColourspace('b-w').jpeg(), metadata: { format: 'jpeg', channels: 1 } },
  { name: 'CMYK JPEG', convert: (p) => p.toColourspace('cmyk').jpeg(), metadata: { format: 'jpeg', space: 'cmyk' } },
  { name: 'palette PNG', convert: (p) => p.png({ palette: true }), metadata: { format: 'png', isPalette: true } },
  { name: '16-bit PNG', convert: (p) => p.toColourspace('rgb16').png(), metadata: { format: 'png', depth: 'ushort' } },
  { name: 'interlaced PNG', convert: (p) => p.png({ progressive: true }), metadata: { format: 'png' } },
  { name: 'PNG with alpha', convert: (p) => p.ensureAlpha(0.9).png(), metadata: { format: 'png', channels: 4 } },
  { name: 'gray PNG', convert: (p) => p.toColourspace('b-w').png(), metadata: { format: 'png', channels: 1 } },
  { name: 'lossy WebP', convert: (p) => p.webp(), metadata: { format: 'webp' } },
  { name: 'lossless WebP', convert: (p) => p.webp({ lossless: true }), metadata: { format: 'webp' } },
  { name: 'WebP with alpha', convert: (p) => p.ensureAlpha(0.9).webp(), metadata: { format: 'webp', channels: 4 } },
  { name: 'GIF', convert: (p) => p.gif(), metadata: { format: 'gif' } },
])('a $name shows the one face', async ({ convert, metadata }) => {
  const picture = await convert(sharp(upright)).toBuffer();
  expect(await sharp(picture).metadata()).toMatchObject(metadata);
  expect(unitDistance(await onlyFace(picture), reference)).toBeLessThan(SAME_PHOTO);
});
