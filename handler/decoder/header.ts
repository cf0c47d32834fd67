// Reads codec, sizes and orientation from the header of a HEIC or AVIF file, without decoding the picture. ISO/IEC 23008-12
// (HEIF) defines the boxes.
import { ImageError } from '../errors.ts';
import { boxes, findBox, itemBytes, needBox } from './boxes.ts';
import { Bytes } from './bytes.ts';
import { exifSteps } from './exif.ts';

export interface Header {
  /** The item type of the primary picture or of its tiles: `hvc1` in HEIC, `av01` in AVIF. */
  codec: string;
  /** Pixels of the stored picture, before it is cut and turned. */
  width: number;
  height: number;
  /** Every picture size in the file: the whole picture, tiles, previews. */
  sizes: readonly Size[];
  /** Steps that make the stored picture upright, in this order, from the header itself. */
  steps: readonly Step[];
  /** The same from EXIF, if the header does not say how the picture is turned. */
  exifSteps: readonly Step[];
}

export interface Size {
  width: number;
  height: number;
}

export type Step =
  /** Quarters, anticlockwise. */
  | { turn: number }
  /** Which sides change places. */
  | { mirror: 'left and right' | 'top and bottom' }
  /** The part that is shown. */
  | { left: number; top: number; width: number; height: number };

type Property = { size: Size } | { step: Step } | { clap: Bytes } | undefined;

/** A derived picture is made of others, which may be derived too. */
const DERIVED = new Set(['grid', 'iden', 'iovl']);
const MOST_DEPTH = 8;

/** @throws ImageError when the file is damaged, or holds no still picture. */
export function readHeader(file: Uint8Array): Header {
  const bytes = new Bytes(file.buffer, file.byteOffset, file.byteLength);
  try {
    const meta = findBox(bytes, 'meta');
    // A camera's video has the first box but not the second.
    if (meta && findBox(meta.part(4), 'pitm')) return readMeta(bytes, meta.part(4));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageError(damaged('HEIF'), 'UNUSABLE_PICTURE', { cause });
  }
  throw unusable('the HEIF file has no still picture in it: save one frame as JPEG');
}

export function unusable(why: string): ImageError {
  return new ImageError(`the picture cannot be used: ${why}`);
}

export function damaged(format: string): string {
  return `the picture cannot be used: the ${format} file ends early or breaks the format's rules: copy it again, or convert it to JPEG`;
}

function readMeta(file: Bytes, meta: Bytes): Header {
  const primary = readPrimary(needBox(meta, 'pitm'));
  const types = readTypes(needBox(meta, 'iinf'));
  const parts = readParts(findBox(meta, 'iref'));
  const { all, ofItem } = readProperties(needBox(meta, 'iprp'), primary);
  const sizes = all.flatMap((property) => (property && 'size' in property ? [property.size] : []));
  const own = ofItem.find((property) => property && 'size' in property);
  if (!own || !('size' in own)) throw new RangeError('the primary picture has no size');
  const steps = ofItem.flatMap((property) => {
    if (property && 'step' in property) return [property.step];
    return property && 'clap' in property ? [readClap(property.clap, own.size)] : [];
  });
  const turned = steps.some((step) => 'turn' in step || 'mirror' in step);
  const exif = turned ? [] : readExif(file, meta, types);
  return { codec: codecOf(primary, types, parts), ...own.size, sizes, steps, exifSteps: exif };
}

function readExif(file: Bytes, meta: Bytes, types: Map<number, string>): readonly Step[] {
  const iloc = findBox(meta, 'iloc');
  const [item] = [...types].find(([, type]) => type === 'Exif') ?? [];
  const bytes = iloc && item !== undefined ? itemBytes(file, iloc, item) : undefined;
  return bytes ? exifSteps(bytes) : [];
}

function codecOf(item: number, types: Map<number, string>, parts: Map<number, number>, depth = 0): string {
  const type = types.get(item);
  if (type === undefined || depth > MOST_DEPTH) throw new RangeError('a picture is not there');
  if (!DERIVED.has(type)) return type;
  const part = parts.get(item);
  if (part === undefined) throw new RangeError('a picture is made of nothing');
  return codecOf(part, types, parts, depth + 1);
}

function readPrimary(pitm: Bytes): number {
  return pitm.getUint8(0) === 0 ? pitm.getUint16(4) : pitm.getUint32(4);
}

/** Item types by item. */
function readTypes(iinf: Bytes): Map<number, string> {
  const types = new Map<number, string>();
  for (const { type, body } of boxes(iinf.part(iinf.getUint8(0) === 0 ? 6 : 8))) {
    const version = type === 'infe' ? body.getUint8(0) : 0;
    if (version < 2) continue;
    const wide = version > 2;
    const item = wide ? body.getUint32(4) : body.getUint16(4);
    const at = wide ? 10 : 8;
    types.set(item, body.text(at, at + 4));
  }
  return types;
}

/** For each derived item, the first item that it is made of. */
function readParts(iref: Bytes | undefined): Map<number, number> {
  const parts = new Map<number, number>();
  if (!iref) return parts;
  const wide = iref.getUint8(0) !== 0;
  for (const { type, body } of boxes(iref.part(4))) {
    if (type !== 'dimg') continue;
    const [from, to] = wide ? [body.getUint32(0), body.getUint32(6)] : [body.getUint16(0), body.getUint16(4)];
    parts.set(from, to);
  }
  return parts;
}

function readProperties(iprp: Bytes, item: number): { all: Property[]; ofItem: Property[] } {
  const all = [...boxes(needBox(iprp, 'ipco'))].map(({ type, body }) => readProperty(type, body));
  const ofItem: Property[] = [];
  for (const { type, body } of boxes(iprp)) {
    if (type === 'ipma') ofItem.push(...readAssociations(body, item).map((number) => all[number - 1]));
  }
  return { all, ofItem };
}

/** Indices, from 1, of an item's properties, in order. */
function readAssociations(ipma: Bytes, wanted: number): number[] {
  const wideItem = ipma.getUint8(0) > 0;
  const wideNumber = (ipma.getUint8(3) & 1) === 1;
  const numbers: number[] = [];
  let at = 8;
  for (let left = ipma.getUint32(4); left > 0; left -= 1) {
    const item = wideItem ? ipma.getUint32(at) : ipma.getUint16(at);
    at += wideItem ? 4 : 2;
    const count = ipma.getUint8(at++);
    for (let i = 0; i < count; i += 1, at += wideNumber ? 2 : 1) {
      // The highest bit says whether readers must support the property.
      const number = wideNumber ? ipma.getUint16(at) & 0x7fff : ipma.getUint8(at) & 0x7f;
      if (item === wanted) numbers.push(number);
    }
  }
  return numbers;
}

function readProperty(type: string, body: Bytes): Property {
  switch (type) {
    case 'ispe':
      return { size: { width: body.getUint32(4), height: body.getUint32(8) } };
    case 'irot':
      return { step: { turn: body.getUint8(0) & 3 } };
    case 'imir': // the axis is the 2022 edition's, which libheif and libavif follow
      return { step: { mirror: body.getUint8(0) & 1 ? 'left and right' : 'top and bottom' } };
    case 'clap':
      return { clap: body };
    default:
      return undefined;
  }
}

/** Reads four fractions: width, height, and the offset of the part's centre from the picture's. */
function readClap(clap: Bytes, whole: Size): Step {
  const fraction = (at: number): number => {
    const below = clap.getUint32(at + 4);
    if (below === 0) throw new RangeError('a fraction has no denominator');
    return clap.getInt32(at) / below;
  };
  const width = Math.floor(fraction(0));
  const height = Math.floor(fraction(8));
  const left = Math.round(fraction(16) + (whole.width - width) / 2);
  const top = Math.round(fraction(24) + (whole.height - height) / 2);
  const inside = left >= 0 && top >= 0 && left + width <= whole.width && top + height <= whole.height;
  if (width < 1 || height < 1 || !inside) throw new RangeError('a part is shown that is not there');
  return { left, top, width, height };
}
