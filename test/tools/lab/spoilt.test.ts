// The program that measures what a photo loses when it is made worse.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portrait } from '../../handler/helpers.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { plantedEnvironment, plantFolder } from '../../planted.ts';

/** A row's cells by its first. */
const rowsOf = (stdout: string) =>
  new Map(stdout.split('\n').map((line) => [line.split(' | ')[0]?.replace('| ', ''), line]));

test('a photo is judged against the others as they are, and one that shows no face any more is missed', {
  timeout: 180_000,
}, async () => {
  const folder = await scratchFolder();
  // Ann has two photos alike and Bob has one that looks like her: the first photo of each finds half of the true pairs.
  plantFolder(join(folder, 'people'), {
    ...{ 'ann/1.png': [{ 0: 1 }], 'ann/2.png': [{ 0: 1 }] },
    ...{ 'bob/1.png': [{ 1: 1 }], 'bob/2.png': [{ 0: 1 }] },
  });
  const { stdout, exitCode } = await start('spoilt', [join(folder, 'people')], { env: plantedEnvironment(folder) });
  expect(exitCode).toBe(0);
  const rows = rowsOf(stdout);
  // Of ann's photo and bob's two one matches; of bob's first and ann's two none: .25 of the pairs, 2,500 times 1e-4.
  expect(rows.get('as it is')).toMatch(/^\| as it is \| 2 \| 0 \| 0\.500 \| 2500\.00 \| /);
  // What is planted stands behind a picture's last byte, so it is lost when the picture is written again.
  expect(rows.get('JPEG quality 10')).toBe('| JPEG quality 10 | 2 | 2 | 0.000 | 0.00 | 0.000 |');
});

test('a drawn face is spoilt and still found', { timeout: 180_000 }, async () => {
  const folder = await scratchFolder();
  mkdirSync(join(folder, 'people', 'ann'), { recursive: true });
  const drawn = await (await portrait('ann', 240)).png().toBuffer();
  for (const name of ['1.png', '2.png', '3.png']) writeFileSync(join(folder, 'people', 'ann', name), drawn);
  const { stdout } = await start('spoilt', [join(folder, 'people'), '--photos', '2'], {
    env: { XDG_CACHE_HOME: join(folder, 'cache') },
  });
  const rows = rowsOf(stdout);
  for (const way of ['as it is', 'JPEG quality 20', 'a quarter of the light'])
    expect(rows.get(way)).toMatch(/^\| [^|]+ \| 2 \| 0 \| 1\.000 \| /);
});
