// Hostile PNGs: wrong or hidden sizes, strips, bombs, chunks out of order. Their checksums are right, so that they are read.
import { crc32, deflateSync } from 'node:zlib';
import { cuts, flips, noise, type Specimen } from './specimen.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
type Colour = keyof typeof SAMPLES;

function chunk(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(body.length);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}

function header(width: number, height: number, colour: Colour = 2, depth = 8, interlaced = 0): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width);
  body.writeUInt32BE(height, 4);
  body.set([depth, colour, 0, 0, interlaced], 8);
  return chunk('IHDR', body);
}

const END = chunk('IEND');
const PALETTE = chunk('PLTE', Buffer.from([1, 2, 3, 200, 100, 50]));

/** A whole picture of zeros. */
function zeros(width: number, height: number, colour: Colour, depth = 8): Buffer {
  const row = 1 + Math.ceil((width * SAMPLES[colour] * depth) / 8);
  const data = chunk('IDAT', deflateSync(Buffer.alloc(row * height)));
  const palette = colour === 3 ? PALETTE : Buffer.alloc(0);
  return Buffer.concat([SIGNATURE, header(width, height, colour, depth), palette, data, END]);
}

const good = zeros(48, 40, 2);
const rest = good.subarray(33);

const SIZES = [
  [60_000, 60_000],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31 - 1, 1],
  [1, 2 ** 31 - 1],
  [3_000_000, 1],
  [1, 3_000_000],
  [50_000_000, 1],
  [7_072, 7_072],
  [2 ** 32 - 1, 5],
  [0, 5],
  [5, 0],
] as const;

function lies(): Specimen[] {
  return SIZES.flatMap(([width, height]) => {
    const lying = header(width, height);
    const size = `${width}x${height}`;
    const text = chunk('tEXt');
    return [
      { name: `PNG that claims ${size}`, make: () => Buffer.concat([SIGNATURE, lying, rest]) },
      { name: `PNG that claims ${size} behind a text`, make: () => Buffer.concat([SIGNATURE, text, lying, rest]) },
      { name: `PNG with a second header of ${size}`, make: () => Buffer.concat([good.subarray(0, 33), lying, rest]) },
      {
        name: `PNG that claims ${size} behind an unknown chunk, interlaced`,
        make: () => Buffer.concat([SIGNATURE, chunk('zzZz', noise(50, 1)), header(width, height, 6, 16, 1), rest]),
      },
    ];
  });
}

function strips(): Specimen[] {
  const sizes = [
    [3_000_000, 1],
    [1, 3_000_000],
    [10_000, 1],
    [1, 10_000],
    [2, 9_999],
    [9_999, 20],
    [20, 9_999],
    [10_001, 101],
    [101, 10_100],
    [300, 1],
    [1, 300],
    [1, 1],
  ] as const;
  return sizes.flatMap(([width, height]) =>
    ([0, 3, 6] as const).map((colour) => ({
      name: `PNG strip of ${width}x${height}, colour type ${colour}`,
      make: () => zeros(width, height, colour),
    })),
  );
}

function bombs(): Specimen[] {
  const unpacked = deflateSync(Buffer.alloc(2 ** 26));
  const text = Buffer.concat([Buffer.from('a\0\0', 'latin1'), unpacked]);
  const before = (name: string, ...chunks: Buffer[]): Specimen => ({
    name: `PNG with ${name}`,
    make: () => Buffer.concat([good.subarray(0, 33), ...chunks, rest]),
  });
  return [
    before('a text that unpacks to 64 MiB', chunk('zTXt', text)),
    before(
      'an international text bomb',
      chunk('iTXt', Buffer.concat([Buffer.from('a\0\x01\0\0\0', 'latin1'), unpacked])),
    ),
    before('a profile bomb', chunk('iCCP', text)),
    before('10,000 texts', ...Array.from({ length: 10_000 }, () => chunk('tEXt', Buffer.from('a\0b')))),
    before('100,000 empty chunks', ...Array.from({ length: 100_000 }, () => chunk('zzZz'))),
    before('a palette of 257 colours', chunk('PLTE', Buffer.alloc(771))),
    before('an EXIF block of noise', chunk('eXIf', noise(5000, 2))),
    before('an EXIF block that points behind itself', chunk('eXIf', Buffer.from('II*\0\xff\xff\xff\x7f', 'latin1'))),
    before('a transparency of noise', chunk('tRNS', noise(6, 3))),
    before('an end before its pixels', END),
    {
      name: 'PNG with 2 GB of data behind 8 rows',
      make: () => {
        const data = Array.from({ length: 32 }, () => unpacked.subarray(2, -4)); // blocks that are not final would be more realistic
        return Buffer.concat([
          SIGNATURE,
          header(8, 8),
          chunk('IDAT', Buffer.concat([unpacked.subarray(0, 2), ...data])),
          END,
        ]);
      },
    },
    {
      name: 'PNG with 64 MiB behind 8 rows',
      make: () => Buffer.concat([SIGNATURE, header(8, 8), chunk('IDAT', unpacked), END]),
    },
    { name: 'PNG of 50 megapixels of RGBA', make: () => zeros(7_070, 7_070, 6), heavy: true },
  ];
}

export function pngs(): Specimen[] {
  const noisy = Buffer.concat([SIGNATURE, header(16, 16), chunk('IDAT', deflateSync(noise(16 * 49, 4))), END]);
  return [
    ...lies(),
    ...strips(),
    ...bombs(),
    ...cuts('PNG', noisy, 15),
    ...flips('PNG', noisy, 25),
    ...Array.from({ length: 15 }, (_, i) => ({
      name: `PNG whose packed data are noise ${i + 1}`,
      make: () => Buffer.concat([SIGNATURE, header(64, 64), chunk('IDAT', noise(400, i + 1)), END]),
    })),
  ];
}
