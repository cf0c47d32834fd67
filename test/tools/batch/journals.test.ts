// What the answers in a journal depend on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scriptsIn } from '../../../tools/batch/journals.ts';
import { scratchFolder } from '../../helpers.ts';

test('a script that changes in any room of a folder changes its digest, and other files do not', async () => {
  const folder = await scratchFolder();
  mkdirSync(join(folder, 'room'));
  writeFileSync(join(folder, 'room/a.js'), '1');
  const before = scriptsIn(folder);
  writeFileSync(join(folder, 'notes.txt'), '1');
  expect(scriptsIn(folder)).toBe(before);
  writeFileSync(join(folder, 'room/a.js'), '2');
  expect(scriptsIn(folder)).not.toBe(before);
});
