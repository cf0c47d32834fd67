// The annotated picture: boxes where the faces are, in the colour of the verdict.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { JudgedFace, NamedFace } from '../../handler/answers.ts';
import { annotate, drawOverlay } from '../../tools/annotate.ts';
import { demoPhoto, ROOT, scratchFolder, start, WOMAN } from '../helpers.ts';

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
    computed_from: { euclidean: 0.46, background: 0.8, model_background: 0.85, turn: 0, pair_background: 0.83 },
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

function named(name: string, left: number, top: number): NamedFace {
  return { ...face('True', left, top), name, nearest: name };
}

interface Plate {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The coloured plates behind the labels. */
function platesOf(overlay: string): Plate[] {
  const plates = overlay.matchAll(/x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)" fill="#/g);
  return Array.from(plates, (plate) => {
    const [x = 0, y = 0, width = 0, height = 0] = plate.slice(1).map(Number);
    return { x, y, width, height };
  });
}

test('keeps labels inside the picture', async () => {
  const long = named('a name that is much longer than a picture is wide', 350, 100);
  const plates = platesOf(await drawOverlay([face('True', -20, -10), face('False', 350, 250), long], 400, 300));
  expect(plates).toHaveLength(3);
  for (const { x, y, width, height } of plates) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(400);
    expect(y + height).toBeLessThanOrEqual(300);
  }
});

test('labels of faces that lie side by side do not cover each other', async () => {
  const [first, second] = platesOf(await drawOverlay([face('True', 50, 100), face('False', 70, 105)], 400, 300));
  const apart = (first as Plate).y + (first as Plate).height <= (second as Plate).y;
  expect(apart).toBe(true);
});

test.each([
  [400, 300],
  [4000, 3000],
])('labels are legible in a picture of %i x %i', async (width, height) => {
  const [plate] = platesOf(await drawOverlay([face('True', 50, 100)], width, height));
  expect((plate as Plate).height).toBeGreaterThanOrEqual(Math.max(14, height / 40));
  expect((plate as Plate).height).toBeLessThan(height / 8);
});

test('a verdict is told without its colour, by a mark before the name and by the line of the box', async () => {
  const verdicts = ['True', 'Unsure', 'False'] as const;
  const overlays = await Promise.all(
    verdicts.map((verdict) => drawOverlay([{ ...named('José', 50, 100), verdict }], 400, 300)),
  );
  const marks = overlays.map((overlay) => /<path[^>]* d="([^"]+)"/.exec(overlay)?.[1]);
  expect(new Set(marks).size).toBe(3);
  expect(marks).not.toContain(undefined);
  expect(overlays.map((overlay) => overlay.includes('stroke-dasharray'))).toEqual([false, true, true]);
});

test('a name that cannot be drawn is drawn as the number of its face, and said', async () => {
  const notes: string[] = [];
  const unknown = await drawOverlay([named('Bob \u{1f642}', 50, 100)], 400, 300, (note) => notes.push(note));
  expect(notes).toEqual(['face 1 is Bob \u{1f642}: this name cannot be drawn, so the picture shows #1']);
  expect(unknown).toBe(await drawOverlay([named('#1', 50, 100)], 400, 300));
  await drawOverlay([named('Bob\u202ecod', 50, 100)], 400, 300, (note) => notes.push(note));
  expect(notes[1]).toBe("face 1 is 'Bob'$'\\342\\200\\256''cod': this name cannot be drawn, so the picture shows #1");
});

test('fr-recognize --annotate writes the picture for its owner only, and nothing beside it', async () => {
  const folder = await scratchFolder();
  const model = join(folder, 'woman.csv');
  await start('fr-train', [WOMAN, '-o', model]);
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

test('fr-recognize --annotate refuses several pictures without a folder, unknown formats, and what it reads', async () => {
  const folder = await scratchFolder();
  const photo = join(folder, 'photo.jpg');
  copyFileSync(demoPhoto(2), photo);
  const lines = await Promise.all(
    [
      [photo, photo, '--annotate', 'a.png'],
      [folder, '--annotate', 'a.png'],
      [photo, '--annotate', 'a.bmp'],
      [photo, '--annotate', photo],
      [photo, '--annotate', folder],
    ].map(async (args) => (await start('fr-recognize', ['model.csv', ...args])).stderr.replace(folder, 'F')),
  );
  expect(lines).toEqual([
    'fr-recognize: a.png: is not a folder, and several pictures need one: make it first',
    'fr-recognize: a.png: is not a folder, and several pictures need one: make it first',
    'fr-recognize: a.bmp: cannot be drawn: choose a name that ends in .png, .jpg or .webp',
    'fr-recognize: F/photo.jpg: is also read, and would be overwritten: choose another name',
    'fr-recognize: F/photo.jpg: is also read, and would be overwritten: choose another name',
  ]);
  expect(readFileSync(photo).equals(readFileSync(demoPhoto(2)))).toBe(true);
});

test('fr-recognize --annotate draws several pictures into a folder, under names of their own', async () => {
  const folder = await scratchFolder();
  for (const place of ['a', 'b', 'drawn']) mkdirSync(join(folder, place));
  const woman = join(ROOT, 'test/fixtures/ann.jpg');
  for (const copy of ['a/one.jpg', 'b/one.jpg', 'b/two']) copyFileSync(woman, join(folder, copy));
  const model = join(folder, 'ann.csv');
  await start('fr-train', [woman, '-o', model]);
  const drawn = join(folder, 'drawn');
  const words = ['a', 'b', '--annotate', 'drawn', '-q'];
  const { stderr, exitCode } = await start('fr-recognize', ['ann.csv', ...words], { cwd: folder });
  expect([stderr, exitCode]).toEqual(['', 0]);
  expect(readdirSync(drawn).sort()).toEqual(['one-2.jpg', 'one.jpg', 'two.png']);
  for (const name of readdirSync(drawn)) {
    const [was, is] = await Promise.all([sharp(woman).metadata(), sharp(join(drawn, name)).metadata()]);
    expect([is.width, is.height]).toEqual([was.width, was.height]);
    expect(readFileSync(join(drawn, name)).equals(readFileSync(woman))).toBe(false);
  }
});

test('fr-train --annotate draws the faces of a group with their numbers, and refuses it as before', async () => {
  const file = join(await scratchFolder(), 'numbers.png');
  const party = join(ROOT, 'test/fixtures/party.jpg');
  const { stderr, exitCode } = await start('fr-train', [party, '--annotate', file, '-q']);
  const places = [...stderr.matchAll(/(\d) at (\d+),(\d+) to (\d+),(\d+)/g)].map((place) => place.slice(1).map(Number));
  expect([places.length, exitCode]).toEqual([4, 2]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const drawn = readFileSync(file);
  for (const [, left = 0, top = 0, , bottom = 0] of places) {
    expect(await pixel(drawn, left, Math.round((top + bottom) / 2))).toEqual([0, 114, 178]);
  }
});
