// fr-recognize as a user runs it.
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Explanation, JudgedFace } from '../../handler/answers.ts';
import { formatModel } from '../../handler/matching/vectors.ts';
import { demoPhoto, scratchFolder, seedPhoto, start, testWithSeedPhotos, WOMAN } from '../helpers.ts';
import { pairBackground, plantedEnvironment, plantFolder, vectorOf } from '../planted.ts';

const NOTE = 'fr-recognize: running on this machine';
const GROUP = demoPhoto(1);

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
  model = join(folder, 'woman.csv');
  const { exitCode } = await start('fr-train', [WOMAN, '-o', model]);
  expect(exitCode).toBe(0);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('prints True and exits 0 for a picture of the person', async () => {
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, WOMAN]);
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'True', stderr: NOTE, exitCode: 0 });
});

test('prints False and exits 1 for a picture of others', async () => {
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, GROUP]);
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'False', stderr: NOTE, exitCode: 1 });
});

testWithSeedPhotos("answers the original's own example: john1 True, john2 True, jim-carrey False", async () => {
  const john = join(await scratchFolder(), 'john.csv');
  await start('fr-train', [seedPhoto('john0'), '-o', john]);
  const pictures = ['john1', 'john2', 'jim-carrey'].map(seedPhoto);
  const answers = await Promise.all(pictures.map((picture) => start('fr-recognize', [john, picture])));
  expect(answers.map(({ stdout, exitCode }) => [stdout, exitCode])).toEqual([
    ['True', 0],
    ['True', 0],
    ['False', 1],
  ]);
});

test('judges a folder in the order of its paths, skipping what is no picture', async () => {
  const album = await scratchFolder();
  mkdirSync(join(album, 'b', 'deep'), { recursive: true });
  copyFileSync(WOMAN, join(album, 'b', 'deep', 'her.JPEG'));
  copyFileSync(GROUP, join(album, 'a.jpg'));
  writeFileSync(join(album, 'notes.txt'), 'not a picture');
  writeFileSync(join(album, '.hidden.jpg'), 'not a picture');
  const { stdout, exitCode } = await start('fr-recognize', [model, album]);
  expect(stdout).toBe(`${album}/a.jpg\tFalse\n${album}/b/deep/her.JPEG\tTrue`);
  expect(exitCode).toBe(0);
});

test('judges the others when a picture is bad, and exits 2', async () => {
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, 'gone.jpg', GROUP, 'package.json', WOMAN]);
  expect(stdout).toBe(`${GROUP}\tFalse\n${WOMAN}\tTrue`);
  expect(stderr.split('\n')).toEqual([
    NOTE,
    'fr-recognize: gone.jpg: there is no such file: check the name',
    expect.stringMatching(/^fr-recognize: package\.json: the picture cannot be used: /),
    'fr-recognize: matched 1, judged 2, refused 2, skipped 0',
  ]);
  expect(exitCode).toBe(2);
});

test('exits 1 when none of several pictures shows the person', async () => {
  const { stdout, exitCode } = await start('fr-recognize', [model, GROUP, demoPhoto(4), '-q']);
  expect(stdout.split('\n').every((line) => line.endsWith('\tFalse'))).toBe(true);
  expect(exitCode).toBe(1);
});

test('--thorough finds the face that a plain look does not', async () => {
  const own = await scratchFolder();
  const [ann, picture] = [join(own, 'ann.csv'), join(own, 'party.png')];
  writeFileSync(ann, formatModel([vectorOf({ 0: 1 })]));
  plantFolder(own, { 'party.png': { faces: [{ looks: [{ 5: 1 }] }, { looks: [{ 0: 1 }], hidden: true }] } });
  const env = plantedEnvironment(own);
  const answers = [];
  for (const options of [[], ['--thorough']]) {
    const { stdout, exitCode } = await start('fr-recognize', [ann, picture, '-q', ...options], { env });
    answers.push([stdout, exitCode]);
  }
  expect(answers).toEqual([
    ['False', 1],
    ['True', 0],
  ]);
});

test('--thorough looks for more faces, and leaves the verdict of those found without it', async () => {
  const judge = async (...options: string[]) => {
    const { stdout } = await start('fr-recognize', [model, demoPhoto(2), '--json', '-q', ...options]);
    return JSON.parse(stdout) as { face_present: string; faces: JudgedFace[] };
  };
  const [plain, thorough] = [await judge(), await judge('--thorough')];
  expect(thorough.face_present).toBe('True');
  expect(thorough.faces).toEqual(
    expect.arrayContaining(plain.faces.map(({ box }) => expect.objectContaining({ box }))),
  );
});

test('--json prints one object a picture, failures included', async () => {
  const { stdout, exitCode } = await start('fr-recognize', [model, 'gone.jpg', WOMAN, '--json', '-q']);
  const [failed, judged, ...rest] = stdout.split('\n').map((line) => JSON.parse(line));
  expect(rest).toEqual([]);
  expect(failed).toEqual({
    picture: 'gone.jpg',
    error: { name: 'RequestError', code: 'BAD_REQUEST', message: 'there is no such file: check the name' },
    where: 'this machine',
  });
  expect(judged).toMatchObject({ picture: WOMAN, face_present: 'True', where: 'this machine' });
  expect(judged.faces[0]).toMatchObject({ face: 1, verdict: 'True', box: { left: expect.any(Number) } });
  expect(judged.duration_ms).toBeGreaterThan(0);
  expect(JSON.stringify(judged)).not.toContain('explanation');
  expect(exitCode).toBe(2);
});

test('--json --explain holds what each verdict can be recomputed from', async () => {
  const { stdout } = await start('fr-recognize', [model, GROUP, '--json', '--explain']);
  const { faces, threshold } = JSON.parse(stdout) as { faces: JudgedFace[]; threshold: number };
  expect(faces.length).toBeGreaterThan(1);
  for (const { explanation, computed_from, distance, verdict, nearest_row } of faces) {
    const why = explanation as Explanation;
    const [own, others] = [why.background, why.model_background].map(({ near, all }) => near / all) as [number, number];
    expect(why.rows[0]?.row).toBe(nearest_row);
    expect([computed_from.background, computed_from.model_background]).toEqual([own, others]);
    const recomputed = computed_from.euclidean / pairBackground(own, others, computed_from.turn);
    expect(recomputed).toBeCloseTo(distance, 9);
    expect(why.margin).toBeCloseTo(threshold - distance, 9);
    expect(recomputed <= threshold ? 'True' : 'False').toBe(verdict);
  }
});

test('--explain tells people on standard error and keeps the answer alone on standard output', async () => {
  const { stdout, stderr } = await start('fr-recognize', [model, GROUP, '--explain']);
  expect(stdout).toBe('False');
  const [, euclidean, background, distance] = /^ {2}([\d.]+) \/ ([\d.]+) = ([\d.]+)$/m.exec(stderr)?.map(Number) ?? [];
  expect((euclidean as number) / (background as number)).toBeCloseTo(distance as number, 4);
  expect(stderr).toMatch(/^ {2}of the two together, with a turn of 0\.\d{6}: they m(ust|ay|atch) /m);
  expect(stderr).toMatch(
    /sample1\.jpg: face 1 at \d+,\d+ to \d+,\d+: False: distance [\d.]+ > threshold [\d.]+, false match rate [\d.e-]+, margin -/,
  );
});

test('--threshold replaces the default', async () => {
  const { stdout, exitCode } = await start('fr-recognize', [model, GROUP, '--threshold', '9', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ face_present: 'True', threshold: 9 });
  expect(exitCode).toBe(0);
});

test('reads the model or the picture from standard input', async () => {
  const [modelPiped, picturePiped] = await Promise.all([
    start('fr-recognize', ['-', WOMAN], { stdin: readFileSync(model) }),
    start('fr-recognize', [model, '-'], { stdin: readFileSync(WOMAN) }),
  ]);
  expect([modelPiped.stdout, picturePiped.stdout]).toEqual(['True', 'True']);
});

test('names the model when the model is at fault, once however many pictures there are', async () => {
  const stranger = join(await scratchFolder(), 'openface.csv');
  writeFileSync(stranger, '# face-vectors 1 openface-nn4\n1,2,3\n');
  const cases = [
    [stranger, /^fr-recognize: .*openface\.csv: the model was made by the network openface-nn4 /],
    [WOMAN, /^fr-recognize: .*sample2\.jpg: is a picture where a model is needed: make the model with fr-train/],
    ['gone.csv', /^fr-recognize: gone\.csv: there is no such file: check the name$/],
    ['package.json', /^fr-recognize: package\.json: the model /],
  ] as const;
  for (const [path, line] of cases) {
    const { stdout, stderr, exitCode } = await start('fr-recognize', [path, GROUP, demoPhoto(4), '-q']);
    expect(stderr).toMatch(line);
    expect(stderr.split('\n')).toHaveLength(1);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  }
});

test('refuses the model as its own picture', async () => {
  const { stderr, exitCode } = await start('fr-recognize', [model, GROUP, model]);
  expect(stderr).toBe(`fr-recognize: ${model}: is given as the model and as a picture: name a picture`);
  expect(exitCode).toBe(2);
});

test('refuses a folder without pictures', async () => {
  const empty = await scratchFolder();
  const { stderr, exitCode } = await start('fr-recognize', [model, empty]);
  expect(stderr).toBe(`fr-recognize: ${empty}: holds no picture (jpg, jpeg, png, webp, gif, heic, avif)`);
  expect(exitCode).toBe(2);
});

test('stops at once where no sidecar can be started', async () => {
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, GROUP, WOMAN, '-q'], {
    env: { FR_SIDECAR: '/nowhere/fr-sidecar' },
  });
  expect(stderr).toMatch(/^fr-recognize: the sidecar \/nowhere\/fr-sidecar cannot be started .*: run npm run setup$/);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});

test('shows control characters of a file name as ls does', async () => {
  const { stderr } = await start('fr-recognize', [model, 'a\u001b[31m\nb.jpg', '-q']);
  expect(stderr).toBe("fr-recognize: 'a'$'\\033''[31m'$'\\n''b.jpg': there is no such file: check the name");
});

test('refuses a model joined of two people, with how far they are apart, unless one insists', async () => {
  const folder = await scratchFolder();
  const [both, twice] = [join(folder, 'both.csv'), join(folder, 'twice.csv')];
  const other = (await start('fr-train', ['--face', '2', demoPhoto(3)])).stdout;
  writeFileSync(both, `${readFileSync(model, 'utf8')}${other}\n`);
  writeFileSync(twice, `${other}\n${other}\n`);
  const refused = await start('fr-recognize', [both, WOMAN, '-q']);
  expect(refused.stderr).toMatch(
    /^fr-recognize: .*both\.csv: the model seems to hold two people: its photos 1 and 2 are 0\.\d+ apart, and one person's are at most 0\.52: train each person separately, or insist with --one-person/,
  );
  expect(refused.exitCode).toBe(2);
  const insisted = await start('fr-recognize', [both, WOMAN, '-q', '--one-person']);
  expect(insisted).toMatchObject({ stderr: '', exitCode: expect.toBeOneOf([0, 1]) });
  expect((await start('fr-recognize', [twice, demoPhoto(3), '-q'])).stdout).toBe('True');
});

test('refuses a model of 130,000 rows, and one of ten gigabytes unread, in a line', async () => {
  const folder = await scratchFolder();
  const [long, large] = [join(folder, 'long.csv'), join(folder, 'large.csv')];
  writeFileSync(long, `${Array(128).fill(1).join()}\n`.repeat(130_000));
  writeFileSync(large, '# a comment\n');
  truncateSync(large, 10 * 2 ** 30);
  const [rows, bytes] = await Promise.all([long, large].map((path) => start('fr-recognize', [path, WOMAN, '-q'])));
  expect(rows?.stderr).toBe(`fr-recognize: ${long}: the model has more than 10000 rows: use one of fewer photos`);
  expect(bytes?.stderr).toBe(
    `fr-recognize: ${large}: is larger than 64 MiB, and no model is: name a model made by fr-train`,
  );
  expect([rows?.exitCode, bytes?.exitCode]).toEqual([2, 2]);
});

test('refuses --null together with --json', async () => {
  const { stderr, exitCode } = await start('fr-recognize', [model, WOMAN, '-0', '--json']);
  expect(stderr).toBe('fr-recognize: --null and --json cannot be used together: JSON holds any name as it is');
  expect(exitCode).toBe(2);
});

test('a JPEG that lacks only its end mark is used: a note on standard error, and one in the JSON', async () => {
  const cut = join(await scratchFolder(), 'cut.jpg');
  writeFileSync(cut, readFileSync(WOMAN).subarray(0, -2));
  const note = 'the JPEG lacks its end mark, and nothing else: it is used as it is';
  const plain = await start('fr-recognize', [model, cut]);
  expect(plain).toMatchObject({ stdout: 'True', exitCode: 0 });
  expect(plain.stderr).toBe(`${NOTE}\nfr-recognize: ${cut}: ${note}`);
  const [json, train] = [await start('fr-recognize', [model, cut, '--json', '-q']), await start('fr-train', [cut])];
  expect(JSON.parse(json.stdout)).toMatchObject({ face_present: 'True', notes: [note] });
  expect(train.exitCode).toBe(0);
  expect(train.stderr).toContain(`fr-train: ${cut}: ${note}`);
});
