// fr-group as a user runs it, on pictures whose faces are known.
import { readFileSync, renameSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parsePhotos } from '../../../handler/matching/vectors.ts';
import { demoPhoto, scratchFolder, start } from '../../helpers.ts';
import { type Look, type Plant, plantedEnvironment, plantFolder } from '../../planted.ts';

const ANN: Look = { 0: 1 };
const BEN: Look = { 1: 1 };
const EVE: Look = { 2: 1 };
/** Almost Ann. */
const ANN_TURNED: Look = { 0: 1, 5: 0.1 };

const BOXES: [number, number, number, number][] = [
  [0, 0, 20, 20],
  [30, 0, 50, 20],
];

function together(...looks: Look[]): Plant {
  return { faces: looks.map((look, i) => ({ looks: [look], ...(BOXES[i] && { box: BOXES[i] }) })) };
}

/** A library of three people: Ann in three pictures, Ben in two, Eve in one. */
async function makeLibrary() {
  const folder = await scratchFolder();
  const photos = join(folder, 'photos');
  plantFolder(photos, {
    'a.png': [ANN],
    '2024/b.png': together(ANN_TURNED, BEN),
    '2024/c.png': together(BEN, ANN),
    'd.png': [EVE],
  });
  const diary = join(folder, 'diary');
  const env = { ...plantedEnvironment(folder), FR_FIXTURE_DIARY: diary };
  const run = (...more: string[]) => start('fr-group', ['photos', '-o', 'people', ...more], { cwd: folder, env });
  const asked = () => readFileSync(diary, 'utf8').trim().split('\n').length;
  return { folder, photos, people: join(folder, 'people'), env, run, asked };
}

test('prints everybody with two faces or more, the largest group first, and makes a model and a photo of each', async () => {
  const { people, run } = await makeLibrary();
  const { stdout, stderr, exitCode } = await run();
  expect(stdout).toBe('person-001\t3\nperson-002\t2');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^fr-group: face vectors are kept in \S+\.vectors until fr-group --forget$/m);
  expect(stderr).toContain('6 faces in 4 pictures: 2 people with 5 faces, 1 others; refused 0');
  const files = (await readdir(people)).sort();
  expect(files).toEqual(['person-001.csv', 'person-001.jpg', 'person-002.csv', 'person-002.jpg', 'report.html']);
  for (const file of files) expect(statSync(join(people, file)).mode & 0o777, file).toBe(0o600);
  expect(parsePhotos(await readFile(join(people, 'person-001.csv'), 'utf8')).map(({ length }) => length)).toEqual([
    8, 8, 8,
  ]);
});

test('a renamed model is known by its name to fr-recognize, and to the next run, which changes no file of a person', async () => {
  const { photos, people, env, run, asked } = await makeLibrary();
  await run();
  for (const end of ['csv', 'jpg']) renameSync(join(people, `person-001.${end}`), join(people, `ann.${end}`));
  const named = await start('fr-recognize', ['--gallery', people, join(photos, '2024/c.png')], { env });
  expect(named.stdout).toBe('person-002\nann');
  const before = await Promise.all(['ann.csv', 'person-002.csv'].map((file) => readFile(join(people, file), 'utf8')));
  plantFolder(photos, { 'e.png': together(ANN, EVE), 'f.png': [{ 3: 1 }], 'g.png': [{ 3: 1, 6: 0.1 }] });
  const looks = asked();
  const { stdout } = await run();
  expect(stdout).toBe('ann\t4\nperson-002\t2\nperson-003\t2\nperson-004\t2');
  expect(asked() - looks).toBe(3 + 4); // the new pictures, and a look at every photo of the two new models
  const after = await Promise.all(['ann.csv', 'person-002.csv'].map((file) => readFile(join(people, file), 'utf8')));
  expect(after).toEqual(before);
});

test('--json prints all faces of a person; --least chooses who gets a model', async () => {
  const { run, people } = await makeLibrary();
  const { stdout } = await run('--json', '--least', '3');
  const [only, ...more] = stdout.split('\n').map((line) => JSON.parse(line));
  expect(more).toEqual([]);
  expect(only.name).toBe('person-001');
  expect(only.faces).toContainEqual({
    picture: 'photos/2024/c.png',
    face: 2,
    box: { left: 30, top: 0, right: 50, bottom: 20 },
  });
  expect(await readdir(people)).not.toContain('person-002.csv');
});

test('--forget deletes the vectors, before a run or alone', async () => {
  const { folder, env, run, asked } = await makeLibrary();
  const kept = async () => (await readdir(join(folder, 'cache/serverless-face-recognition'))).length;
  await run();
  expect(await kept()).toBe(1);
  const looks = asked();
  const { stdout } = await run('--forget');
  expect(stdout).toBe('person-001\t3\nperson-002\t2');
  expect([await kept(), asked() - looks]).toEqual([0, 4]);
  await run();
  const alone = await start('fr-group', ['--forget'], { env });
  expect([alone.stderr, await kept()]).toEqual(['fr-group: 1 file of face vectors deleted', 0]);
});

test('a picture that cannot be used costs one line, and the exit status says so', async () => {
  const { photos, run } = await makeLibrary();
  await writeFile(join(photos, 'broken.jpg'), 'nothing');
  plantFolder(photos, { 'odd.png': { refused: 'it is odd' } });
  const { stdout, stderr, exitCode } = await run('-q');
  expect(stdout).toBe('person-001\t3\nperson-002\t2');
  expect(stderr.split('\n')).toEqual(['fr-group: photos/odd.png: the picture cannot be used: it is odd']);
  expect(exitCode).toBe(2);
});

test('nobody in the pictures is exit status 1, and still a report', async () => {
  const { folder, env } = await makeLibrary();
  plantFolder(join(folder, 'empty'), { 'wall.png': { faces: [] } });
  const { stdout, exitCode } = await start('fr-group', ['empty', '-o', 'nobody'], { cwd: folder, env });
  expect([stdout, exitCode]).toEqual(['', 1]);
  expect(await readFile(join(folder, 'nobody/report.html'), 'utf8')).toContain('0 people');
});

test('the report has a row a person and everybody else, and no script', async () => {
  const { people, run } = await makeLibrary();
  await run();
  const page = await readFile(join(people, 'report.html'), 'utf8');
  const rows = [...page.matchAll(/<h2>(?:<bdi>)?([^<]+)/g)].map(([, name]) => name?.trim());
  expect(rows).toEqual(['person-001', 'person-002', 'Everybody else']);
  expect(page.match(/<img /g)).toHaveLength(6);
  expect(page).toContain('href="./../photos/2024/b.png"');
  expect(page).not.toContain('<script');
});

test('groups the demo’s photographs: the woman of two of them is one person', async () => {
  const folder = await scratchFolder();
  const env = { XDG_CACHE_HOME: join(folder, 'cache') };
  const { stdout } = await start('fr-group', [demoPhoto(1), demoPhoto(3), '-o', folder], { env });
  expect(stdout).toBe('person-001\t2');
});

test.each([
  [[], 'which pictures?'],
  [['photos'], 'where shall the people go?'],
  [['-', '-o', 'people'], 'standard input cannot be read twice'],
  [['photos', '-o', 'file'], 'is not a folder'],
  [['photos', '-o', 'people', '--least', '0'], '--least needs a whole number'],
  [['photos', '-o', 'people', '--threshold', '-1'], '--threshold needs a number above 0'],
  [['photos', '-o', 'people', '--jobs', '0'], '--jobs needs a whole number'],
  [['gone', '-o', 'people'], 'gone: there is no such file'],
  [['photos', '-o', 'other'], 'eve.csv: '],
])('%j is refused with one line', async (args, reason) => {
  const { folder, env } = await makeLibrary();
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other/eve.csv'), '1,2,3\n');
  const { stdout, stderr, exitCode } = await start('fr-group', [...args, '-q'], { cwd: folder, env });
  expect(stderr.split('\n')).toHaveLength(1);
  expect(stderr).toContain(reason);
  expect([stdout, exitCode]).toEqual(['', 2]);
});
