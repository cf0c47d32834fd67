// Cuts the small pictures of faces that a report shows.
import sharp, { type OutputInfo } from 'sharp';
import type { Box } from '../../handler/sidecar/faces.ts';
import { sharpSource } from '../cli/sharp-source.ts';

/** Pixels of a crop's side. */
export const CROP_SIDE = 112;
/** Margin on each side, as a share of the box's side: hair and chin help to recognise people. */
const MARGIN = 0.2;
const QUALITY = 72;
const EMPTY = '#808080';

interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Makes one WebP picture of CROP_SIDE pixels a side per box. The picture is decoded once, only as large as its smallest face
 * needs. No metadata is kept.
 *
 * @throws sharp's errors when the picture cannot be read.
 */
export async function cutCrops(image: Uint8Array, boxes: readonly Box[]): Promise<Buffer[]> {
  if (boxes.length === 0) return [];
  const { input, options } = await sharpSource(image);
  const picture = sharp(input, { ...options, failOn: 'none' }).autoOrient();
  const { width, height } = (await picture.metadata()).autoOrient;
  const areas = boxes.map((box) => areaAround(box, width, height));
  const smallest = Math.min(...areas.map((area) => Math.max(area.width, area.height)));
  const scale = Math.min(1, CROP_SIDE / smallest);
  const size = { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
  const { data, info } = await picture
    .resize({ ...size, fit: 'fill' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Promise.all(areas.map((area) => cut(data, info, shrunk(area, scale, size))));
}

/** The whole picture as WebP, at most `side` pixels wide and high. @throws sharp's errors. */
export async function shrinkWhole(image: Uint8Array, side: number): Promise<Buffer> {
  const { input, options } = await sharpSource(image);
  return sharp(input, { ...options, failOn: 'none' })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .webp({ quality: QUALITY })
    .toBuffer();
}

function cut(data: Buffer, { width, height, channels }: OutputInfo, area: Area): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } })
    .extract(area)
    .resize({ width: CROP_SIDE, height: CROP_SIDE, fit: 'contain', background: EMPTY })
    .webp({ quality: QUALITY })
    .toBuffer();
}

/** The box with its margin, cut at the picture's edges; at least one pixel. */
function areaAround({ left, top, right, bottom }: Box, width: number, height: number): Area {
  const margin = MARGIN * (right - left);
  const [x, y] = [clamp(left - margin, 0, width - 1), clamp(top - margin, 0, height - 1)];
  return {
    left: x,
    top: y,
    width: clamp(right + margin, x + 1, width) - x,
    height: clamp(bottom + margin, y + 1, height) - y,
  };
}

/** The same area in the shrunk picture, in whole pixels. */
function shrunk(area: Area, scale: number, size: { width: number; height: number }): Area {
  const left = clamp(Math.floor(area.left * scale), 0, size.width - 1);
  const top = clamp(Math.floor(area.top * scale), 0, size.height - 1);
  return {
    left,
    top,
    width: clamp(Math.round(area.width * scale), 1, size.width - left),
    height: clamp(Math.round(area.height * scale), 1, size.height - top),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
