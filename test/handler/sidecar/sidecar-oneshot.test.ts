// The sidecar as a program: one picture in, CSV out, and its exit status.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nobody, portrait, SIDECAR } from '../helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'fr-oneshot-'));
let ann: Buffer;
let none: Buffer;

beforeAll(async () => {
  ann = await (await portrait('ann')).jpeg().toBuffer();
  none = await nobody().jpeg().toBuffer();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: string[], input: Uint8Array = new Uint8Array()) {
  const { exitCode, stdout, stderr } = await execa(SIDECAR, words, { input, reject: false, stripFinalNewline: false });
  return { exitCode, stdout, stderr };
}

function inFile(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function expectRefused(words: string[], reason: string, input?: Uint8Array): Promise<void> {
  const { exitCode, stdout, stderr } = await run(words, input);
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^fr-sidecar: [^\n]+\n$/);
  expect(stderr).toContain(reason);
}

test('a face is a row of box, score, landmarks, vector, number, variant and quality measures', async () => {
  const { exitCode, stdout, stderr } = await run([], ann);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [header, row, ...more] = parse(stdout) as string[][];
  expect(more).toEqual([]);
  expect(header).toEqual([
    ...['left', 'top', 'right', 'bottom', 'score', 'x0', 'y0', 'x1', 'y1', 'x2', 'y2', 'x3', 'y3', 'x4', 'y4'],
    ...Array.from({ length: 128 }, (_, i) => `v${i}`),
    ...['face', 'variant', 'sharpness', 'brightness', 'least_sharpness', 'clipped', 'blocking'],
    ...['turned', 'eyes_covered', 'mouth_covered'],
  ]);
  expect(row?.map(Number).every(Number.isFinite)).toBe(true);
});

test('a picture of nobody gives a header without rows, and exit status 0', async () => {
  const { exitCode, stdout, stderr } = await run([], none);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^left,top,[^\n]+,eyes_covered,mouth_covered\n$/);
});

test('standard input and a path give the same bytes', async () => {
  const [piped, read] = [await run([], ann), await run([inFile('ann.jpg', ann)])];
  expect(read).toEqual(piped);
});

test('--augment gives 8 rows of one face, with distinct vectors and the same bytes every time', async () => {
  const [{ stdout }, again] = [await run(['--augment'], ann), await run(['--augment'], ann)];
  expect(again.stdout).toBe(stdout);
  const rows = parse(stdout, { columns: true }) as Record<string, string>[];
  expect(rows).toHaveLength(8);
  const vectors = rows.map((row) => Array.from({ length: 128 }, (_, i) => row[`v${i}`]).join());
  expect(new Set(vectors).size).toBe(8);
  const sameForAll = rows.map(({ left, top, right, bottom, face, sharpness }) =>
    [left, top, right, bottom, face, sharpness].join(),
  );
  expect(new Set(sameForAll).size).toBe(1);
});

test.each(['jpeg', 'png', 'webp', 'gif'] as const)('half of a %s is refused', async (format) => {
  const whole = await (await portrait('ann')).toFormat(format).toBuffer();
  await expectRefused([], 'ends early', whole.subarray(0, whole.length / 2));
});

const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');

test.each([
  ['an empty file', Buffer.alloc(0), 'the file is empty'],
  ['text', Buffer.from('Dear reader,\n'), 'the file is text'],
  ['HEIC', heic, 'HEIC pictures are not supported'],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'SVG drawings are not supported'],
  ['PDF', Buffer.from('%PDF-1.7\n'), 'PDF documents are not supported'],
  ['a file of zeros', Buffer.alloc(1000), 'not a picture in a known format'],
])('%s is refused', async (_, bytes, reason) => {
  await expectRefused([], reason, bytes);
});

test.each(['tiff', 'avif'] as const)('a real %s is refused', async (format) => {
  const file = await nobody(64).toFormat(format).toBuffer();
  await expectRefused([inFile('photo.jpg', file)], `${format.toUpperCase()} pictures`);
});

test('a folder and a missing file are refused', async () => {
  await expectRefused([folder], 'is a folder');
  await expectRefused([join(folder, 'nothing.jpg')], 'cannot be opened: No such file or directory');
  await expectRefused([join(inFile('file.jpg', none), 'inside')], 'cannot be opened: Not a directory');
});

test('a picture with too many pixels or bytes is refused', async () => {
  await expectRefused(['--max-pixels', '39999'], 'the picture is 200x200 (40000 pixels), above the limit', none);
  await expectRefused(['--max-bytes', String(none.length - 1)], 'above the limit of', none);
  const exactly = ['--max-pixels', '40000', '--max-bytes', String(none.length)];
  expect(await run(exactly, none)).toMatchObject({ exitCode: 0 });
});

test('a picture above 50 megapixels is refused by default', async () => {
  const large = await nobody(8).resize(10_001, 5_000, { fit: 'fill', kernel: 'nearest' }).grayscale().png().toBuffer();
  await expectRefused([], 'the picture is 10001x5000', large);
});

test.each([
  [['--fase'], 'unknown option --fase'],
  [['--face', '0'], "--face wants a whole number from 1, not '0'"],
  [['--max-pixels'], '--max-pixels wants a value'],
  [['a.jpg', 'b.jpg'], 'one picture at a time'],
  [['--weights', '/nowhere'], '/nowhere'],
  [['--worker', '--weights', '/nowhere'], '/nowhere'],
])('the words %j are an internal fault with its reason', async (words, reason) => {
  const { exitCode, stdout, stderr } = await run(words, none);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/^fr-sidecar: [^\n]+\n$/);
  expect(stderr).toContain(reason);
});

test('a worker ends when its input ends, and with a reason when its input is malformed', async () => {
  expect(await run(['--worker'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  for (const input of ['hello\n', '10\nshort', '5 --fase\n12345']) {
    const { exitCode, stdout, stderr } = await run(['--worker'], Buffer.from(input));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^fr-sidecar: [^\n]+\n$/);
  }
});
