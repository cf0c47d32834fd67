// A picture that cannot be decoded, or is above a limit, is quickly refused with one line. Other pictures are not affected.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { decode } from '../../../handler/decoder/decoder.ts';
import { isHeif } from '../../../handler/decoder/sniff.ts';
import { DIST, ROOT, scratchFolder } from '../../helpers.ts';
import { newSidecar, nobody } from '../helpers.ts';
import { cuts, flips, noise, type Specimen } from '../hostile/specimen.ts';
import { box, gridData, type Item, ispe, onlyItem, u32, writeHeif } from './heif-file.ts';

const FIXTURES = join(ROOT, 'test/fixtures');
const heic = readFileSync(join(FIXTURES, 'heic/ann.heic'));
const phone = readFileSync(join(FIXTURES, 'heic/ann-phone.heic'));
const item = onlyItem(heic);

const sidecar = newSidecar();
afterAll(() => sidecar.close());

function failure(file: Uint8Array, maxPixels = 50_000_000, signal = AbortSignal.timeout(30_000)): Promise<unknown> {
  return decode(file, { maxPixels, timeoutMs: 30_000 }, signal).then(
    () => expect.fail('it was decoded'),
    (error) => error,
  );
}

/** A file that claims an item of this size. */
function claims(width: number, height: number): Buffer {
  return writeHeif('hvc1', [{ ...item, properties: [ispe(width, height), ...item.properties.slice(1)] }]);
}

test.each([
  ['heic', true],
  ['mif1', true],
  ['hevc', true],
  ['avif', true],
  ['isom', false],
  ['qt  ', false],
  ['crx ', false],
])('a file of the brand %s is decoded: %s', (brand, wanted) => {
  expect(isHeif(box('ftyp', brand, u32(0), brand))).toBe(wanted);
  expect(isHeif(Buffer.from('ftyp'))).toBe(false);
});

test.each([
  ['the whole', claims(8_000, 8_000)],
  ['one that no arithmetic is made for', claims(2 ** 32 - 1, 2 ** 32 - 1)],
  [
    'a grid of small tiles',
    writeHeif('hvc1', [
      {
        type: 'grid',
        data: gridData(1, 1, 9_000, 9_000),
        properties: [ispe(9_000, 9_000)],
        refers: { as: 'dimg', to: [2] },
      },
      item,
    ]),
  ],
  [
    'a tile of a small grid',
    writeHeif('hvc1', [
      { type: 'grid', data: gridData(1, 1, 440, 480), properties: [ispe(440, 480)], refers: { as: 'dimg', to: [2] } },
      { ...item, properties: [ispe(20_000, 20_000), ...item.properties.slice(1)] },
    ]),
  ],
])('%s above the limit of pixels is refused by its header', async (_, file) => {
  expect(await failure(file)).toMatchObject({
    name: 'ImageError',
    message: expect.stringMatching(/pixels\), above the limit of 50000000: shrink it or raise FR_MAX_PIXELS$/),
  });
});

test('a picture with the most pixels allowed is decoded, and one with a pixel more is refused', async () => {
  const pixels = 440 * 480;
  expect((await decode(heic, { maxPixels: pixels, timeoutMs: 30_000 }, AbortSignal.timeout(30_000))).width).toBe(440);
  expect(await failure(heic, pixels - 1)).toMatchObject({ name: 'ImageError' });
});

test.each([
  [claims(0, 480), 'it has no pixels'],
  [claims(40_000, 1), 'one side is more than 100 times the other'],
  [writeHeif('hvc1', [{ ...item, type: 'vvc1' }]), 'coded as "vvc1", which is not read: convert it to JPEG'],
  [Buffer.concat([box('ftyp', 'msf1', u32(0), 'hevc'), box('moov')]), 'has no still picture in it'],
  [heic.subarray(0, 4_000), 'ends early or breaks'],
  [box('ftyp', 'heic', u32(0), 'mif1'), 'has no still picture in it'],
  [
    Buffer.concat([box('ftyp', 'heic', u32(0), 'mif1'), Buffer.alloc(60 * 2 ** 20, box('free'))]),
    'ends early or breaks',
  ],
])('%# says what is wrong', async (file, words) => {
  expect(await failure(file)).toMatchObject({ name: 'ImageError', message: expect.stringContaining(words) });
});

test('a picture far larger than its header says gets only the memory that the header calls for', async () => {
  const large = { create: { width: 4_000, height: 3_000, channels: 3, background: '#888' } } as const;
  const coded = onlyItem(await sharp(large).avif({ effort: 0 }).toBuffer());
  const file = (width: number, height: number) =>
    writeHeif('av01', [{ ...coded, properties: [ispe(width, height), ...coded.properties.slice(1)] }]);
  const limits = { maxPixels: 50_000_000, timeoutMs: 30_000 };
  expect(await decode(file(4_000, 3_000), limits, AbortSignal.timeout(30_000))).toMatchObject({ width: 4_000 });
  expect(await failure(file(16, 16))).toMatchObject({
    name: 'ImageError',
    message: expect.stringMatching(
      /^the picture cannot be used: decoding the AVIF file takes more memory than is allowed/,
    ),
  });
});

test('a HEIC that is larger than its header says is refused', async () => {
  expect(await failure(claims(16, 16))).toMatchObject({ name: 'ImageError' });
});

test('when time is up, the thread ends and the picture is refused', async () => {
  const file = await nobody(1_200).avif({ effort: 0 }).toBuffer();
  const error = await failure(file, 50_000_000, AbortSignal.timeout(60));
  expect(error).toMatchObject({
    name: 'SidecarError',
    code: 'SIDECAR_TIMEOUT',
    message: expect.stringMatching(/^the AVIF picture took more than 30 s to decode/),
  });
  expect(process.getActiveResourcesInfo().filter((name) => /worker|message/i.test(name))).toEqual([]);
});

test('if the package that decodes is not installed, a line names it', async () => {
  const folder = await scratchFolder();
  cpSync(join(DIST, 'handler/decoder'), join(folder, 'decoder'), { recursive: true });
  cpSync(join(DIST, 'handler/errors.js'), join(folder, 'errors.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const script = `import { cpSync, readFileSync, writeFileSync } from 'node:fs';
    import { decode } from './decoder/decoder.js';
    const limits = { maxPixels: 1e6, timeoutMs: 1e4 };
    await decode(readFileSync(process.argv[1]), limits, AbortSignal.timeout(1e4)).catch(({ message }) => console.log(message));`;
  const file = join(FIXTURES, 'heic/ann.heic');
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script, file], { cwd: folder });
  expect(stdout).toBe(
    'the picture cannot be used: the npm package libheif-js, which decodes HEIC, is not installed: run npm install libheif-js, or convert the picture to JPEG',
  );
});

function grids(): Specimen[] {
  const grid = (rows: number, columns: number, to: number[], sides: [number, number]): Item => ({
    type: 'grid',
    data: gridData(rows, columns, ...sides),
    properties: [ispe(...sides)],
    refers: { as: 'dimg', to },
  });
  const one = (name: string, ...items: Item[]): Specimen => ({ name, make: () => writeHeif('hvc1', items) });
  return [
    one('a grid of itself', grid(1, 1, [1], [440, 480])),
    one('two grids of each other', grid(1, 1, [2], [440, 480]), grid(1, 1, [1], [440, 480])),
    one('a grid of tiles that are not there', grid(2, 2, [9, 9, 9, 9], [880, 960]), item),
    one('a grid with too few tiles', grid(200, 200, [2], [6_000, 6_000]), item),
    one('a grid of 10,000 tiles that are one', grid(100, 100, Array(10_000).fill(2), [7_000, 7_000]), item),
    one('a grid without tiles', { ...grid(1, 1, [], [440, 480]) }),
  ];
}

test('each hostile HEIC or AVIF file soon ends with one line, and a good picture after it is answered', {
  timeout: 300_000,
}, async () => {
  const avif = await nobody(64).avif({ effort: 0 }).toBuffer();
  const header = (file: Buffer) => file.subarray(0, file.indexOf('mdat'));
  const inHeader = (name: string, file: Buffer, count: number): Specimen[] =>
    flips(name, header(file), count).map(({ make, ...rest }) => ({
      ...rest,
      make: async () => Buffer.concat([await make(), file.subarray(header(file).length)]),
    }));
  const zoo = [
    ...grids(),
    ...cuts('HEIC', heic, 5),
    ...cuts("a phone's HEIC", phone, 5),
    ...cuts('AVIF', avif, 5),
    ...flips('HEIC', heic, 16),
    ...flips('AVIF', avif, 16),
    ...inHeader("the header of a phone's HEIC", phone, 24),
    ...inHeader('the header of an AVIF', avif, 24),
    { name: 'HEIC and noise', make: () => Buffer.concat([header(heic), noise(9_000, 5)]) },
  ];
  const good = await sidecar.describe(heic);
  expect(good).toHaveLength(1);
  const wrong: string[] = [];
  const counts = { used: 0, refused: 0 };
  let slowest = { name: '', ms: 0 };
  for (const [i, { name, make }] of zoo.entries()) {
    const file = await make();
    const startMs = performance.now();
    try {
      await sidecar.describe(file);
      counts.used += 1;
    } catch (error) {
      const { name: kind, message } = error as Error;
      counts.refused += 1;
      if (kind !== 'ImageError' || message.length > 300 || /\p{Cc}/u.test(message))
        wrong.push(`${name}: ${kind} ${message}`);
    }
    const ms = performance.now() - startMs;
    if (ms > slowest.ms) slowest = { name, ms };
    if (i % 10 === 0 && !isDeepStrictEqual(await sidecar.describe(heic), good)) wrong.push(`${name}: changes the next`);
  }
  console.log(
    `${zoo.length} hostile HEIC and AVIF files: ${counts.used} used, ${counts.refused} refused; slowest ${slowest.name}: ${(slowest.ms / 1000).toFixed(1)} s; ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB at most`,
  );
  expect(wrong).toEqual([]);
  expect(counts.refused).toBeGreaterThan(50);
  expect(counts.used).toBeGreaterThan(10);
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(900e6);
});
