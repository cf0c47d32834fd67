// The annotated picture: boxes where the faces are, in the colour of the verdict.
import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { JudgedFace } from '../../handler/answers.ts';
import { annotate, drawOverlay } from '../../tools/annotate.ts';
import { letter } from '../../tools/strokes.ts';
import { demoPhoto, scratchFolder, start } from '../helpers.ts';

const GREEN = [0, 158, 115];
const ORANGE = [213, 94, 0];

function face(verdict: 'True' | 'False', left: number, top: number): JudgedFace {
  const box = { left, top, right: left + 100, bottom: top + 100 };
  return {
    face: 1,
    box,
    score: 1,
    landmarks: [],
    sharpness: 1,
    brightness: 128,
    verdict,
    distance: 0.56,
    false_match_rate: 1e-6,
    nearest_row: 0,
  };
}

async function blank(orientation = 1): Promise<Buffer> {
  const picture = sharp({ create: { width: 400, height: 300, channels: 3, background: '#888' } });
  return picture.withMetadata({ orientation }).jpeg().toBuffer();
}

async function pixel(image: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

test('draws each box in the colour of its verdict', async () => {
  const annotated = await annotate(await blank(), [face('True', 50, 100), face('False', 250, 100)], 'png');
  expect(await pixel(annotated, 100, 200)).toEqual(GREEN);
  expect(await pixel(annotated, 252, 100)).toEqual(ORANGE);
  expect(await pixel(annotated, 100, 150)).toEqual([136, 136, 136]);
});

test('draws on the upright picture and keeps no metadata', async () => {
  const annotated = await annotate(await blank(6), [face('True', 50, 100)], 'png');
  const { width, height, exif } = await sharp(annotated).metadata();
  expect({ width, height, exif }).toEqual({ width: 300, height: 400, exif: undefined });
  expect(await pixel(annotated, 100, 200)).toEqual(GREEN);
});

test.each(['gray', 'alpha', '16 bit', 'palette', 'cmyk'])('draws in colour on a picture that is %s', async (kind) => {
  const plain = sharp(await blank());
  const pictures: Record<string, () => Promise<Buffer>> = {
    gray: () => plain.grayscale().jpeg().toBuffer(),
    alpha: () => plain.ensureAlpha(0.5).png().toBuffer(),
    '16 bit': () => plain.toColourspace('rgb16').png().toBuffer(),
    palette: () => plain.png({ palette: true }).toBuffer(),
    cmyk: () => plain.toColourspace('cmyk').jpeg().toBuffer(),
  };
  const picture = await (pictures[kind] as () => Promise<Buffer>)();
  const annotated = await annotate(picture, [face('True', 50, 100)], 'png');
  expect(await pixel(annotated, 100, 200)).toEqual(GREEN);
});

test('keeps labels inside the picture', () => {
  const overlay = drawOverlay([face('True', -20, -10), face('False', 350, 250)], 400, 300);
  const plates = [...overlay.matchAll(/x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)" fill="#/g)];
  expect(plates).toHaveLength(2);
  for (const [x = 0, y = 0, width = 0, height = 0] of plates.map((plate) => plate.slice(1).map(Number))) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(400);
    expect(y + height).toBeLessThanOrEqual(300);
  }
});

test('has strokes for every character of a label, each its own', () => {
  const characters = [...new Set('0123456789.TRUEFALSE')];
  const drawn = characters.map((character) => letter(character).svg);
  expect(new Set(drawn).size).toBe(characters.length);
  expect(drawn.every((svg) => svg.includes('<path'))).toBe(true);
});

test('fr-recognize --annotate writes the picture for its owner only, and nothing beside it', async () => {
  const folder = await scratchFolder();
  const model = join(folder, 'woman.csv');
  await start('fr-train', [demoPhoto(2), '-o', model]);
  for (const name of ['boxes.png', 'boxes.jpg', 'boxes.webp']) {
    const { stdout, exitCode } = await start('fr-recognize', [
      model,
      demoPhoto(2),
      '--annotate',
      join(folder, name),
      '-q',
    ]);
    expect({ stdout, exitCode }).toEqual({ stdout: 'True', exitCode: 0 });
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  const { width, height, format } = await sharp(join(folder, 'boxes.webp')).metadata();
  const original = await sharp(demoPhoto(2)).metadata();
  expect({ width, height, format }).toEqual({ width: original.width, height: original.height, format: 'webp' });
  expect(readdirSync(folder)).toEqual(['boxes.jpg', 'boxes.png', 'boxes.webp', 'woman.csv']);
});

test('fr-recognize --annotate refuses several pictures, unknown formats, and what it reads', async () => {
  const folder = await scratchFolder();
  const photo = join(folder, 'photo.jpg');
  copyFileSync(demoPhoto(2), photo);
  const lines = await Promise.all(
    [
      [photo, photo, '--annotate', 'a.png'],
      [folder, '--annotate', 'a.png'],
      [photo, '--annotate', 'a.bmp'],
      [photo, '--annotate', photo],
    ].map(async (args) => (await start('fr-recognize', ['model.csv', ...args])).stderr.replace(folder, 'F')),
  );
  expect(lines).toEqual([
    'fr-recognize: --annotate draws on one picture: name one picture',
    'fr-recognize: --annotate draws on one picture: name one picture',
    'fr-recognize: a.bmp: cannot be drawn: choose a name that ends in .png, .jpg or .webp',
    'fr-recognize: F/photo.jpg: would overwrite what is read: choose another name',
  ]);
  expect(readFileSync(photo).equals(readFileSync(demoPhoto(2)))).toBe(true);
});
