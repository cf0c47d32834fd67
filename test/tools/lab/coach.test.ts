// The program that measures the coach, on two photos of one person that are the same.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { portrait } from '../../handler/helpers.ts';
import { scratchFolder, start } from '../../helpers.ts';

test('a row for each way to spoil a photo says how often the coach said so, and what was still found', {
  timeout: 180_000,
}, async () => {
  const people = await scratchFolder();
  mkdirSync(join(people, 'ann'));
  for (const name of ['1.png', '2.png'])
    writeFileSync(join(people, 'ann', name), await (await portrait('ann', 240)).png().toBuffer());
  const { stdout, exitCode } = await start('coach', [people], {});
  expect(exitCode).toBe(0);
  const rows = new Map(stdout.split('\n').map((line) => [line.split(' | ')[0]?.replace('| ', ''), line]));
  expect(rows.get('as it is')).toBe('| as it is | 1 | 0 | 0 % | 0 % |  | 1.00 |');
  for (const way of ['26 px between the eyes', 'smeared across by .25', 'JPEG quality 5', 'light x 0.1', 'light x 2']) {
    expect(rows.get(way)).toMatch(/^\| [^|]+ \| 1 \| [01] \| 100 % \|/);
  }
  // Where a cover leaves no face to find, the photo is refused; it is never taken without a word.
  for (const way of ['bar over the eyes', 'mask over the mouth']) {
    expect(rows.get(way)).toMatch(/^\| [^|]+ \| 1 \| (1 \| 0 %|0 \| 100 %) \|/);
  }
});
