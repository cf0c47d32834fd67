// fr-train as a user runs it.
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseModel } from '../../handler/matching/vectors.ts';
import { DIST, demoPhoto, ROOT, scratchFolder, seedPhoto, start, testWithSeedPhotos, WOMAN } from '../helpers.ts';

const FR_TRAIN = join(DIST, 'tools', 'fr-train.js');
const NOTE = 'fr-train: running on this machine';
const GROUP = demoPhoto(1);

test('prints a model of distinct rows and says where it ran', async () => {
  const { stdout, stderr, exitCode } = await start('fr-train', [WOMAN]);
  expect({ stderr, exitCode }).toEqual({ stderr: NOTE, exitCode: 0 });
  expect(parseModel(stdout)).toHaveLength(8);
  expect(new Set(stdout.split('\n')).size).toBe(9);
});

test('gives the same bytes for the same photo, from a file and from standard input', async () => {
  const [fromFile, fromInput] = await Promise.all([
    start('fr-train', [WOMAN]),
    start('fr-train', ['-'], { stdin: readFileSync(WOMAN) }),
  ]);
  expect(fromInput.exitCode).toBe(0);
  expect(fromInput.stdout === fromFile.stdout).toBe(true);
});

test('is silent with --quiet', async () => {
  const { stderr, exitCode } = await start('fr-train', [WOMAN, '--quiet']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
});

test('refuses a group and says where each face is; --face chooses one', async () => {
  const refused = await start('fr-train', [GROUP]);
  expect(refused.stdout).toBe('');
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toMatch(
    /sample1\.jpg: \d faces found and one is needed: .*--face N: 1 at \d+,\d+ to \d+,\d+; 2 at/,
  );
  const chosen = await start('fr-train', [GROUP, '--face', '2']);
  expect(chosen.exitCode).toBe(0);
  expect(parseModel(chosen.stdout)).toHaveLength(8);
});

test('asks which of several people of one size is meant, though a plain look finds only one of them', async () => {
  const { stdout, stderr, exitCode } = await start('fr-train', [demoPhoto(2), '-q']);
  expect(stderr).toMatch(/sample2\.jpg: 3 faces found and one is needed: .*--face N: 1 at \d+,\d+ to \d+,\d+; 2 at/);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});

test('--box trains on the face in a box as on the face that is found there, and on one that is not found', async () => {
  const refused = await start('fr-train', [GROUP]);
  const [, left, top, right, bottom] = /: 1 at (\d+),(\d+) to (\d+),(\d+);/.exec(refused.stderr) ?? [];
  const box = [left, top, right, bottom].join();
  const [given, found] = await Promise.all([
    start('fr-train', [GROUP, '--box', box]),
    start('fr-train', [GROUP, '--face', '1']),
  ]);
  expect(given.exitCode).toBe(0);
  expect(given.stdout === found.stdout).toBe(true);
  const folder = await scratchFolder();
  const turned = join(folder, 'part.png'); // a third of a face, which no detector finds
  await sharp(GROUP).extract({ left: 376, top: 376, width: 70, height: 216 }).png().toFile(turned);
  expect((await start('fr-train', [turned, '-q'])).stderr).toContain('no face found');
  expect((await start('fr-train', [turned, '--box', '0,0,70,216', '-q'])).exitCode).toBe(0);
});

test.each([
  ['--box', 'a', 'fr-train: --box needs four whole numbers, LEFT,TOP,RIGHT,BOTTOM in pixels: 120,80,220,180'],
  ['--box', '9,9,8,10', 'fr-train: --box needs four whole numbers, LEFT,TOP,RIGHT,BOTTOM in pixels: 120,80,220,180'],
  [
    '--box',
    '0,0,19,19',
    `fr-train: ${WOMAN}: the picture cannot be used: the box is too small: 20 pixels a side are needed`,
  ],
  ['--box', '9000,0,9100,100', expect.stringMatching(/: the box is not in the picture of \d+ x \d+ pixels$/)],
  ['--person', 'ann', 'fr-train: --person chooses a person of --corrections: add --corrections FILE'],
  ['--corrections', 'package.json', expect.stringMatching(/^fr-train: package\.json: is not a file of corrections: /)],
])('refuses %s %s with one line', async (option, value, line) => {
  const { stderr, stdout, exitCode } = await start('fr-train', [WOMAN, option, value, '-q']);
  expect({ stderr, stdout, exitCode }).toEqual({ stderr: line, stdout: '', exitCode: 2 });
});

test('takes a folder, and leaves out what cannot be used, with a line each at the end', async () => {
  const folder = await scratchFolder();
  for (const [name, photo] of Object.entries({ 'a.jpg': WOMAN, 'group.jpg': GROUP })) {
    symlinkSync(photo, join(folder, name));
  }
  writeFileSync(join(folder, 'bad.png'), 'no picture');
  const { stderr, stdout, exitCode } = await start('fr-train', [folder, '-q']);
  expect(exitCode).toBe(0);
  expect(stdout === (await start('fr-train', [WOMAN])).stdout).toBe(true);
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^fr-train: left out: .*bad\.png: the picture cannot be used: /),
    expect.stringMatching(/^fr-train: left out: .*group\.jpg: \d faces found and one is needed: /),
    'fr-train: enrolled 1, left out 2',
  ]);
});

test('refuses a face number that the photo does not have', async () => {
  const { stderr, exitCode } = await start('fr-train', [GROUP, '--face', '99', '-q']);
  expect(stderr).toContain('sample1.jpg: there is no face 99 among the');
  expect(exitCode).toBe(2);
});

test('-o writes the model for its owner only and leaves nothing beside it', async () => {
  const folder = await scratchFolder();
  const { stdout, exitCode } = await start('fr-train', [WOMAN, '-o', join(folder, 'ann.csv')]);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
  expect(statSync(join(folder, 'ann.csv')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['ann.csv']);
  expect(parseModel(readFileSync(join(folder, 'ann.csv'), 'utf8'))).toHaveLength(8);
});

test('-o replaces what a symbolic link points to, and keeps the link', async () => {
  const folder = await scratchFolder();
  mkdirSync(join(folder, 'safe'));
  writeFileSync(join(folder, 'safe', 'ann.csv'), 'old');
  symlinkSync(join('safe', 'ann.csv'), join(folder, 'link.csv'));
  const { exitCode } = await start('fr-train', [WOMAN, '-o', join(folder, 'link.csv')]);
  expect(exitCode).toBe(0);
  expect(parseModel(readFileSync(join(folder, 'safe', 'ann.csv'), 'utf8'))).toHaveLength(8);
  expect(readdirSync(folder)).toEqual(['link.csv', 'safe']);
});

test('-o leaves an older model as it was when training fails', async () => {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'ann.csv'), 'older');
  const { exitCode } = await start('fr-train', [join(ROOT, 'package.json'), '-o', join(folder, 'ann.csv')]);
  expect(exitCode).toBe(2);
  expect(readFileSync(join(folder, 'ann.csv'), 'utf8')).toBe('older');
  expect(readdirSync(folder)).toEqual(['ann.csv']);
});

test('-o writes directly to a pipe or a device', async () => {
  const pipe = join(await scratchFolder(), 'pipe');
  await execa('mkfifo', [pipe]);
  const [{ exitCode }, { stdout }] = await Promise.all([start('fr-train', [WOMAN, '-o', pipe]), execa('cat', [pipe])]);
  expect(exitCode).toBe(0);
  expect(parseModel(stdout)).toHaveLength(8);
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test('-o and standard output both report a full disk', async () => {
  const [output, redirected] = await Promise.all([
    start('fr-train', [WOMAN, '-q', '-o', '/dev/full']),
    execa('sh', ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, FR_TRAIN, WOMAN, '-q'], { reject: false }),
  ]);
  expect(output.stderr).toBe('fr-train: /dev/full: cannot be written (ENOSPC): choose another place');
  expect(redirected.stderr).toBe('fr-train: standard output cannot be written (ENOSPC): is the disk full?');
  expect([output.exitCode, redirected.exitCode]).toEqual([2, 2]);
});

test('-o leaves the draft of another process alone', async () => {
  const folder = await scratchFolder();
  // A program of this process number that was killed while it wrote, as in another container with this folder in common.
  const sabotage = join(folder, 'sabotage.mjs');
  writeFileSync(sabotage, 'Object.defineProperty(process, "pid", { value: 7 });');
  const drafts = ['.ann.csv.7.tmp', '.fr-7-.tmp', '.fr-7-0.tmp'];
  for (const draft of drafts) writeFileSync(join(folder, draft), 'theirs');
  const env = { NODE_OPTIONS: `--import=${sabotage}` };
  const { stderr, exitCode } = await start('fr-train', [WOMAN, '-q', '-o', join(folder, 'ann.csv')], { env });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  for (const draft of drafts) expect(readFileSync(join(folder, draft), 'utf8')).toBe('theirs');
  expect(readdirSync(folder).toSorted()).toEqual([...drafts, 'ann.csv', 'sabotage.mjs'].toSorted());
});

test.each([
  ['m.csv/x', /^fr-train: F\/m\.csv\/x: is inside a file, not a folder: choose another place$/],
  ['round', /^fr-train: F\/round: is a link that leads back to itself: choose another name$/],
  ['round/x', /^fr-train: F\/round\/x: is a link that leads back to itself: choose another name$/],
  [
    `${'n'.repeat(300)}.csv`,
    /^fr-train: F\/n{300}\.csv: has a name that is too long for a file: choose a shorter one$/,
  ],
])('-o %s is refused before the work, in a line', async (output, line) => {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'm.csv'), 'a file');
  symlinkSync('round', join(folder, 'round'));
  // No sidecar: nothing is begun.
  const env = { FR_SIDECAR: '/nowhere/fr-sidecar' };
  const { stderr, exitCode } = await start('fr-train', [WOMAN, '-q', '-o', join(folder, output)], { env });
  expect(stderr.replaceAll(folder, 'F')).toMatch(line);
  expect(exitCode).toBe(2);
});

test('-o accepts the longest file name', async () => {
  const folder = await scratchFolder();
  const name = `${'n'.repeat(251)}.csv`;
  const { stderr } = await start('fr-train', [WOMAN, '-q', '-o', join(folder, name)]);
  expect({ stderr, files: readdirSync(folder) }).toEqual({ stderr: '', files: [name] });
});

test('refuses destinations before it does any work', async () => {
  const folder = await scratchFolder();
  const photo = join(folder, 'photo.jpg');
  writeFileSync(photo, readFileSync(WOMAN));
  const lines = await Promise.all(
    [folder, join(folder, 'none', 'ann.csv'), photo].map(async (output) => {
      const { stderr, exitCode } = await start('fr-train', [photo, '-o', output]);
      expect(exitCode).toBe(2);
      return stderr.replaceAll(folder, 'F');
    }),
  );
  expect(lines).toEqual([
    "fr-train: F: is not a file's name: name a file",
    'fr-train: F/none/ann.csv: there is no folder F/none: make it first',
    'fr-train: F/photo.jpg: is also read, and would be overwritten: choose another name',
  ]);
  expect(readFileSync(photo).equals(readFileSync(WOMAN))).toBe(true);
});

test.each([
  ['nowhere.jpg', 'fr-train: nowhere.jpg: there is no such file: check the name'],
  ['native', /^fr-train: native: holds no picture \(jpg, .*\), but \d+ other files$/],
  ['package.json', /^fr-train: package\.json: the picture cannot be used: .*text/],
])('names %s and what to do in one line', async (photo, line) => {
  const { stdout, stderr, exitCode } = await start('fr-train', [photo, '-q']);
  expect(stderr).toMatch(line);
  expect(stderr.split('\n')).toHaveLength(1);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});

test('refuses a file above FR_MAX_BYTES without reading it', async () => {
  const { stderr, exitCode } = await start('fr-train', [WOMAN, '-q'], { env: { FR_MAX_BYTES: '1000' } });
  expect(stderr).toMatch(/sample2\.jpg: is larger than 1000 bytes: .* raise FR_MAX_BYTES$/);
  expect(exitCode).toBe(2);
  const endless = await start('fr-train', ['/dev/zero', '-q'], { env: { FR_MAX_BYTES: '1000' } });
  expect(endless.stderr).toMatch(/^fr-train: \/dev\/zero: is larger than 1000 bytes/);
});

test('refuses a second person among the photos and writes nothing', async () => {
  const { stdout, stderr, exitCode } = await start('fr-train', [WOMAN, WOMAN, await cropOfSomeoneElse(), '-q']);
  expect(stderr).toMatch(
    /^fr-train: .*other\.png: shows a different person from the other photos, 0\.\d+ apart, .*: leave it out/,
  );
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  const insisted = await start('fr-train', [WOMAN, await cropOfSomeoneElse(), '-q', '--one-person']);
  expect(parseModel(insisted.stdout)).toHaveLength(2 * 8);
});

testWithSeedPhotos('joins the models of several photos of one person under one comment', async () => {
  const { stdout, exitCode } = await start('fr-train', ['john0', 'john1', 'john2'].map(seedPhoto));
  expect(exitCode).toBe(0);
  expect(parseModel(stdout)).toHaveLength(3 * 8);
  expect(stdout.match(/^#/gm)).toHaveLength(1);
});

testWithSeedPhotos('refuses two photos of two people', async () => {
  const { stderr, exitCode } = await start('fr-train', [seedPhoto('john0'), seedPhoto('jim-carrey'), '-q']);
  expect(stderr).toMatch(
    /john0\.jpg: shows a different person from .*jim-carrey\.jpg, 0\.\d+ apart, where one person's photos are at most 0\.52: leave it out, train each person separately, or insist with --one-person$/,
  );
  expect(exitCode).toBe(2);
});

test('an internal error is one line, and FR_DEBUG adds the stack', async () => {
  const folder = await scratchFolder();
  const sabotage = join(folder, 'sabotage.mjs');
  writeFileSync(sabotage, 'performance.now = () => { throw new Error("the clock\\nstopped"); };');
  const env = { NODE_OPTIONS: `--import=${sabotage}` };
  const { stderr, exitCode } = await start('fr-train', [WOMAN, '-q'], { env });
  expect(stderr).toBe('fr-train: internal error: the clock stopped: please report it');
  expect(exitCode).toBe(2);
  const debugged = await start('fr-train', [WOMAN, '-q'], { env: { ...env, FR_DEBUG: '1' } });
  expect(debugged.stderr).toMatch(/\n {4}at /);
});

async function cropOfSomeoneElse(): Promise<string> {
  const { default: sharp } = await import('sharp');
  const path = join(await scratchFolder(), 'other.png');
  // The woman on the left of the group, with room about her face.
  await sharp(GROUP).extract({ left: 300, top: 280, width: 400, height: 400 }).toFile(path);
  return path;
}
