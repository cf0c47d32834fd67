// The benchmark's pictures, made of a photograph of one face that an npm package brings.
import { join } from 'node:path';
import sharp from 'sharp';

const PHOTO = 'node_modules/@vladmandic/face-api/demo/sample2.jpg';

/** A part of the photograph in which the face is large enough for every peer, also at 0.2 megapixels. */
const PART = { left: 1080, top: 60, width: 840, height: 600 };
const ASPECT = PART.width / PART.height;

/** Writes a JPEG of one face with so many megapixels, and gives back its path. */
export async function onePerson(folder: string, megapixels: number): Promise<string> {
  const path = join(folder, `one-${megapixels}.jpg`);
  const width = Math.round(Math.sqrt(megapixels * 1e6 * ASPECT));
  await sharp(PHOTO)
    .extract(PART)
    .resize(width, Math.round(width / ASPECT), { fit: 'fill' })
    .jpeg({ quality: 90 })
    .toFile(path);
  return path;
}

/** Writes a JPEG of 4 x 2 times the photograph at 0.2 megapixels, and gives back its path. */
export async function eightPeople(folder: string): Promise<string> {
  const path = join(folder, 'eight-1.6.jpg');
  const one = await sharp(await onePerson(folder, 0.2)).toBuffer({ resolveWithObject: true });
  const { width, height } = one.info;
  const places = Array.from({ length: 8 }, (_, i) => ({
    input: one.data,
    left: (i % 4) * width,
    top: Math.floor(i / 4) * height,
  }));
  const canvas = sharp({ create: { width: 4 * width, height: 2 * height, channels: 3, background: 'black' } });
  await canvas.composite(places).jpeg({ quality: 90 }).toFile(path);
  return path;
}
