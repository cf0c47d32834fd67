// fr-model as a user runs it.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatModel, parsePhotos } from '../../handler/matching/vectors.ts';
import { scratchFolder, start } from '../helpers.ts';
import { type Look, vectorOf } from '../planted.ts';

/** A model of photos of eight equal rows. */
function modelOf(...photos: Look[]): string {
  return photos.map((look) => formatModel(Array.from({ length: 8 }, () => vectorOf(look)))).join('');
}

const ANN: Look = { 0: 1 };
const ANN_LATER: Look = { 0: 1, 5: 0.2 };
const BEN: Look = { 1: 1 };

async function withModels() {
  const folder = await scratchFolder();
  const models = {
    ann: modelOf(ANN),
    later: modelOf(ANN_LATER, ANN),
    ben: modelOf(BEN),
    both: modelOf(ANN, BEN, ANN_LATER),
  };
  for (const [name, text] of Object.entries(models)) await writeFile(join(folder, `${name}.csv`), text);
  await mkdir(join(folder, 'out'));
  const run = (...args: string[]) => start('fr-model', args, { cwd: folder });
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  return { folder, models, run, read };
}

test('show says what a model holds', async () => {
  const { run } = await withModels();
  const { stdout, exitCode } = await run('show', 'ann.csv', 'both.csv');
  const lines = stdout.split('\n');
  expect(lines.slice(0, 4)).toEqual(['ann.csv', 'rows\t8', 'photos\t1', 'network\tdlib-resnet-v1']);
  expect(lines[4]).toMatch(/^changed\t\d{4}-\d\d-\d\dT/);
  expect(lines[5]).toBe('both.csv');
  expect(stdout).toMatch(/^photos apart\t0\.\d+ to [12]\.\d+, half of all pairs up to /m);
  expect(stdout).toMatch(/^two people\?\tits photos seem to show two/m);
  expect(exitCode).toBe(0);
});

test('show --json: the photo of another person is the furthest from the others', async () => {
  const { run } = await withModels();
  const { stdout } = await run('show', 'both.csv', '--json');
  const shown = JSON.parse(stdout);
  expect(shown).toMatchObject({ model: 'both.csv', rows: 24, photos: 3, one_person: 'False' });
  expect(shown.to_others[1]).toBe(Math.max(...shown.to_others));
  expect(shown.spread.most).toBeGreaterThan(shown.spread.least);
});

test('join makes one model, takes a photo that is in both once, and says so', async () => {
  const { folder, run, read } = await withModels();
  const { stderr, exitCode } = await run('join', 'ann.csv', 'later.csv', '-o', 'joined.csv');
  expect(stderr).toBe('fr-model: later.csv: a photo of it is in another model, too, and is taken once');
  expect(exitCode).toBe(0);
  expect(parsePhotos(await read('joined.csv'))).toEqual(parsePhotos(modelOf(ANN, ANN_LATER)));
  expect((await stat(join(folder, 'joined.csv'))).mode & 0o777).toBe(0o600);
  expect((await run('join', 'ann.csv', 'later.csv', '-q')).stdout).toBe((await read('joined.csv')).trimEnd());
});

test('join refuses two people, unless one insists', async () => {
  const { run, read } = await withModels();
  const { stderr, exitCode } = await run('join', 'ann.csv', 'ben.csv', '-o', 'ann.csv');
  expect(stderr).toMatch(/^fr-model: ann\.csv: shows a different person from ben\.csv, \d\.\d+ apart, .*--one-person$/);
  expect(exitCode).toBe(2);
  expect(await read('ann.csv')).toBe(modelOf(ANN));
  const insisted = await run('join', 'ann.csv', 'ben.csv', '--one-person');
  expect(parsePhotos(insisted.stdout)).toHaveLength(2);
});

test('split writes a model for each person, or for each photo, and overwrites nothing', async () => {
  const { folder, run, read } = await withModels();
  const { stdout } = await run('split', 'both.csv', '-o', 'out');
  expect(stdout).toBe('out/both-1.csv\nout/both-2.csv');
  expect(await read('out/both-1.csv')).toBe(modelOf(ANN, ANN_LATER));
  expect(await read('out/both-2.csv')).toBe(modelOf(BEN));
  const again = await run('split', 'both.csv', '-o', 'out', '--photos');
  expect([again.exitCode, again.stderr]).toEqual([
    2,
    'fr-model: out/both-1.csv: is there already: choose another folder',
  ]);
  await run('split', 'later.csv', '-o', 'out', '--photos');
  expect(await read('out/later-1.csv')).toBe(modelOf(ANN_LATER));
  expect((await readdir(join(folder, 'out'))).sort()).toEqual([
    'both-1.csv',
    'both-2.csv',
    'later-1.csv',
    'later-2.csv',
  ]);
});

test('a photo of another number of rows stays one photo when it is joined', async () => {
  const { folder, run } = await withModels();
  await writeFile(join(folder, 'other.csv'), formatModel([vectorOf(ANN), vectorOf(ANN_LATER)]));
  const { stdout } = await run('join', 'other.csv', 'later.csv');
  expect(parsePhotos(stdout).map(({ length }) => length)).toEqual([2, 8, 8]);
});

test.each([
  [[], 'what to do?'],
  [['show'], 'what to do?'],
  [['join', 'ann.csv'], 'what to do?'],
  [['split', 'ann.csv', 'ben.csv', '-o', 'out'], 'what to do?'],
  [['show', 'gone.csv'], 'gone.csv: there is no such file'],
  [['show', 'out'], 'out: is a folder'],
  [['split', 'both.csv'], 'split needs a folder'],
  [['split', 'both.csv', '-o', 'ann.csv'], 'ann.csv: split needs a folder'],
  [['split', 'later.csv', '-o', 'out'], 'later.csv: seems to show one person: --photos splits it'],
  [
    ['split', 'ann.csv', '-o', 'out', '--photos'],
    'ann.csv: seems to show one person in one photo: there is nothing to split',
  ],
])('%j is refused with one line', async (args, reason) => {
  const { run } = await withModels();
  const { stdout, stderr, exitCode } = await run(...args);
  expect(stderr).toContain(reason);
  expect(stderr.split('\n')).toHaveLength(1);
  expect([stdout, exitCode]).toEqual(['', 2]);
});
