// What the figures of groups are, on faces whose people are known.
import { expect, test } from 'vitest';
import { scoreGroups } from '../../../tools/lab/group-score.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { plantedEnvironment, plantFolder } from '../../planted.ts';

test('precision counts pairs in groups, recall pairs of people', () => {
  const people = [0, 0, 0, 1, 1, 2];
  // Of four pairs in groups one is right; of four pairs of people one is found.
  expect(scoreGroups([[0, 1, 3], [2], [4, 5]], people)).toEqual({
    precision: 1 / 4,
    recall: 1 / 4,
    truePairs: 4,
    falsePairs: 3,
  });
  expect(scoreGroups([[0, 1, 2], [3, 4], [5]], people)).toMatchObject({ precision: 1, recall: 1 });
  expect(
    scoreGroups(
      people.map((_, i) => [i]),
      people,
    ),
  ).toMatchObject({ precision: 1, recall: 0 });
});

test('npm run grouping mixes folders of people with photos of people of their own', async () => {
  const folder = await scratchFolder();
  plantFolder(folder, {
    'people/ann/1.png': [{ 0: 1 }],
    'people/ann/2.png': [{ 0: 1, 5: 0.1 }],
    'people/ben/1.png': [{ 1: 1 }],
    'singles/eve.png': [{ 2: 1 }],
    'singles/like-ann.png': [{ 0: 1, 6: 0.1 }],
  });
  const { stdout } = await start('grouping', ['people', 'singles'], { cwd: folder, env: plantedEnvironment(folder) });
  expect(stdout).toContain('5 faces of 4 people');
  expect(stdout).toContain(
    'pairwise precision 0.3333, recall 1.0000 of 1 pairs, 2 false pairs, 1 groups of two or more',
  );
  expect(stdout).toMatch(/s of processor time beyond finding, most memory \d+ MB/);
});
