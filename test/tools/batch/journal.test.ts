// The journal's file: what is found again, what is not, and what it does to files that are none.
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal, pictureKey } from '../../../tools/batch/journal.ts';
import { scratchFolder } from '../../helpers.ts';

const ANN = pictureKey(Buffer.from('ann'));
const BEA = pictureKey(Buffer.from('bea'));

async function newFile(): Promise<string> {
  return join(await scratchFolder(), 'a.journal');
}

/** Writes answers as one run, which then ends. */
function write(path: string, answers: Record<string, object>, question = 'q'): void {
  const journal = Journal.open(path, question);
  for (const [key, answer] of Object.entries(answers)) journal.add(key, answer);
  journal.close();
}

test('finds what an earlier run answered, and counts it', async () => {
  const path = await newFile();
  write(path, { [ANN]: { verdict: 'True', text: 'ä\n"' } });
  const journal = Journal.open(path, 'q');
  expect(journal.find(ANN)).toEqual({ verdict: 'True', text: 'ä\n"' });
  expect(journal.find(BEA)).toBeUndefined();
  expect(journal.answered).toBe(1);
  journal.close();
});

test('does not answer with what this run added itself', async () => {
  const journal = Journal.open(await newFile(), 'q');
  journal.add(ANN, { verdict: 'True' });
  expect(journal.find(ANN)).toBeUndefined();
  journal.close();
});

test('answers of another question are not found, and stay for it', async () => {
  const path = await newFile();
  write(path, { [ANN]: { of: 'q' } });
  write(path, { [ANN]: { of: 'other' } }, 'other');
  for (const question of ['q', 'other']) {
    const journal = Journal.open(path, question);
    expect(journal.find(ANN)).toEqual({ of: question });
    journal.close();
  }
});

test('the last of several answers holds, and thousands of lines are found across the pieces they are read in', async () => {
  const path = await newFile();
  const keys = Array.from({ length: 5_000 }, (_, i) => pictureKey(Buffer.from(`${i}`)));
  write(path, Object.fromEntries(keys.map((key, i) => [key, { i, filler: 'x'.repeat(i % 997) }])));
  write(path, { [keys[17] as string]: { i: 'again' } });
  const journal = Journal.open(path, 'q');
  expect(keys.map((key) => (journal.find(key) as { i: unknown }).i)).toEqual(
    keys.map((_, i) => (i === 17 ? 'again' : i)),
  );
  journal.close();
});

test.each([2, 20, 70, 90])(
  'a last line cut short by %i bytes counts as not there, and the next is whole',
  async (cut) => {
    const path = await newFile();
    write(path, {
      [ANN]: { verdict: 'True', padding: '0123456789' },
      [BEA]: { verdict: 'False', padding: '0123456789' },
    });
    truncateSync(path, statSync(path).size - cut);
    write(path, { [pictureKey(Buffer.from('c'))]: { verdict: 'True' } });
    const journal = Journal.open(path, 'q');
    expect(journal.find(ANN)).toEqual({ verdict: 'True', padding: '0123456789' });
    expect(journal.find(BEA)).toBeUndefined();
    expect(journal.find(pictureKey(Buffer.from('c')))).toEqual({ verdict: 'True' });
    journal.close();
  },
);

test('a line that is no JSON counts as not there', async () => {
  const path = await newFile();
  write(path, { [ANN]: {} });
  const [head, line = ''] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, `${head}\n${line.replace('{}', '{"verd')}\nnonsense\n\n`);
  const journal = Journal.open(path, 'q');
  expect(journal.find(ANN)).toBeUndefined();
  journal.close();
});

test('only its owner can read it, whatever its mode was', async () => {
  const path = await newFile();
  write(path, {});
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  write(path, {});
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a file that is no journal is refused and stays as it is; so are a folder and a missing one', async () => {
  const folder = await scratchFolder();
  const photo = join(folder, 'photo.jpg');
  writeFileSync(photo, 'a picture of somebody, worth keeping as it is');
  expect(() => Journal.open(photo, 'q')).toThrow(`${photo}: is not a journal: choose another name, or a new file`);
  expect(() => Journal.remove(photo)).toThrow('is not a journal');
  expect(readFileSync(photo, 'utf8')).toBe('a picture of somebody, worth keeping as it is');
  mkdirSync(join(folder, 'sub'));
  for (const path of [join(folder, 'sub'), join(folder, 'none/j')]) {
    expect(() => Journal.open(path, 'q')).toThrow(/: cannot be used as a journal \(E\w+\): choose another place/);
  }
});

test('remove deletes it, and does nothing where there is none', async () => {
  const path = await newFile();
  write(path, { [ANN]: {} });
  appendFileSync(path, 'cut');
  Journal.remove(path);
  Journal.remove(path);
  expect(existsSync(path)).toBe(false);
});
