// Many pictures described: what is remembered, and what two runs at once do to each other.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { describeAll } from '../../../tools/lab/describe-all.ts';
import { nobody, portrait } from '../../handler/helpers.ts';
import { scratchFolder, start } from '../../helpers.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("two runs at once remember the same, and leave each other's drafts alone", async () => {
  const folder = await scratchFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  const [empty, picture] = [join(folder, 'empty.png'), join(folder, 'picture.png')];
  await (await nobody()).png().toFile(empty);
  await (await portrait('ann')).png().toFile(picture);
  await describeAll([empty]);
  const [build] = readdirSync(join(folder, 'cache/fr-accuracy'));
  const cache = join(folder, 'cache/fr-accuracy', build as string);
  const name = createHash('sha256').update(readFileSync(picture)).digest('hex');
  const draft = join(cache, `${name}.new`); // that another run is writing
  writeFileSync(draft, 'theirs');
  const [one, other] = await Promise.all([describeAll([picture, picture]), describeAll([picture])]);
  expect(one).toEqual([...other, ...other]);
  expect(readFileSync(draft, 'utf8')).toBe('theirs');
  expect(
    readdirSync(cache)
      .filter((file) => file.startsWith(name))
      .toSorted(),
  ).toEqual([name, `${name}.new`]);
  expect(await describeAll([picture])).toEqual(other);
});

test('a picture that cannot be read costs one line, and the run goes on', async () => {
  const folder = await scratchFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const picture = join(folder, 'picture.png');
  await (await portrait('ann')).png().toFile(picture);
  const [gone, found] = await describeAll([join(folder, 'gone.png'), picture]);
  expect(gone).toEqual([]);
  expect(found).toHaveLength(8);
  expect(write.mock.calls.map(([text]) => text)).toEqual([
    `${folder}/gone.png: left out: there is no such file: check the name\n`,
  ]);
});

test.each(['/nonexist', join(import.meta.dirname, 'describe-all.test.ts')])(
  'fr-cohort build %s is refused in a line',
  async (folder) => {
    const { stderr, exitCode } = await start('fr-cohort', ['build', folder]);
    expect(stderr).toBe(`fr-cohort: ${folder}: there is no such folder: check the name`);
    expect(exitCode).toBe(2);
  },
);
