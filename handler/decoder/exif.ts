// Reads the EXIF orientation of a HEIC or AVIF file whose header does not say how the picture is turned. Encoders that copy a
// photo's EXIF make such files. If the header says it, only the header counts (ISO/IEC 23008-12, annex A.2).
import type { Step } from './header.ts';

/** Steps for each orientation, in the order they are done. A quarter clockwise is three anticlockwise. */
const STEPS: Record<number, readonly Step[]> = {
  2: [{ mirror: 'left and right' }],
  3: [{ turn: 2 }],
  4: [{ mirror: 'top and bottom' }],
  5: [{ mirror: 'left and right' }, { turn: 1 }],
  6: [{ turn: 3 }],
  7: [{ mirror: 'left and right' }, { turn: 3 }],
  8: [{ turn: 1 }],
};

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** The steps that make the picture upright, read from an EXIF item: an offset, then a TIFF block. None if it is malformed. */
export function exifSteps(item: Buffer): readonly Step[] {
  try {
    return STEPS[readOrientation(item.subarray(4 + item.readUInt32BE(0)))] ?? [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function readOrientation(tiff: Buffer): number {
  const big = tiff.toString('latin1', 0, 2) === 'MM';
  const short = (at: number): number => (big ? tiff.readUInt16BE(at) : tiff.readUInt16LE(at));
  if ((!big && tiff.toString('latin1', 0, 2) !== 'II') || short(2) !== 42) return 1;
  const directory = big ? tiff.readUInt32BE(4) : tiff.readUInt32LE(4);
  const entries = short(directory);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (short(entry) === ORIENTATION) return short(entry + 2) === SHORT ? short(entry + 8) : 1;
  }
  return 1;
}
