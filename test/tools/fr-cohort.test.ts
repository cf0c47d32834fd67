// fr-cohort build as a user starts it, on 400 made people in four groups.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCohort, parseCohortCsv } from '../../handler/matching/cohort.ts';
import { parseModel } from '../../handler/matching/vectors.ts';
import { DIST, start } from '../helpers.ts';
import { plantedEnvironment, plantFolder } from '../planted.ts';

const GROUPS = 4;
const folder = mkdtempSync(join(tmpdir(), 'fr-cohort-'));
const people = join(folder, 'people');
const env = plantedEnvironment(folder);
const words = ['build', people, '--size', '200'];
let csv: string;

beforeAll(async () => {
  const person = (i: number) => ({ [i % GROUPS]: 0.96, [GROUPS + (i >> 3)]: i & 4 ? 0.28 : -0.28 });
  plantFolder(people, Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`${i}.png`, [person(i)]])));
  const { stdout, stderr, exitCode } = await start('fr-cohort', words, { env });
  expect(stderr).toMatch(/^fr-cohort: 400 people, ([4-9]|10) components of (\d{2,3}) people or more$/);
  expect(Number(/of (\d+) people/.exec(stderr)?.[1])).toBeGreaterThanOrEqual(20);
  expect(exitCode).toBe(0);
  csv = stdout;
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('prints as many vectors as asked for, from each group in proportion to its people', () => {
  const vectors = parseModel(csv);
  expect(vectors).toHaveLength(200);
  const groups = vectors.map((vector) => {
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    return vector.indexOf(Math.max(...vector));
  });
  // 50 each; the deviation of a count is 6.
  for (let group = 0; group < GROUPS; group += 1) {
    const count = groups.filter((other) => other === group).length;
    expect(count).toBeGreaterThan(50 - 25);
    expect(count).toBeLessThan(50 + 25);
  }
  expect(groups.every((group) => group < GROUPS)).toBe(true);
});

test('prints the same for the same seed, and other vectors for another', { timeout: 180_000 }, async () => {
  expect((await start('fr-cohort', [...words, '--quiet'], { env })).stdout).toBe(csv);
  const other = await start('fr-cohort', [...words, '--seed', '2', '--quiet'], { env });
  expect(other.stderr).toBe('');
  expect(parseModel(other.stdout)).toHaveLength(200);
  expect(other.stdout.split('\n')[1]).not.toBe(csv.split('\n')[1]);
});

test('--binary prints the form that ships, with the same values', async () => {
  const program = join(DIST, 'tools/fr-cohort.js');
  const options = { env, encoding: 'buffer', stripFinalNewline: false } as const;
  const { stdout } = await execa(process.execPath, [program, ...words, '--binary', '--quiet'], options);
  expect(parseCohort(Buffer.from(stdout))).toEqual(parseCohortCsv(csv));
});
