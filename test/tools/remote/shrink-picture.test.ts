// Pictures that are too large for a request: made to fit, upright as before, changed as little as that needs.
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { fitPicture } from '../../../tools/remote/shrink-picture.ts';
import { seededIntegers } from '../../seeded.ts';

const MANY = 1e8;

/** Seeded noise, which compresses badly. */
function noise(width: number, height: number): Sharp {
  const next = seededIntegers(7);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => next() % 256);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

test('changes the encoding only where that does', async () => {
  const png = await noise(300, 200).blur(2).png({ compressionLevel: 0 }).toBuffer();
  const fitted = await fitPicture(png, png.length / 2, MANY);
  expect(fitted).toMatchObject({ scale: 1, width: 300, height: 200 });
  expect(fitted?.image.length).toBeLessThanOrEqual(png.length / 2);
  expect((await sharp(fitted?.image).metadata()).format).toBe('jpeg');
});

test('scales down no further than it must', async () => {
  const png = await noise(400, 300).png().toBuffer();
  const maxBytes = 30_000;
  const fitted = await fitPicture(png, maxBytes, MANY);
  const { width, height } = await sharp(fitted?.image).metadata();
  expect(fitted).toMatchObject({ width, height, scale: (width ?? 0) / 400 });
  expect(fitted?.image.length).toBeLessThanOrEqual(maxBytes);
  expect(fitted?.image.length).toBeGreaterThan(0.75 * maxBytes);
});

test.each([1, 3, 6, 8])(
  'keeps the EXIF orientation %i, and gives the size of the upright picture',
  async (orientation) => {
    const jpeg = await noise(400, 300).jpeg({ quality: 100 }).withMetadata({ orientation }).toBuffer();
    const fitted = await fitPicture(jpeg, 30_000, MANY);
    const about = await sharp(fitted?.image).metadata();
    expect(about.orientation ?? 1).toBe(orientation);
    expect({ width: about.autoOrient.width, height: about.autoOrient.height }).toEqual({
      width: fitted?.width,
      height: fitted?.height,
    });
  },
);

test('gives up on what is no picture, or has too many pixels', async () => {
  expect(await fitPicture(Buffer.alloc(1000), 100, MANY)).toBeUndefined();
  expect(await fitPicture(await noise(100, 100).png().toBuffer(), 1000, 5000)).toBeUndefined();
});
