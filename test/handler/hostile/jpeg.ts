// Hostile JPEGs: wrong sizes, endless scans, data that end early or are invalid.
import sharp from 'sharp';
import { cuts, flips, noise, patched, type Specimen } from './specimen.ts';

const END = Buffer.from([0xff, 0xd9]);

async function scene(progressive: boolean): Promise<Buffer> {
  const pixels = noise(96 * 80 * 3, 5);
  const image = sharp(pixels, { raw: { width: 96, height: 80, channels: 3 } }).blur(2);
  return image.jpeg({ quality: 70, progressive, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** Offsets in the frame: precision (+4), height (+5), width (+7), number of planes (+9). */
function frameAt(file: Buffer): number {
  const baseline = file.indexOf(Buffer.from([0xff, 0xc0]));
  return baseline >= 0 ? baseline : file.indexOf(Buffer.from([0xff, 0xc2]));
}

function sized(file: Buffer, width: number, height: number): Buffer {
  return patched(file, frameAt(file) + 5, [height >> 8, height & 255, width >> 8, width & 255]);
}

/** Repeats the last scan `times` times. */
function moreScans(file: Buffer, times: number): Buffer {
  const scan = file.subarray(file.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
  return Buffer.concat([file.subarray(0, -2), ...Array.from({ length: times }, () => scan), END]);
}

function lies(baseline: Buffer, progressive: Buffer): Specimen[] {
  const sizes = [
    [65_535, 65_535],
    [65_500, 763],
    [65_500, 1],
    [1, 65_500],
    [20_000, 2_500],
    [7_000, 7_000],
    [0, 80],
    [96, 0],
    [97, 81],
    [8, 8],
  ] as const;
  return sizes.flatMap(([width, height]) => [
    { name: `JPEG that claims ${width}x${height}`, make: () => sized(baseline, width, height) },
    { name: `progressive JPEG that claims ${width}x${height}`, make: () => sized(progressive, width, height) },
  ]);
}

function oddities(baseline: Buffer, progressive: Buffer): Specimen[] {
  const frame = frameAt(baseline);
  const scan = baseline.indexOf(Buffer.from([0xff, 0xda]));
  const tables = baseline.indexOf(Buffer.from([0xff, 0xc4]));
  const one = (name: string, file: Buffer): Specimen => ({ name: `JPEG ${name}`, make: () => file });
  const head = baseline.subarray(0, 2);
  const app1 = (body: Buffer) =>
    Buffer.concat([Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
  const exif = app1(Buffer.concat([Buffer.from('Exif\0\0MM\0*\xff\xff\xff\xf0', 'latin1'), noise(600, 6)]));
  return [
    one('of 1,000 scans', moreScans(progressive, 1_000)),
    one('of 99 scans more', moreScans(progressive, 85)),
    one('of 1,000 scans that claims 7,000x7,000', sized(moreScans(progressive, 1_000), 7_000, 7_000)),
    one('of two scans in a row', moreScans(baseline, 1)),
    one('of 12 bits', patched(baseline, frame + 4, [12])),
    one('of 10 planes', patched(baseline, frame + 9, [10])),
    one('of 0 planes', patched(baseline, frame + 9, [0])),
    one('with planes sampled 4x4', patched(baseline, frame + 11, [0x44])),
    one('with planes sampled 0x0', patched(baseline, frame + 11, [0])),
    one('with a quantisation table that is not there', patched(baseline, frame + 12, [3])),
    one('without its code tables', Buffer.concat([baseline.subarray(0, tables), baseline.subarray(scan)])),
    one('with code tables of noise', patched(baseline, tables + 5, [...noise(16, 7)])),
    one('said to be lossless', patched(baseline, frame + 1, [0xc3])),
    one('said to be arithmetic', patched(baseline, frame + 1, [0xc9])),
    one('said to be progressive', patched(baseline, frame + 1, [0xc2])),
    one('of data that are noise', Buffer.concat([baseline.subarray(0, scan + 14), noise(3_000, 8), END])),
    one('of data that are zeros', Buffer.concat([baseline.subarray(0, scan + 14), Buffer.alloc(3_000), END])),
    one('without data', Buffer.concat([baseline.subarray(0, scan + 14), END])),
    one('without an end mark', baseline.subarray(0, -2)),
    one('with 64 KiB of padding', Buffer.concat([baseline.subarray(0, -2), Buffer.alloc(65_536), END])),
    one('with noise before its end', Buffer.concat([baseline.subarray(0, -2), noise(500, 9), END])),
    one(
      'with 500 EXIF blocks',
      Buffer.concat([head, ...Array.from({ length: 500 }, () => exif), baseline.subarray(2)]),
    ),
    one('with an EXIF block that points behind itself', Buffer.concat([head, exif, baseline.subarray(2)])),
    one('of start marks alone', Buffer.concat([baseline.subarray(0, 3), Buffer.alloc(10_000, 0xff)])),
  ];
}

/** A picture of many copies of one face, `side` pixels each. */
async function crowd(face: Buffer, side: number, extent: number, progressive: boolean): Promise<Buffer> {
  const input = await sharp(face).resize(side).png().toBuffer();
  const background = { create: { width: extent, height: extent, channels: 3, background: '#888' } } as const;
  const tiled = sharp({ ...background, limitInputPixels: false }).composite([{ input, tile: true }]);
  return tiled.jpeg({ quality: 80, progressive, chromaSubsampling: progressive ? '4:4:4' : '4:2:0' }).toBuffer();
}

export async function jpegs(face: Buffer): Promise<Specimen[]> {
  const [baseline, progressive] = [await scene(false), await scene(true)];
  return [
    ...lies(baseline, progressive),
    ...oddities(baseline, progressive),
    ...cuts('JPEG', baseline, 15),
    ...cuts('progressive JPEG', progressive, 15),
    ...flips('JPEG', baseline, 25),
    ...flips('progressive JPEG', progressive, 25),
    { name: 'progressive JPEG of 50 megapixels of faces', make: () => crowd(face, 130, 7_070, true), heavy: true },
    {
      name: 'JPEG of thousands of faces that no detector is sure of',
      make: () => crowd(face, 56, 3_500, false),
      heavy: true,
    },
  ];
}
