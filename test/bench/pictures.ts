// The benchmark's pictures, made of a photograph of one face that an npm package brings.
import { join } from 'node:path';
import sharp, { type Region } from 'sharp';

const PHOTO = 'node_modules/@vladmandic/face-api/demo/sample2.jpg';

/** A part of the photograph in which the face is large enough for every peer, also at 0.2 megapixels. */
const PART = { left: 1080, top: 60, width: 840, height: 600 };
const ASPECT = PART.width / PART.height;

/** As large a part. It shows no face, but places that could be one. */
const NOBODY = { ...PART, left: 540, top: 740 };

/** Writes a JPEG of one face with so many megapixels, and gives back its path. */
export function onePerson(folder: string, megapixels: number): Promise<string> {
  return write(PART, join(folder, `one-${megapixels}.jpg`), megapixels);
}

/** Writes a JPEG without a face with so many megapixels, and gives back its path. */
export function noPerson(folder: string, megapixels: number): Promise<string> {
  return write(NOBODY, join(folder, `none-${megapixels}.jpg`), megapixels);
}

async function write(part: Region, path: string, megapixels: number): Promise<string> {
  const width = Math.round(Math.sqrt(megapixels * 1e6 * ASPECT));
  await sharp(PHOTO)
    .extract(part)
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
