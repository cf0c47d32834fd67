// fr-recognize --gallery, --fmr, --unsure and --cohort, as a user runs them.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { thresholdFor } from '../../handler/matching/calibration.ts';
import { formatModel, VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import { demoPhoto, start } from '../helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'fr-test-'));
const people = join(folder, 'people');
const GROUP = demoPhoto(3);
let ann: string;

beforeAll(async () => {
  mkdirSync(people);
  mkdirSync(join(folder, 'empty'));
  ann = join(people, 'ann.csv');
  await start('fr-train', ['--local', '--face', '2', GROUP, '-o', ann]);
  await start('fr-train', ['--local', '--face', '1', GROUP, '-o', join(people, 'bea.csv')]);
  writeFileSync(join(people, 'notes.txt'), 'no model');
});

afterAll(() => rmSync(folder, { recursive: true }));

test('names every face of a picture, a line each, left to right', async () => {
  const { stdout, exitCode } = await start('fr-recognize', ['--gallery', people, GROUP]);
  const names = stdout.split('\n');
  expect(names.slice(0, 2)).toEqual(['bea', 'ann']);
  expect(new Set(names.slice(2))).toEqual(new Set(['unknown']));
  expect(exitCode).toBe(0);
});

test('says on standard error who is where when the faces are in several rows, and not with -q', async () => {
  const rows = demoPhoto(5);
  const { stdout, stderr } = await start('fr-recognize', ['--gallery', people, rows]);
  const seats = [...stderr.matchAll(/row (\d), column (\d): (\w+)/g)].map(([, row, column]) => `${row} ${column}`);
  expect(seats).toHaveLength(stdout.split('\n').length);
  expect(new Set(seats).size).toBe(seats.length);
  expect(seats).toContain('2 1');
  const line = /^fr-recognize: \S+sample5\.jpg: row \d, column \d: \w+(; row \d, column \d: \w+)+$/m;
  expect(stderr).toMatch(line);
  expect((await start('fr-recognize', ['--gallery', people, rows, '-q'])).stderr).toBe('');
  expect((await start('fr-recognize', ['--gallery', people, GROUP])).stderr).not.toContain('row');
});

test('gives several pictures a line each, and the whole story as JSON', async () => {
  const { stdout } = await start('fr-recognize', ['--gallery', people, GROUP, demoPhoto(5)]);
  const [first, second] = stdout.split('\n').map((line) => line.split('\t'));
  expect(first?.slice(0, 3)).toEqual([GROUP, 'bea', 'ann']);
  expect(second?.[0]).toBe(demoPhoto(5));
  expect(second).not.toContain('ann');
  const json = await start('fr-recognize', ['--gallery', people, GROUP, '--json', '--fmr', '1e-5']);
  expect(JSON.parse(json.stdout)).toMatchObject({ people: 2, threshold: thresholdFor(1e-5 / 2) });
});

test('exits with 1 when nobody is known', async () => {
  const strangers = join(folder, 'strangers');
  mkdirSync(strangers);
  const nobody = Array.from({ length: 8 }, (_, i) =>
    Float32Array.from({ length: VECTOR_SIZE }, (_, j) => Math.sin(i + j)),
  );
  writeFileSync(join(strangers, 'eve.csv'), formatModel(nobody));
  const { stdout, exitCode } = await start('fr-recognize', ['--gallery', strangers, GROUP]);
  expect(new Set(stdout.split('\n'))).toEqual(new Set(['unknown']));
  expect(exitCode).toBe(1);
});

test('the rate chooses the threshold, and between the rate and ten times it a face is Unsure, status 3', async () => {
  const { stdout } = await start('fr-recognize', [ann, demoPhoto(1), '--json', '--fmr', '1e-3']);
  const { threshold, faces } = JSON.parse(stdout);
  expect(threshold).toBe(thresholdFor(1e-3));
  const least = Math.min(...faces.map(({ distance }: { distance: number }) => distance));
  const unsure = await start('fr-recognize', [ann, demoPhoto(1), '--unsure', '--threshold', String(least * 0.99)]);
  expect([unsure.stdout, unsure.exitCode]).toEqual(['Unsure', 3]);
});

test("a cohort of one's own changes the distance and is checked", async () => {
  const cohort = join(folder, 'cohort.csv');
  const vectors = Array.from({ length: 200 }, (_, i) =>
    Float32Array.from({ length: VECTOR_SIZE }, (_, j) => Math.sin(i * 131 + j * 7)),
  );
  writeFileSync(cohort, formatModel(vectors));
  const ask = async (...more: string[]) =>
    JSON.parse((await start('fr-recognize', [ann, demoPhoto(1), '--json', ...more])).stdout).faces[0].distance;
  expect(await ask('--cohort', cohort)).not.toBeCloseTo(await ask(), 2);
  writeFileSync(cohort, formatModel(vectors.slice(0, 5)));
  const { stderr, exitCode } = await start('fr-recognize', [ann, demoPhoto(1), '--cohort', cohort]);
  expect(stderr).toContain('a cohort needs 160 vectors and this has 5: build it anew');
  expect(exitCode).toBe(2);
});

test('a gallery with a model that cannot be read is refused by its name, before any work', async () => {
  const broken = join(folder, 'broken');
  cpSync(people, broken, { recursive: true });
  writeFileSync(join(broken, 'eve.csv'), '1,2,3\n');
  const { stdout, stderr, exitCode } = await start('fr-recognize', ['--gallery', broken, GROUP]);
  expect(stderr).toMatch(/^fr-recognize: eve\.csv: the model's line 1 has 3 columns/m);
  expect([stdout, exitCode]).toEqual(['', 2]);
});

test.each([
  [['--gallery', 'gone', GROUP], 'gone: '],
  [['--gallery', 'people/ann.csv', GROUP], 'is a file where a folder of models is needed'],
  [['--gallery', 'empty', GROUP], 'holds no model'],
  [['--gallery', '.'], 'which picture?'],
  [['ann.csv', GROUP, '--fmr', '2'], '--fmr needs a rate'],
  [['ann.csv', GROUP, '--fmr', '1e-4', '--threshold', '1'], 'cannot be used together'],
  [['--gallery', '.', GROUP, '--unsure'], 'leave out --gallery'],
])('%j is refused with one line', async (args, reason) => {
  const { stdout, stderr, exitCode } = await start('fr-recognize', args, { cwd: folder });
  expect(
    stderr
      .split('\n')
      .filter((line) => line.startsWith('fr-recognize: '))
      .at(-1),
  ).toContain(reason);
  expect([stdout, exitCode]).toEqual(['', 2]);
});
