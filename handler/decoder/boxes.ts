// The boxes of an ISO media file (ISO/IEC 14496-12), of which HEIC and AVIF files are made.
import type { Bytes } from './bytes.ts';

export interface Box {
  type: string;
  body: Bytes;
}

/** libheif's limit. A phone's file has some hundred boxes. */
const MOST_BOXES = 20_000;

/** Reads a run of boxes. @throws RangeError when a box is longer than the data, or there are too many. */
export function* boxes(bytes: Bytes): Generator<Box> {
  let count = 0;
  for (let at = 0; at + 8 <= bytes.byteLength; ) {
    if (++count > MOST_BOXES) throw new RangeError('there are too many boxes');
    let size = bytes.getUint32(at);
    const type = bytes.text(at + 4, at + 8);
    let head = 8;
    if (size === 1) {
      size = Number(bytes.getBigUint64(at + 8));
      head = 16;
    } else if (size === 0) {
      size = bytes.byteLength - at; // the last box may omit its size
    }
    if (size < head) throw new RangeError(`a box is ${size} bytes long`);
    // The decoder finds data that end early. Boxes that describe the data must be whole.
    if (at + size > bytes.byteLength && type !== 'mdat') throw new RangeError(`a box ${type} ends early`);
    yield { type, body: bytes.part(at + head, at + size) };
    at += size;
  }
}

export function findBox(bytes: Bytes, wanted: string): Bytes | undefined {
  for (const { type, body } of boxes(bytes)) if (type === wanted) return body;
  return undefined;
}

/** @throws RangeError when there is none. */
export function needBox(bytes: Bytes, wanted: string): Bytes {
  const body = findBox(bytes, wanted);
  if (!body) throw new RangeError(`there is no box ${wanted}`);
  return body;
}

/**
 * The bytes of the item `wanted`, found by the file's index (`iloc`). Undefined if it does not lie in the file in one piece.
 *
 * @throws RangeError when the index or the item ends early.
 */
export function itemBytes(file: Bytes, iloc: Bytes, wanted: number): Bytes | undefined {
  const version = iloc.getUint8(0);
  const [offsetSize, lengthSize] = [iloc.getUint8(4) >> 4, iloc.getUint8(4) & 15];
  const [baseSize, indexSize] = [iloc.getUint8(5) >> 4, version > 0 ? iloc.getUint8(5) & 15 : 0];
  let at = 6;
  const read = (size: number): number => {
    at += size;
    if (size === 8) return Number(iloc.getBigUint64(at - 8));
    if (size === 4) return iloc.getUint32(at - 4);
    return size === 2 ? iloc.getUint16(at - 2) : 0; // the standard has no other sizes
  };
  const idSize = version < 2 ? 2 : 4;
  for (let left = read(idSize); left > 0; left -= 1) {
    const item = read(idSize);
    const method = version > 0 ? read(2) & 15 : 0;
    read(2);
    const base = read(baseSize);
    const extents = read(2);
    for (let i = 0; i < extents; i += 1) {
      read(indexSize);
      const from = base + read(offsetSize);
      const length = read(lengthSize);
      if (item === wanted) return method === 0 && extents === 1 ? file.part(from, from + length) : undefined;
    }
  }
  return undefined;
}
