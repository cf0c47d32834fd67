// A synthetic cohort: like the people it was fitted to, but none of them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { toUnit } from '../../../handler/matching/matcher.ts';
import { VECTOR_SIZE } from '../../../handler/matching/vectors.ts';
import { drawCohort } from '../../../tools/lab/cohort-building.ts';
import { type Audit, areaUnderCurve, auditCohort } from '../../../tools/lab/membership.ts';
import { fitMixture, seededRandom } from '../../../tools/lab/mixture.ts';
import { nobody } from '../../handler/helpers.ts';
import { scratchFolder, start } from '../../helpers.ts';

/** People of a made-up world: families around points of a space of few dimensions, as faces are. */
function population(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const families = Array.from({ length: 40 }, () => Float32Array.from({ length: VECTOR_SIZE }, normal));
  return Array.from({ length: count }, (_, i) => {
    const family = families[Math.floor((i * families.length) / count)] as Float32Array;
    return toUnit(family.map((value, j) => value + (j % 4 === 0 ? 1 : 0.3) * normal()));
  });
}

// Half as many give themselves away a little: an AUC of .514, its interval .011.
const people = population(2400, 1);
let cohort: ReturnType<typeof drawCohort>;
let audit: Audit;

beforeAll(() => {
  cohort = drawCohort(people, 500, 1);
  audit = auditCohort(people, (some) => drawCohort(some, 500, 1).vectors);
}, 300_000);

test('nobody can tell who it was fitted to: the AUC of the nearest distance is 0.5 within its interval', () => {
  expect(audit.auc.margin).toBeLessThan(0.03);
  expect(Math.abs(audit.auc.value - 0.5)).toBeLessThan(audit.auc.margin);
});

test('the same attack detects a cohort that holds some of the people themselves', () => {
  const leaking = auditCohort(people.slice(0, 600), (some) => [...cohort.vectors, ...some.slice(0, 200)]);
  expect(leaking.auc.value - leaking.auc.margin).toBeGreaterThan(0.5);
});

test('its vectors are no closer to people than people are to one another', () => {
  expect(audit.toCohort).toBeGreaterThan(audit.toPeople);
});

test('no component rests on fewer than 20 people, and together they rest on all', () => {
  expect(cohort.components).toBe(8);
  expect(cohort.least).toBeGreaterThanOrEqual(20);
  const some = people.slice(0, 900);
  const mixture = fitMixture(some, { components: 60, minMembers: 20, random: seededRandom(7) });
  expect(Math.min(...mixture.components.map(({ members }) => members))).toBeGreaterThanOrEqual(20);
  expect(mixture.components.reduce((sum, { members }) => sum + members, 0)).toBe(some.length);
});

test('the same people and seed give the same vectors, another seed others', () => {
  const few = people.slice(0, 500);
  expect(drawCohort(few, 30, 1).vectors).toEqual(drawCohort(few, 30, 1).vectors);
  expect(drawCohort(few, 30, 2).vectors).not.toEqual(drawCohort(few, 30, 1).vectors);
});

test('the area under the curve counts ties half', () => {
  expect(areaUnderCurve([1, 2], [3, 4])).toBe(1);
  expect(areaUnderCurve([1, 1], [1, 1])).toBe(0.5);
  expect(areaUnderCurve([3, 4], [1, 2])).toBe(0);
});

test('a folder of too few people is refused with one line', async () => {
  const folder = join(await scratchFolder(), 'faces');
  mkdirSync(folder);
  writeFileSync(join(folder, 'nobody.png'), await nobody().png().toBuffer());
  const cache = { XDG_CACHE_HOME: await scratchFolder() };
  const { stdout, stderr, exitCode } = await start('fr-cohort', ['build', folder], { env: cache });
  expect(stderr).toBe(`fr-cohort: ${folder}: shows 0 people and 400 are needed: add pictures of others`);
  expect([stdout, exitCode]).toEqual(['', 2]);
});

test.each([[[]], [['make', 'x']], [['build']], [['build', 'a', 'b']], [['build', 'x', '--size', '0.5']]])(
  '%j is refused with one line',
  async (args) => {
    const { stderr, exitCode } = await start('fr-cohort', args);
    expect(stderr).toMatch(/^fr-cohort: [^\n]+: see fr-cohort --help$/);
    expect(exitCode).toBe(2);
  },
);
