// Writes HEIF files (ISO/IEC 23008-12) like those of phones around coded pictures: turned, in tiles, with a depth map.

export interface Item {
  /** `hvc1`, `av01`, `grid`, `Exif`. */
  type: string;
  data: Buffer;
  properties?: Buffer[];
  /** Its references to other items, which are numbered from 1. */
  refers?: { as: 'dimg' | 'thmb' | 'auxl' | 'cdsc'; to: number[] };
}

const FTYP = { hvc1: 'heic', av01: 'avif' } as const;

export function box(type: string, ...parts: (Buffer | string | number[])[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
}

export function u16(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
}

export const ispe = (width: number, height: number): Buffer => box('ispe', u32(0, width, height));
/** Quarters, anticlockwise. */
export const irot = (quarters: number): Buffer => box('irot', [quarters]);
/** 0 swaps top and bottom, 1 left and right. */
export const imir = (axis: number): Buffer => box('imir', [axis]);
/** The part of `width` x `height` whose middle has this offset from the picture's, in half pixels. */
export const clap = (width: number, height: number, right: number, down: number): Buffer =>
  box('clap', u32(width, 1, height, 1, right, 2, down, 2));
/** The data of a grid item: `rows` x `columns` tiles that form a picture of that size. */
export const gridData = (rows: number, columns: number, width: number, height: number): Buffer =>
  Buffer.concat([Buffer.from([0, 1, rows - 1, columns - 1]), u32(width, height)]);

/** A file of these items, of which the first is the picture. `behind` follows the picture's data. */
export function writeHeif(codec: keyof typeof FTYP, items: readonly Item[], behind: Buffer = Buffer.alloc(0)): Buffer {
  const ftyp = box('ftyp', FTYP[codec], u32(0), 'mif1', FTYP[codec]);
  const properties: Buffer[] = [];
  const associations = items.map((item, i) => {
    const own = item.properties ?? [];
    // Items share equal properties, as in phones' files; libheif allows 100 properties in a file.
    const numbers = own.map((property) => {
      const known = properties.findIndex((other) => other.equals(property));
      return known < 0 ? properties.push(property) : known + 1;
    });
    return Buffer.concat([u16(i + 1), Buffer.from([own.length]), u16(...numbers.map((number) => number | 0x8000))]);
  });
  const references = items.flatMap(({ refers }, i) =>
    refers ? [box(refers.as, u16(i + 1, refers.to.length, ...refers.to))] : [],
  );
  const meta = (dataAt: number): Buffer => {
    let at = dataAt;
    const places = items.map(({ data }, i) => {
      at += data.length;
      return Buffer.concat([u16(i + 1, 0, 1), u32(at - data.length, data.length)]);
    });
    return box(
      'meta',
      u32(0),
      box('hdlr', u32(0, 0), 'pict', Buffer.alloc(13)),
      box('pitm', u32(0), u16(1)),
      box('iloc', u32(0), [0x44, 0], u16(items.length), ...places),
      box(
        'iinf',
        u32(0),
        u16(items.length),
        ...items.map(({ type }, i) => box('infe', u32(0x2000000), u16(i + 1, 0), type, [0])),
      ),
      ...(references.length > 0 ? [box('iref', u32(0), ...references)] : []),
      box('iprp', box('ipco', ...properties), box('ipma', u32(1, items.length), ...associations)),
    );
  };
  const before = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(before), box('mdat', ...items.map(({ data }) => data)), behind]);
}

/** The coded picture of a file that heif-enc or sharp wrote, with the properties that a decoder needs. */
export function onlyItem(file: Buffer): Item & { properties: Buffer[] } {
  const type = file.includes('av1C') ? 'av01' : 'hvc1';
  const wanted = ['ispe', type === 'av01' ? 'av1C' : 'hvcC', 'pixi', 'colr'];
  const properties = wanted.flatMap((name) => boxAt(file, file.indexOf(name) - 4));
  const [mdat] = boxAt(file, file.lastIndexOf('mdat') - 4);
  return { type, data: (mdat as Buffer).subarray(8), properties };
}

function boxAt(file: Buffer, at: number): Buffer[] {
  return at < 0 ? [] : [file.subarray(at, at + file.readUInt32BE(at))];
}
