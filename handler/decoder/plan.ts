// What a HEIC or AVIF file may take, decided on its header before anything of it is decoded. Nothing here needs Node: a page does it too.
import { ImageError } from '../errors.ts';
import { damaged, type Header, readHeader, type Size, unusable } from './header.ts';

export type Format = 'HEIC' | 'AVIF';
const FORMATS: Record<string, Format> = { hvc1: 'HEIC', hev1: 'HEIC', av01: 'AVIF' };

/** As in native/image/image.hh. */
const FREE_SIDE = 10_000;
const MOST_PROPORTION = 100;

/**
 * Memory that a decoder may use: a fixed part, a part per byte of the file and a part per pixel, up to what a function has.
 * Measured on 12 megapixels: HEIC uses 6 bytes a pixel, and 9 with 10 bits and full colour; AVIF uses 21 and 30.
 */
const OWN_BYTES = 64 * 2 ** 20;
const PER_FILE_BYTE = 4;
const PER_PIXEL: Record<Format, number> = { HEIC: 16, AVIF: 34 };
const MOST_BYTES = 2 ** 30;

export interface Plan {
  format: Format;
  /** Memory that the decoder may use. */
  maxBytes: number;
  /** What makes the decoder's picture upright, in this order. */
  steps: Header['steps'];
}

/** @throws ImageError when the file is damaged, too large, or coded in a way that is not read. */
export function planDecoding(file: Uint8Array, maxPixels: number): Plan {
  const { codec, width, height, sizes, steps, exifSteps } = readHeader(file);
  for (const size of sizes) refuseSize(size, maxPixels);
  const format = FORMATS[codec];
  if (!format) {
    throw unusable(`its HEIF file is coded as ${JSON.stringify(codec)}, which is not read: convert it to JPEG`);
  }
  const wanted = OWN_BYTES + PER_FILE_BYTE * file.length + PER_PIXEL[format] * width * height;
  // libheif has already cut and turned the picture.
  return { format, maxBytes: Math.min(wanted, MOST_BYTES), steps: [...(format === 'HEIC' ? [] : steps), ...exifSteps] };
}

function refuseSize({ width, height }: Size, maxPixels: number): void {
  const size = `the picture is ${width}x${height}`;
  const pixels = width * height;
  if (pixels === 0) throw unusable(`${size}: it has no pixels`);
  if (pixels > maxPixels) {
    throw unusable(`${size} (${pixels} pixels), above the limit of ${maxPixels}: shrink it or raise FR_MAX_PIXELS`);
  }
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (longer > FREE_SIDE && longer > MOST_PROPORTION * shorter) {
    throw unusable(`${size}, and one side is more than ${MOST_PROPORTION} times the other: crop it`);
  }
}

/** A decoder's failure in words. `why` is the library's own, and the cause. */
export function decodingFailure(format: Format, failure: 'damaged' | 'memory', why: string): ImageError {
  const options = { cause: new Error(why) };
  if (failure === 'damaged') return new ImageError(damaged(format), 'UNUSABLE_PICTURE', options);
  const text = `decoding the ${format} file takes more memory than is allowed for its size: shrink it, or convert it to JPEG`;
  return new ImageError(`the picture cannot be used: ${text}`, 'UNUSABLE_PICTURE', options);
}
