// A program of deploy/ whose standard output cannot be written: it ends as the command lines do.
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { DIST } from '../../helpers.ts';

/** Runs `npm run deploy -- --help` as the last words of a line of bash. */
async function help(line: string): Promise<object> {
  const words = ['-c', line, process.execPath, join(DIST, 'deploy/up.js')];
  const { exitCode, stderr } = await execa('bash', words, { reject: false });
  return { exitCode, stderr };
}

test('a full disk under standard output is one clear line and status 2', async () => {
  const stderr = 'deploy: standard output cannot be written (ENOSPC): is the disk full?';
  expect(await help('exec "$0" "$1" --help > /dev/full')).toEqual({ exitCode: 2, stderr });
});

test('a reader that has gone away ends the program quietly', async () => {
  expect(await help('exec > >(:); wait $!; exec "$0" "$1" --help')).toEqual({ exitCode: 141, stderr: '' });
});
