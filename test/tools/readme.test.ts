// The README's first example, on the drawn people that its picture shows.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { DIST, ROOT, scratchFolder } from '../helpers.ts';

const FIXTURES = join(ROOT, 'test/fixtures');

function run(program: string, ...words: string[]) {
  return execa(process.execPath, [join(DIST, 'tools', `${program}.js`), '--local', ...words]);
}

test("the README's two commands find the drawn woman at the drawn party, and the picture shows it", async () => {
  const folder = await scratchFolder();
  const model = join(folder, 'ann.csv');
  const drawn = join(folder, 'boxes.png');
  await writeFile(model, (await run('fr-train', join(FIXTURES, 'ann.jpg'))).stdout);
  const party = join(FIXTURES, 'party.jpg');
  expect((await run('fr-recognize', model, party)).stdout).toBe('True');
  const { stdout } = await run('fr-recognize', '--json', '--annotate', drawn, model, party);
  const { faces } = JSON.parse(stdout) as { faces: { verdict: string }[] };
  expect(faces.map(({ verdict }) => verdict)).toEqual(['False', 'False', 'True', 'False']);
  // The README's copy has fewer colours; it is the same picture.
  const pixels = (path: string) => sharp(path).removeAlpha().resize(320, 125).raw().toBuffer();
  const [now, shown] = await Promise.all([pixels(drawn), pixels(join(FIXTURES, 'party-annotated.png'))]);
  const difference = now.reduce((sum, value, i) => sum + Math.abs(value - (shown[i] ?? 0)), 0) / now.length;
  expect(difference).toBeLessThan(3);
});

test('the README is read in three minutes, and its folders have READMEs of their own', async () => {
  const text = await readFile(join(ROOT, 'README.md'), 'utf8');
  expect(text.split('\n').length).toBeLessThanOrEqual(150);
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(5);
  for (const path of links) await expect(readFile(join(ROOT, path)), path).resolves.toBeDefined();
});
