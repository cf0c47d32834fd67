// Hostile WebPs and GIFs, and files that are not pictures.
import sharp from 'sharp';
import { cuts, flips, noise, patched, type Specimen } from './specimen.ts';

/** Writes numbers of given numbers of bits, lowest bit first, as in lossless WebP. */
class Bits {
  readonly #bytes: number[] = [];
  #count = 0;

  put(value: number, width: number): this {
    for (let i = 0; i < width; i += 1, this.#count += 1) {
      const at = this.#count >> 3;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (((value >> i) & 1) << (this.#count & 7));
    }
    return this;
  }
  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** A prefix code of 8 bits for each of 256 values, in an alphabet with `more` others. */
function putEvenCode(bits: Bits, more: number): void {
  bits.put(0, 1).put(12 - 4, 4);
  // Lengths in the code-length code, in the order 17 18 0 1 2 3 4 5 16 6 7 8. Those of 0 and 8 are one bit.
  for (const length of [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]) bits.put(length, 3);
  bits.put(0, 1);
  for (let i = 0; i < 256; i += 1) bits.put(1, 1);
  bits.put(0, more);
}

/** A code with the single value 0, which takes no bits. */
function putEmptyCode(bits: Bits): void {
  bits.put(1, 4);
}

/**
 * A small lossless WebP with 65,536 groups of code tables, one for every 4x4 pixels. libwebp needs a gigabyte for them before
 * it decodes a pixel.
 */
function tableBomb(): Buffer {
  const bits = new Bits().put(0x2f, 8).put(1_023, 14).put(1_023, 14).put(0, 1).put(0, 3);
  bits.put(0, 1).put(0, 1).put(1, 1).put(0, 3); // no transform, no colour cache; groups, of 4x4 pixels
  bits.put(0, 1); // the image that holds the groups: no colour cache
  putEvenCode(bits, 24);
  putEvenCode(bits, 0);
  for (let i = 0; i < 3; i += 1) putEmptyCode(bits);
  for (let group = 0; group < 65_536; group += 1) bits.put(group, 16);
  for (let i = 0; i < 5 * 65_536; i += 1) putEmptyCode(bits);
  return riff(riffChunk('VP8L', bits.bytes()));
}

function riffChunk(type: string, body: Buffer): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function riff(...chunks: Buffer[]): Buffer {
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

async function webps(): Promise<Specimen[]> {
  const picture = sharp(noise(64 * 48 * 4, 10), { raw: { width: 64, height: 48, channels: 4 } });
  const lossy = await picture.clone().webp({ quality: 60 }).toBuffer();
  const lossless = await picture.clone().removeAlpha().webp({ lossless: true }).toBuffer();
  const frame = (x: number) =>
    riffChunk(
      'ANMF',
      Buffer.concat([Buffer.from([x, x, 0, x, 0, 0, 63, 0, 0, 47, 0, 0, 9, 0, 0, 0]), lossless.subarray(12)]),
    );
  const animated = (canvas: number[], frames: Buffer[]) =>
    riff(riffChunk('VP8X', Buffer.from([2, 0, 0, 0, ...canvas])), riffChunk('ANIM', Buffer.alloc(6)), ...frames);
  const one = (name: string, make: () => Buffer): Specimen => ({ name: `WebP ${name}`, make });
  return [
    one('that asks for a gigabyte of code tables', tableBomb),
    one('that claims 16384x16384', () => patched(lossless, 21, [0xff, 0xff, 0xff, 0x0f])),
    one('that claims 16384x1', () => patched(lossless, 21, [0xff, 0x3f, 0, 0])),
    one('with a canvas of 16777216x16777216', () => animated([255, 255, 255, 255, 255, 255], [frame(0)])),
    one('with a canvas of 16777216x1', () => animated([255, 255, 255, 0, 0, 0], [frame(0)])),
    one('with a frame outside its canvas', () => animated([63, 0, 0, 47, 0, 0], [frame(9)])),
    one('with 2,000 frames', () =>
      animated(
        [63, 0, 0, 47, 0, 0],
        Array.from({ length: 2_000 }, () => frame(0)),
      ),
    ),
    one('with no frame', () => animated([63, 0, 0, 47, 0, 0], [])),
    one('with an EXIF block of noise', () =>
      riff(
        riffChunk('VP8X', Buffer.from([8, 0, 0, 0, 63, 0, 0, 47, 0, 0])),
        lossless.subarray(12),
        riffChunk('EXIF', noise(900, 11)),
      ),
    ),
    ...cuts('WebP', lossy, 12),
    ...cuts('lossless WebP', lossless, 12),
    ...flips('WebP', lossy, 22),
    ...flips('lossless WebP', lossless, 22),
  ];
}

async function gifs(): Promise<Specimen[]> {
  const good = await sharp(noise(40 * 30 * 3, 12), { raw: { width: 40, height: 30, channels: 3 } })
    .gif()
    .toBuffer();
  const canvas = (width: number, height: number) =>
    Buffer.from([
      ...Buffer.from('GIF89a'),
      width & 255,
      width >> 8,
      height & 255,
      height >> 8,
      0x80,
      0,
      0,
      0,
      0,
      0,
      255,
      255,
      255,
    ]);
  const frame = (width: number, height: number) =>
    Buffer.from([0x2c, 0, 0, 0, 0, width & 255, width >> 8, height & 255, height >> 8, 0, 2, 2, 0x4c, 1, 0, 0x3b]);
  const sizes = [
    [65_535, 65_535],
    [65_535, 1],
    [1, 65_535],
    [65_535, 600],
    [1_500, 1_500],
    [0, 9],
    [9, 0],
    [300, 300],
  ] as const;
  const one = (name: string, make: () => Buffer): Specimen => ({ name: `GIF ${name}`, make });
  const extension = Buffer.from([0x21, 0xfe, 1, 65, 0]);
  return [
    ...sizes.flatMap(([width, height]) => [
      one(`with a canvas of ${width}x${height}`, () => Buffer.concat([canvas(width, height), frame(1, 1)])),
      one(`with a frame of ${width}x${height}`, () => Buffer.concat([canvas(9, 9), frame(width, height)])),
    ]),
    one('with a million extensions', () =>
      Buffer.concat([canvas(9, 9), Buffer.alloc(5_000_000, extension), frame(1, 1)]),
    ),
    one('with extensions and no end', () => Buffer.concat([canvas(9, 9), Buffer.alloc(500_000, extension)])),
    one('without a palette', () => patched(Buffer.concat([canvas(9, 9), frame(9, 9)]), 10, [0])),
    one('of codes that are noise', () =>
      Buffer.concat([canvas(99, 99), frame(99, 99).subarray(0, 11), Buffer.from([255]), noise(255, 13)]),
    ),
    ...cuts('GIF', good, 12),
    ...flips('GIF', good, 25),
  ];
}

function strangers(): Specimen[] {
  const starts = [
    '\xff\xd8\xff',
    '\x89PNG\r\n\x1a\n',
    'GIF89a',
    'RIFF\xff\xff\xff\xffWEBP',
    'II*\0',
    'BM',
    '%PDF-',
    'PK\x03\x04',
    '\x1f\x8b\x08',
    '\0\0\0\x18ftypheic',
    '<svg ',
    'text',
  ];
  return [
    { name: 'an empty file', make: () => Buffer.alloc(0) },
    { name: 'a megabyte of zeros', make: () => Buffer.alloc(2 ** 20) },
    { name: 'a megabyte of noise', make: () => noise(2 ** 20, 14) },
    { name: 'a file above the limit of bytes', make: () => Buffer.alloc(64 * 2 ** 20 + 1) },
    ...starts.flatMap((start, i) => [
      { name: `${JSON.stringify(start)} alone`, make: () => Buffer.from(start, 'latin1') },
      {
        name: `${JSON.stringify(start)} and noise`,
        make: () => Buffer.concat([Buffer.from(start, 'latin1'), noise(2_000, 20 + i)]),
      },
    ]),
  ];
}

export async function others(): Promise<Specimen[]> {
  return [...(await webps()), ...(await gifs()), ...strangers()];
}
