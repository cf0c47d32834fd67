// What a report saves, and whom it enrols.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSameFace, readCorrections } from '../../tools/corrections.ts';
import { scratchFolder } from '../helpers.ts';

const box = { left: 0, top: 0, right: 10, bottom: 10 };

async function saved(...corrections: object[]): Promise<string> {
  const file = join(await scratchFolder(), 'corrections.json');
  writeFileSync(file, JSON.stringify({ version: 1, folder: '/album', corrections }));
  return file;
}

const of = (person: string, picture: string, same_person = true) => ({ picture, face: 1, box, person, same_person });

test('gives the confirmed faces of the one person, their paths from the folder of the run', async () => {
  const file = await saved(
    of('ann', 'a.jpg'),
    of('ann', 'b.jpg', false),
    of('bob', 'c.jpg', false),
    of('ann', '/d.jpg'),
  );
  expect(await readCorrections(file)).toEqual([
    { photo: '/album/a.jpg', face: 1, box },
    { photo: '/d.jpg', face: 1, box },
  ]);
});

test('asks whom to enrol where several people were confirmed', async () => {
  const file = await saved(of('ann', 'a.jpg'), of('bob', 'b.jpg'));
  await expect(readCorrections(file)).rejects.toThrow('confirms faces of 2 people: choose one with --person: ann, bob');
  expect((await readCorrections(file, 'bob')).map(({ photo }) => photo)).toEqual(['/album/b.jpg']);
  await expect(readCorrections(file, 'cleo')).rejects.toThrow('confirms no face of cleo in a file: it has ann, bob');
});

test('refuses a file in which nothing is confirmed', async () => {
  await expect(readCorrections(await saved(of('ann', 'a.jpg', false)))).rejects.toThrow('confirms no face: mark faces');
});

test('two boxes are of one face when they share half of what they cover', () => {
  const moved = (by: number) => ({ ...box, left: by, right: 10 + by });
  expect(isSameFace(box, moved(3))).toBe(true); // 7 of 13
  expect(isSameFace(box, moved(4))).toBe(false); // 6 of 14
  expect(isSameFace(box, moved(20))).toBe(false);
});
