// The command lines on a phone's files: HEIC beside its film, drawn on, made smaller for Lambda.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fitPicture } from '../../tools/remote/shrink-picture.ts';
import { ROOT, scratchFolder, start } from '../helpers.ts';

const FIXTURES = join(ROOT, 'test/fixtures');
const ANN = join(FIXTURES, 'ann.jpg');
const HEIC = join(FIXTURES, 'heic/ann.heic');
const PHONE = join(FIXTURES, 'heic/ann-phone.heic');

test('a model made of a HEIC matches a HEIC, a JPEG and an AVIF of the same face, and a Live Photo is its still', async () => {
  const album = await scratchFolder();
  const model = join(album, 'ann.csv');
  expect(await start('fr-train', [HEIC, '-o', model])).toMatchObject({ exitCode: 0, stdout: '' });
  copyFileSync(PHONE, join(album, 'IMG_1.HEIC'));
  writeFileSync(join(album, 'IMG_1.MOV'), '\0\0\0\x14ftypqt  ');
  copyFileSync(ANN, join(album, 'b.jpg'));
  writeFileSync(join(album, 'c.avif'), await sharp(ANN).avif({ effort: 0 }).toBuffer());
  copyFileSync(HEIC, join(album, 'd')); // found by its content
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, album]);
  expect(stdout.split('\n')).toEqual(
    ['IMG_1.HEIC', 'b.jpg', 'c.avif', 'd'].map((name) => `${join(album, name)}\tTrue`),
  );
  expect(stderr).toContain('skipped in folders: 1 video, 1 other file');
  expect(exitCode).toBe(0);
});

test('--annotate draws on a HEIC, upright', async () => {
  const album = await scratchFolder();
  const [model, drawn] = [join(album, 'ann.csv'), join(album, 'drawn.png')];
  await start('fr-train', [ANN, '-o', model]);
  expect(await start('fr-recognize', ['--annotate', drawn, model, PHONE])).toMatchObject({
    exitCode: 0,
    stdout: 'True',
  });
  expect(await sharp(drawn).metadata()).toMatchObject({ width: 440, height: 480, format: 'png' });
});

test('a HEIC in place of a model is called a picture, and a damaged one costs its own line', async () => {
  const album = await scratchFolder();
  const model = join(album, 'ann.csv');
  await start('fr-train', [ANN, '-o', model]);
  expect((await start('fr-recognize', [HEIC, ANN])).stderr).toContain('is a picture where a model is needed');
  const bad = join(album, 'bad.heic');
  writeFileSync(bad, readFileSync(PHONE).subarray(0, 7_000));
  const { stdout, stderr, exitCode } = await start('fr-recognize', ['-q', model, bad, HEIC]);
  expect(stdout).toBe(`${HEIC}\tTrue`);
  expect(stderr).toBe(
    `fr-recognize: ${bad}: the picture cannot be used: the HEIC file ends early or breaks the format's rules: copy it again, or convert it to JPEG`,
  );
  expect(exitCode).toBe(2);
});

test('a HEIC too large for a request becomes an upright JPEG that fits, and a damaged one says so', async () => {
  const fitted = await fitPicture(readFileSync(PHONE), 6_000, 50_000_000);
  expect(fitted?.image.length).toBeLessThanOrEqual(6_000);
  const { width, height, format } = await sharp(fitted?.image).metadata();
  expect(format).toBe('jpeg');
  expect((width as number) / (height as number)).toBeCloseTo(440 / 480, 1);
  await expect(fitPicture(readFileSync(PHONE).subarray(0, 7_000), 6_000, 50_000_000)).rejects.toThrow(/the HEIC file/);
});

test('a report shows the face of a HEIC', async () => {
  const album = await scratchFolder();
  const [model, report] = [join(album, 'ann.csv'), join(album, 'report.html')];
  await start('fr-train', [ANN, '-o', model]);
  expect(await start('fr-recognize', ['-q', '--report', report, model, PHONE])).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
  expect(readFileSync(report, 'utf8')).toContain('data:image/webp');
});
