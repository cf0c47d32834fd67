// Shrinks a picture that is too large for a request, changing it as little as possible.
import sharp, { type Sharp } from 'sharp';
import { sharpSource } from '../cli/sharp-source.ts';

export interface Fitted {
  /** JPEG. */
  image: Buffer;
  /** Pixels of the new picture over those of the old, along a side: 1 when only its encoding changed. */
  scale: number;
  /** Of the upright picture. */
  width: number;
  height: number;
}

/** Tried in this order at full size. The first looks like the original. */
const QUALITIES = [95, 90, 85] as const;
const SCALED_QUALITY = 90;
const TRIES = 8;
/** Each try is smaller than computed by this factor, because size is not quite proportional to pixels. */
const MARGIN = 0.97;

/**
 * Encodes a picture as JPEG of at most `maxBytes`: at full size if that fits, else scaled down. EXIF, and so its
 * orientation, is kept.
 *
 * @throws ImageError, SidecarError when a HEIC or AVIF file cannot be decoded.
 * @returns undefined if sharp cannot read the picture, or it has more than `maxPixels`.
 */
export async function fitPicture(image: Uint8Array, maxBytes: number, maxPixels: number): Promise<Fitted | undefined> {
  const { input, options } = await sharpSource(image);
  try {
    const open = (): Sharp => sharp(input, { ...options, limitInputPixels: maxPixels }).keepExif();
    const { width, height, autoOrient } = await open().metadata();
    const done = (data: Buffer, scale: number): Fitted => ({
      image: data,
      scale,
      width: Math.round(autoOrient.width * scale),
      height: Math.round(autoOrient.height * scale),
    });
    let bytes = 0;
    for (const quality of QUALITIES) {
      const data = await open().flatten({ background: '#fff' }).jpeg({ quality }).toBuffer();
      if (data.length <= maxBytes) return done(data, 1);
      bytes = data.length;
    }
    let scale = 1;
    for (let left = TRIES; left > 0; left -= 1) {
      scale *= MARGIN * Math.sqrt(maxBytes / bytes);
      const size = { width: Math.round(width * scale), height: Math.round(height * scale), fit: 'fill' as const };
      const picture = open().resize(size).flatten({ background: '#fff' });
      const data = await picture.jpeg({ quality: SCALED_QUALITY }).toBuffer();
      if (data.length <= maxBytes) return done(data, size.width / width);
      bytes = data.length;
    }
    return undefined;
  } catch {
    return undefined;
  }
}
