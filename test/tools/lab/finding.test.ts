// The finding program, on pictures that say which faces they show.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, start } from '../../helpers.ts';
import { plantedEnvironment, plantFolder } from '../../planted.ts';

const face = { looks: [{ 0: 1 }] };

test('counts pictures with a face and with several, tells what each cost, and leaves out what is no picture', {
  timeout: 180_000,
}, async () => {
  const folder = await scratchFolder();
  const pictures = join(folder, 'pictures');
  plantFolder(pictures, {
    'park/one.png': { faces: [face] },
    'park/three.png': { faces: [face, face, face] },
    'park/none.png': { faces: [] },
    'park/hidden.png': { faces: [{ ...face, hidden: true }] },
    'park/broken.png': { refused: 'its end is missing' },
    'sea/none.png': { faces: [] },
  });
  const env = plantedEnvironment(folder);
  const find = (...options: string[]) => start('finding', [pictures, ...options], { env });

  const park = await find('--only', 'park');
  expect([park.stderr, park.exitCode]).toEqual([
    `${join(pictures, 'park/broken.png')}: left out: the picture cannot be used: its end is missing`,
    0,
  ]);
  const cost = /\d+ ms a picture, \d+ ms a megapixel/.source;
  expect(park.stdout.split('\n')).toEqual([
    '4 pictures: a face in 2 (50.00 %), several in 1',
    expect.stringMatching(new RegExp(`^with a face ${cost}; without ${cost}$`)),
  ]);

  const thorough = await find('--thorough');
  expect(thorough.stdout).toMatch(/^5 pictures: a face in 3 \(60\.00 %\), several in 1\n/);
  expect((await find('--only', 'sea')).stdout).toMatch(
    /^1 pictures: a face in 0 \(0\.00 %\), several in 0\nwith a face none; without \d/,
  );

  const nothing = await find('--only', 'moon');
  expect(nothing.stderr).toBe(`finding: ${pictures}: has no picture whose path contains moon: change --only`);
  expect([nothing.stdout, nothing.exitCode]).toEqual(['', 2]);
});
