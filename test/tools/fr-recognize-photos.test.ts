// fr-recognize --gallery on folders of photos, which are enrolled on the first use.
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder, start } from '../helpers.ts';
import { type Look, plantedEnvironment, plantFolder } from '../planted.ts';

const ANN: Look = { 0: 1 };
const BEN: Look = { 1: 1 };
const EVE: Look = { 2: 1 };
const BOXES: [number, number, number, number][] = [
  [0, 0, 20, 20],
  [30, 0, 50, 20],
];

/** Ann in a folder of photos, Ben as one photo, Eve as a model with a photo beside it that shows somebody else. */
async function makeGallery() {
  const folder = await scratchFolder();
  plantFolder(folder, {
    'people/ann/1.png': [ANN],
    'people/ann/2024/2.png': [{ 0: 1, 5: 0.1 }],
    'people/ben.png': [BEN],
    'eve.png': [EVE],
    'people/eve.jpg': [{ 9: 1 }],
    'party.png': {
      faces: [ANN, BEN].map((look, i) => ({ looks: [look], box: BOXES[i] as [number, number, number, number] })),
    },
    'visit.png': [EVE],
  });
  const diary = join(folder, 'diary');
  const state = join(folder, 'state');
  const env = { ...plantedEnvironment(folder), FR_FIXTURE_DIARY: diary, XDG_STATE_HOME: state };
  await start('fr-train', ['eve.png', '-o', 'people/eve.csv'], { cwd: folder, env });
  await writeFile(diary, '');
  const run = (...args: string[]) => start('fr-recognize', args, { cwd: folder, env });
  const asked = () => readFileSync(diary, 'utf8').split('\n').length - 1;
  return { folder, run, asked, cache: join(folder, 'cache/serverless-face-recognition') };
}

test('a folder of photos, a photo and a model are three people', async () => {
  const { run } = await makeGallery();
  const { stdout, exitCode } = await run('--gallery', 'people', 'party.png', 'visit.png');
  expect(stdout).toBe('party.png\tann\tben\nvisit.png\teve');
  expect(exitCode).toBe(0);
});

test('the second run looks at no photo again: their vectors are in a file of their own, for its owner alone', async () => {
  const { folder, run, asked, cache } = await makeGallery();
  const { stderr } = await run('--gallery', 'people', 'party.png');
  expect(stderr).toMatch(
    /^fr-recognize: vectors of enrolled photos are kept in \S+\.people\.vectors until fr-recognize --forget$/m,
  );
  expect(asked()).toBe(4);
  await run('--gallery', 'people', 'party.png', 'visit.png');
  expect(asked()).toBe(6);
  const [file, ...more] = await readdir(cache);
  expect(more).toEqual([]);
  expect((await stat(join(cache, file as string))).mode & 0o777).toBe(0o600);
  const [journal] = await readdir(join(folder, 'state/serverless-face-recognition'));
  const text = await readFile(join(folder, 'state/serverless-face-recognition', journal as string), 'utf8');
  expect(text).not.toMatch(/[A-Za-z0-9+/]{600}/); // a vector in base64 has 684 characters
});

test('a photo that is new is enrolled, and one that is gone is not', async () => {
  const { folder, run, asked } = await makeGallery();
  await run('--gallery', 'people', 'party.png');
  plantFolder(folder, { 'people/joe.png': [{ 3: 1 }], 'joe.png': [{ 3: 1, 7: 0.1 }] });
  const before = asked();
  expect((await run('--gallery', 'people', 'joe.png')).stdout).toBe('joe');
  expect(asked() - before).toBe(2);
});

test('--forget deletes the vectors, with a gallery or alone', async () => {
  const { run, cache } = await makeGallery();
  await run('--gallery', 'people', 'party.png');
  expect((await run('--gallery', 'people', 'party.png', '--forget')).stdout).toBe('ann\nben');
  expect(await readdir(cache)).toEqual([]);
  await run('--gallery', 'people', 'party.png');
  const { stderr } = await run('--forget');
  expect(stderr).toContain('and the face vectors of enrolled photos');
  expect(await readdir(cache)).toEqual([]);
});

test('a photo that cannot be enrolled is left out with a line, also on the second run', async () => {
  const { folder, run } = await makeGallery();
  const faces = [ANN, BEN].map((look, i) => ({ looks: [look], box: BOXES[i] as [number, number, number, number] }));
  plantFolder(folder, { 'people/ann/group.png': { faces } });
  for (const _ of [1, 2]) {
    const { stdout, stderr } = await run('-q', '--gallery', 'people', 'party.png');
    expect(stdout).toBe('ann\nben');
    expect(stderr).toMatch(/^fr-recognize: left out: people\/ann\/group\.png: 2 faces found and one is needed/);
    expect(stderr.split('\n')).toHaveLength(1);
  }
});

test('somebody of whom no photo can be used ends the run, by name', async () => {
  const { folder, run } = await makeGallery();
  plantFolder(folder, { 'people/joe/wall.png': { faces: [] } });
  const { stdout, stderr, exitCode } = await run('-q', '--gallery', 'people', 'party.png');
  expect(stderr.split('\n').at(-1)).toBe('fr-recognize: joe: no photo can be used: the lines above say why');
  expect([stdout, exitCode]).toEqual(['', 2]);
});

test('photos of two people in one folder are refused, by the name of the folder', async () => {
  const { folder, run } = await makeGallery();
  plantFolder(folder, { 'people/ann/3.png': [BEN] });
  const { stderr, exitCode } = await run('-q', '--gallery', 'people', 'party.png');
  expect(stderr).toMatch(/^fr-recognize: ann: the model seems to hold two people/);
  expect(exitCode).toBe(2);
});

test('a report shows the first photo of a person who has no model', async () => {
  const { folder, run } = await makeGallery();
  await run('--gallery', 'people', 'party.png', '--report', 'out.html');
  const page = await readFile(join(folder, 'out.html'), 'utf8');
  expect(page.match(/<figcaption>enrolled: <bdi>(ann|ben)</g)).toHaveLength(2);
});

test('a folder of people with nobody in it says what to put there', async () => {
  const { folder, run } = await makeGallery();
  await mkdir(join(folder, 'nobody/empty'), { recursive: true });
  const { stderr, exitCode } = await run('--gallery', 'nobody', 'party.png');
  expect(stderr).toContain('nobody: holds no model and no photo: put NAME.csv');
  expect(exitCode).toBe(2);
});
