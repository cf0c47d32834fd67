// A picture's XMP sidecar file: which it is, what it says of faces, and how ours are added. The picture itself is never written.
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import sharp from 'sharp';
import { isHeif } from '../../handler/decoder/sniff.ts';
import { RequestError } from '../../handler/errors.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import { displayName, on } from '../cli/cli.ts';
import { readInput } from '../cli/input.ts';
import { encodeName } from '../cli/names.ts';
import { replaceWhole } from '../cli/output.ts';
import { areaOf, boxOf, type Stored } from './orientation.ts';
import { type Region, readRegions, writeRegions } from './regions.ts';

/** A face, in pixels of the upright picture. */
export interface NamedBox {
  name: string;
  box: Box;
}

/** Not HEIC and AVIF: they say in two places how they are turned, and programs disagree which counts for regions. */
export function canHoldRegions(image: Uint8Array): boolean {
  return !isHeif(image);
}

const MOST_BYTES = 16 * 2 ** 20;

/** `photo.jpg.xmp`, or `photo.xmp` where only that is there. */
export function sidecarOf(picture: string): string {
  const [long, short] = [`${picture}.xmp`, `${picture.slice(0, picture.length - extname(picture).length)}.xmp`];
  return !existsSync(encodeName(long)) && existsSync(encodeName(short)) ? short : long;
}

/**
 * Writes the names of faces into a picture's sidecar. One that is not there is made, unless there is nothing to write.
 *
 * @throws FailureOn when the sidecar is no XMP or cannot be written.
 */
export async function nameFaces(picture: string, image: Uint8Array, faces: readonly NamedBox[]): Promise<void> {
  const path = sidecarOf(picture);
  const isThere = existsSync(encodeName(path));
  if (!isThere && faces.length === 0) return;
  const stored = await storedAs(image);
  const regions = faces.map(({ name, box }): Region => ({ name, area: areaOf(box, stored) }));
  await on(displayName(path), async () => {
    const before = isThere ? (await readInput(path, MOST_BYTES, tooLarge())).toString('utf8') : undefined;
    replaceWhole(path, writeRegions(before, regions, stored));
  });
}

/** Named faces of a picture: of its sidecar, or else of the XMP inside it. None where it has neither. */
export async function namedFaces(picture: string, image: Uint8Array): Promise<NamedBox[]> {
  const path = sidecarOf(picture);
  const stored = await storedAs(image);
  const regions = existsSync(encodeName(path))
    ? await on(displayName(path), async () =>
        readRegions((await readInput(path, MOST_BYTES, tooLarge())).toString('utf8')),
      )
    : readRegionsInside((await sharp(image, { failOn: 'none' }).metadata()).xmp);
  return regions.map(({ name, area }) => ({ name, box: boxOf(area, stored) }));
}

function readRegionsInside(xmp: Buffer | undefined): Region[] {
  try {
    return xmp ? readRegions(xmp.toString('utf8')) : [];
  } catch {
    return []; // a packet inside that cannot be read is not this program's concern
  }
}

function tooLarge(): RequestError {
  return new RequestError('is larger than 16 MiB, and no sidecar is: move it away');
}

async function storedAs(image: Uint8Array): Promise<Stored> {
  const { width, height, orientation = 1 } = await sharp(image, { failOn: 'none' }).metadata();
  return { width, height, orientation };
}
