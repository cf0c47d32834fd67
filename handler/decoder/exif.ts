// Reads the EXIF orientation of a HEIC or AVIF file whose header does not say how the picture is turned. Encoders that copy a
// photo's EXIF make such files. If the header says it, only the header counts (ISO/IEC 23008-12, annex A.2).
import type { Bytes } from './bytes.ts';
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
export function exifSteps(item: Bytes): readonly Step[] {
  try {
    return STEPS[readOrientation(item.part(4 + item.getUint32(0)))] ?? [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function readOrientation(tiff: Bytes): number {
  const big = tiff.text(0, 2) === 'MM';
  const short = (at: number): number => tiff.getUint16(at, !big);
  if ((!big && tiff.text(0, 2) !== 'II') || short(2) !== 42) return 1;
  const directory = tiff.getUint32(4, !big);
  const entries = short(directory);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (short(entry) === ORIENTATION) return short(entry + 2) === SHORT ? short(entry + 8) : 1;
  }
  return 1;
}
