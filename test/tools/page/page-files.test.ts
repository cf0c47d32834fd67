// The files that people give the page, in real Chromium: phones' formats, damaged ones, whole folders; and what the page ships.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect } from 'vitest';
import { parseModel } from '../../../handler/matching/vectors.ts';
import { demoPhoto, ROOT, scratchFolder, start } from '../../helpers.ts';
import { textOf } from '../report/browser.ts';
import { givePhotos, givePictures, pageSuite, sameAnswers, saved } from './site.ts';

const FIXTURES = join(ROOT, 'test/fixtures');
const ANN = join(FIXTURES, 'ann.jpg');
const PARTY = join(FIXTURES, 'party.jpg');
const HEIC = join(FIXTURES, 'heic/ann.heic');
const PHONE = join(FIXTURES, 'heic/ann-phone.heic');

const { pageTest, serve, open, folder } = pageSuite();

pageTest('reads HEIC and AVIF, answers as fr-recognize does, shows them, and asks for nothing more', async () => {
  const { url, asked, stop } = await serve();
  const { page, errors } = await open(url, { acceptDownloads: true });
  const before = asked.length;
  await stop();
  const place = await scratchFolder();
  const avif = join(place, 'party.avif');
  await sharp(PARTY).avif({ quality: 90, effort: 1 }).toFile(avif);

  await givePhotos(page, [HEIC]);
  await page.fill('#name', 'ann');
  const model = await saved(page, '#save');
  await writeFile(join(place, 'ann.csv'), model.text);
  const trained = await start('fr-train', [HEIC, '--local', '-q']);
  const [ours, theirs] = [parseModel(model.text), parseModel(trained.stdout)];
  const distances = ours.map((row, i) => Math.hypot(...row.map((value, j) => value - (theirs[i]?.[j] ?? 9))));
  expect(theirs).toHaveLength(ours.length);
  expect(Math.max(...distances)).toBeLessThan(1e-3);

  const pictures = [PHONE, avif, ANN, demoPhoto(1)];
  await givePictures(page, pictures);
  const { here } = await sameAnswers(page, join(place, 'ann.csv'), pictures);
  expect(here.map(({ picture, face_present }) => [picture, face_present])).toEqual([
    ['ann-phone.heic', 'True'],
    ['ann.jpg', 'True'],
    ['party.avif', 'True'],
    ['sample1.jpg', 'False'],
  ]);
  expect(await page.locator('#enrolled canvas, #judged canvas').count()).toBe(5); // Chromium itself does not show HEIC
  expect(await brightness(page, '#enrolled canvas')).toBeGreaterThan(20);
  expect(asked.slice(before)).toEqual([]);
  expect(errors).toEqual([]);
});

/** The mean of a canvas's values, of 255: nothing was drawn on one that is black. */
function brightness(page: Page, canvas: string): Promise<number> {
  return page.locator(canvas).evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels =
      (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ??
      new Uint8ClampedArray(1);
    return pixels.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (0.75 * pixels.length);
  });
}

pageTest('a HEIC or AVIF that cannot be used costs one line, in words that fit a page', async () => {
  const { url } = await serve();
  const { page } = await open(url);
  const place = await scratchFolder();
  const [cut, empty, huge] = ['cut.heic', 'empty.heic', 'huge.avif'].map((name) => join(place, name));
  const whole = await readFile(HEIC);
  await writeFile(cut as string, whole.subarray(0, whole.length / 2));
  await writeFile(empty as string, Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'));
  const at = whole.indexOf('ispe') + 8;
  whole.writeUInt32BE(9_000, at);
  whole.writeUInt32BE(9_000, at + 4);
  await writeFile(huge as string, whole);
  await page.setInputFiles('#pictures', [cut, empty, huge, PARTY] as string[]);
  await page.getByText('4 of 4 looked at. Now add a photo of the person.').waitFor();
  expect(await page.locator('#judged .refusal').allInnerTexts()).toEqual([
    expect.stringMatching(/^the picture cannot be used: the HEIC file ends early .*: copy it again/),
    'the picture cannot be used: the HEIF file has no still picture in it: save one frame as JPEG',
    'the picture cannot be used: the picture is 9000x9000 (81000000 pixels), above the limit of 50000000: shrink it',
  ]);
});

pageTest('a folder that is dropped is searched to its end, and what is no picture is left alone', async () => {
  const { url } = await serve();
  const { page } = await open(url);
  const album = join(await scratchFolder(), 'album');
  await mkdir(join(album, 'more/deep'), { recursive: true });
  await copyFile(ANN, join(album, 'ann.jpg'));
  await copyFile(HEIC, join(album, 'more/phone.HEIC'));
  await copyFile(PARTY, join(album, 'more/deep/party.jpg'));
  await writeFile(join(album, 'more/notes.txt'), 'no picture');
  await dropOn(page, '#search .zone', [album]);
  await page
    .getByText('3 of 3 looked at. 1 file left alone: no picture by name. Now add a photo of the person.')
    .waitFor();
  expect(await page.locator('#judged .name').allInnerTexts()).toEqual([
    'album/ann.jpg',
    'album/more/deep/party.jpg',
    'album/more/phone.HEIC',
  ]);
  await dropOn(page, '#person .zone', [ANN]);
  await page.getByText('3 of 3 judged. 1 file left alone: no picture by name.').waitFor();
  expect(await textOf(page, '#count')).toBe('3 faces in 3 pictures of 3 match.');
});

/** Drops files and folders of this machine, as a person would from a file manager. */
async function dropOn(page: Page, zone: string, files: string[]): Promise<void> {
  await page.locator(zone).scrollIntoViewIfNeeded();
  const box = await page.locator(zone).boundingBox();
  if (!box) throw new Error(`${zone} is not shown`);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data: { items: [], files, dragOperationsMask: 1 } });
  }
}

pageTest('LICENSES.txt names everything that the page ships, and holds the texts', async () => {
  const text = await readFile(join(folder(), 'LICENSES.txt'), 'utf8');
  const titles = [...text.matchAll(/^={72}\n(.+)\n={72}$/gm)].map(([, title]) => title as string);
  for (const name of ['csv-parse', '@jsquash/avif', 'libheif and libde265', 'libavif', 'libaom', 'libyuv', 'libjpeg']) {
    expect(
      titles.filter((title) => title.startsWith(name)),
      name,
    ).not.toEqual([]);
  }
  for (const name of ['libpng', 'zlib', 'libwebp', 'libgif', 'wasi-libc', 'libc++', 'BlazeFace', 'Face mesh']) {
    expect(
      titles.filter((title) => title.startsWith(name)),
      name,
    ).not.toEqual([]);
  }
  expect(text).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
  expect(text).toContain('GNU GENERAL PUBLIC LICENSE');
  expect(text).toContain('Alliance for Open Media Patent License 1.0');
  expect(text).toContain(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
  // libheif must stay a file of its own, as its npm package has it, so that it can be replaced.
  const page = await readFile(join(folder(), 'page.js'), 'utf8');
  const [, file] = /"(libheif\.[0-9a-f]+\.js)"/.exec(page) ?? [];
  const shipped = await readFile(join(folder(), file as string));
  expect(shipped.equals(await readFile(join(ROOT, 'node_modules/libheif-js/libheif-wasm/libheif.js')))).toBe(true);
});
