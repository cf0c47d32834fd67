// A synthetic cohort: like the people it was fitted to, and none of them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toUnit } from '../../handler/matcher.ts';
import { VECTOR_SIZE } from '../../handler/vectors.ts';
import { drawCohort } from '../../tools/cohort-building.ts';
import { areaUnderCurve, auditCohort } from '../../tools/membership.ts';
import { fitMixture, seededRandom } from '../../tools/mixture.ts';
import { nobody } from '../handler/helpers.ts';
import { scratchFolder, start } from '../helpers.ts';

/** People of a made-up world: families around points of a space of few dimensions, as faces are. */
function population(count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const families = Array.from({ length: 40 }, () => Float32Array.from({ length: VECTOR_SIZE }, normal));
  return Array.from({ length: count }, (_, i) => {
    const family = families[i % families.length] as Float32Array;
    return toUnit(family.map((value, j) => value + (j % 4 === 0 ? 1 : 0.3) * normal()));
  });
}

const people = population(2400, 1);
const members = people.filter((_, i) => i % 3 !== 0);
const heldOut = people.filter((_, i) => i % 3 === 0);
const { vectors, components, least } = drawCohort(members, 1000, 1);

test('it gives little away: the AUC of the nearest distance is near 0.5, and far below that of the people themselves', () => {
  const { auc } = auditCohort(members, heldOut, vectors);
  expect(auc.margin).toBeLessThan(0.04);
  expect(auc.value).toBeLessThan(0.62);
});

test('the same test finds out a cohort that holds people themselves', () => {
  const copies = [...vectors.slice(0, 500), ...members.slice(0, 500)];
  expect(auditCohort(members, heldOut, copies).auc.value).toBeGreaterThan(0.65);
});

test('its vectors are no closer to people than people are to one another', () => {
  const { toCohort, toPeople } = auditCohort(members, heldOut, vectors);
  expect(toCohort).toBeGreaterThan(0.95 * toPeople);
});

test('no component rests on fewer than 20 people', () => {
  expect(components).toBeGreaterThan(20);
  expect(least).toBeGreaterThanOrEqual(20);
  const mixture = fitMixture(members, { components: 100, minMembers: 20, random: seededRandom(7) });
  expect(mixture.reduce((sum, component) => sum + component.members, 0)).toBe(members.length);
});

test('the same people and seed give the same vectors, another seed others', () => {
  const few = members.slice(0, 500);
  expect(drawCohort(few, 30, 1).vectors).toEqual(drawCohort(few, 30, 1).vectors);
  expect(drawCohort(few, 30, 2).vectors).not.toEqual(drawCohort(few, 30, 1).vectors);
});

test('the area under the curve counts ties half', () => {
  expect(areaUnderCurve([1, 2], [3, 4]).value).toBe(1);
  expect(areaUnderCurve([1, 1], [1, 1]).value).toBe(0.5);
  expect(areaUnderCurve([3, 4], [1, 2]).value).toBe(0);
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
