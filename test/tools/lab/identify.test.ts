// The program that measures identification, on a made set of people, small enough to work out every figure on paper.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thresholdFor } from '../../../handler/matching/calibration.ts';
import { isHeldOut } from '../../../tools/lab/hold-out.ts';
import { enrolledUnawares, namedPart, thresholdOf } from '../../../tools/lab/open-set.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { type Look, plantedEnvironment, plantFolder } from '../../planted.ts';

/** Names of singles that are kept out of a cohort; the others do not count. */
const HELD_OUT = Array.from({ length: 100 }, (_, i) => `single${i}.png`)
  .filter(isHeldOut)
  .slice(0, 10);

test('people and fill-ups are enrolled, and probes are of the later photos, of the other singles and of other people', {
  timeout: 180_000,
}, async () => {
  const folder = await scratchFolder();
  const [people, singles, others] = ['people', 'singles', 'others'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const photos: Record<string, Look[]> = {};
  for (let person = 0; person < 20; person += 1) {
    photos[`p${person}/a.png`] = [{ [person]: 1 }];
    photos[`p${person}/b.png`] = [{ [person]: 0.96, [20 + person]: 0.28 }];
    photos[`p${person}/c.png`] = [{ [20 + person]: 1 }];
  }
  plantFolder(people, photos);
  plantFolder(singles, {
    'single.png': [{ 0: 1 }],
    ...Object.fromEntries(HELD_OUT.map((name, i) => [name, [{ [40 + i]: 1 }]])),
  });
  // The first is p0 by another name, and left out. One of two photos of the second looks like p1.
  plantFolder(others, {
    ...{ 'twin/1.png': [{ 0: 0.96, 50: 0.28 }], 'twin/2.png': [{ 0: 0.8, 51: 0.6 }], 'twin/3.png': [{ 0: 1 }] },
    ...{ 'else/1.png': [{ 1: 0.96, 50: 0.28 }], 'else/2.png': [{ 52: 1 }] },
  });
  const { stdout, stderr, exitCode } = await start(
    'identify',
    [people, singles, '--strangers', others, '--enrolled', '25'],
    { env: plantedEnvironment(folder) },
  );
  expect([stderr, exitCode]).toEqual(['', 0]);
  const lines = stdout.split('\n').filter((line) => !line.includes('pictures, 0 with no face'));
  expect(lines[0]).toBe(`${others}: 1 people match someone enrolled in most of their pictures, and are left out`);
  expect(lines[1]).toBe('20 people and 5 singles are enrolled; 40 probes of the people');
  // A nominal rate of .01 among 25 is one of 4e-4 a pair. Second photos are within it, third ones at right angles are not.
  const named = 'strangers named 0.00 % of 5 (singles), 50.00 % of 2';
  expect(lines[2]).toBe(
    `nominal FPIR of 0.01, threshold ${thresholdFor(4e-4).toFixed(4)}: TPIR 0.5000, named as someone else 0.00 %, ${named} (${others})`,
  );
  expect(lines[3]).toMatch(/^realised FPIR of 0.01 of singles, threshold \d\.\d{4}: TPIR 0\.5000, /);
  // The second person's photo is as far from p1 as p1's own second photo: a threshold below it finds nobody.
  expect(lines[4]).toMatch(/^realised FPIR of 0.01 of .*others, threshold \d\.\d{4}: TPIR 0\.0000, .* 0\.00 % of 2 /);
  expect(lines[5]).toMatch(/^realised FPIR of 0.01 of all strangers, .*: TPIR 0\.0000, /);
});

const at = (enrolled: number, distance: number) => ({ enrolled, distance });

test('a threshold for one in four lets the nearest of four strangers pass, and not the second', () => {
  const strangers = [at(0, 0.5), at(0, 0.3), at(1, 0.4), at(2, 0.9)];
  expect(thresholdOf(strangers, 0.25)).toBeCloseTo(0.3999, 6);
  expect(namedPart(strangers, 0.3999)).toBe(0.25);
  expect(thresholdOf([], 0.25)).toBeNaN();
});

test('a person is enrolled unawares whose pictures match one and the same person more often than not', () => {
  const faces = [at(3, 0.1), at(3, 0.2), at(4, 0.9), at(5, 0.1), at(6, 0.1), at(7, 0.1), at(8, 0.9)];
  expect(enrolledUnawares(faces, [0, 0, 0, 1, 1, 2, 2], 0.4)).toEqual(new Set([0]));
});
