// Folders of pictures as fr-recognize meets them: names of every kind, what is no picture, what cannot be read.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { DIST, demoPhoto, scratchFolder, start, WOMAN } from '../../helpers.ts';

const NOTE = 'fr-recognize: running on this machine';

let model: string;

beforeAll(async () => {
  model = (await start('fr-train', [WOMAN])).stdout;
});

/** An environment in which no journal of another run answers. */
function ownState() {
  const state = mkdtempSync(join(tmpdir(), 'fr-test-state-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  return { FR_DEBUG: '', XDG_STATE_HOME: state };
}

/** Starts fr-recognize with the model on standard input. */
function recognize(args: (string | Buffer)[]) {
  // Through a shell: Node gives a program text for arguments, and a name need not be text.
  const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;
  const words = args.map((arg) => `$'${[...Buffer.from(arg as string)].map(octal).join('')}'`);
  const command = ['exec', process.execPath, join(DIST, 'tools', 'fr-recognize.js'), '-', ...words].join(' ');
  return execa('bash', ['-c', command], {
    input: model,
    reject: false,
    encoding: 'buffer',
    env: ownState(),
    stripFinalNewline: false,
  });
}

async function lines(running: ReturnType<typeof recognize>): Promise<{ out: string; err: string[]; status: number }> {
  const { stdout, stderr, exitCode } = await running;
  return {
    out: Buffer.from(stdout as Uint8Array).toString('latin1'),
    err: Buffer.from(stderr as Uint8Array)
      .toString('utf8')
      .trimEnd()
      .split('\n'),
    status: exitCode ?? -1,
  };
}

test('skipped files are counted, pictures without a usual extension are found by content, and a line ends the run', async () => {
  const album = await scratchFolder();
  copyFileSync(WOMAN, join(album, 'a.jfif'));
  copyFileSync(WOMAN, join(album, 'b'));
  copyFileSync(demoPhoto(1), join(album, 'c.jpg'));
  writeFileSync(join(album, 'd.MOV'), 'not looked at');
  writeFileSync(join(album, 'e'), '\0\0\0\x18ftypqt  \0\0\0\0');
  writeFileSync(join(album, 'f'), 'a note');
  writeFileSync(join(album, 'g.txt'), 'a note');
  writeFileSync(join(album, 'h.jpg'), 'no picture');
  writeFileSync(join(album, '.hidden'), 'a note');
  await execa('mkfifo', [join(album, 'i.jpg'), join(album, 'j')]);
  mkdirSync(join(album, 'k'));
  symlinkSync(album, join(album, 'k', 'around'));
  const { out, err, status } = await lines(recognize([album]));
  expect(out).toBe(`${album}/a.jfif\tTrue\n${album}/b\tTrue\n${album}/c.jpg\tFalse\n`);
  expect(err).toEqual([
    NOTE,
    'fr-recognize: skipped in folders: 1 video, 1 linked folder, 5 other files: to judge films, name their files, in a command of their own',
    expect.stringMatching(/h\.jpg: the picture cannot be used/),
    'fr-recognize: matched 2, judged 3, refused 1, skipped 7',
  ]);
  expect(status).toBe(2);
  expect((await lines(recognize([album, '-q']))).err).toHaveLength(1);
});

test('a folder of videos alone says what it holds', async () => {
  const album = await scratchFolder();
  writeFileSync(join(album, 'a.mov'), 'not looked at');
  const { err } = await lines(recognize([album]));
  expect(err).toEqual([
    `fr-recognize: ${album}: holds no picture (jpg, jpeg, png, webp, gif, heic, avif), but 1 video: to judge films, name their files, in a command of their own`,
  ]);
});

test('with --unsure the last line counts those too', async () => {
  const { err } = await lines(recognize([WOMAN, demoPhoto(1), '--unsure']));
  expect(err).toEqual([NOTE, 'fr-recognize: matched 1, unsure 0, judged 2, refused 0, skipped 0']);
});

test('names that could do something to a terminal are quoted as ls does, in answers and in errors', async () => {
  const album = await scratchFolder();
  copyFileSync(WOMAN, join(album, 'a\u001b[2J\n\tTrue.jpg'));
  writeFileSync(join(album, 'b\u202egpj.jpg'), 'no picture');
  const { out, err } = await lines(recognize([album, '-q']));
  expect(out).toBe(`'${album}/a'$'\\033''[2J'$'\\n\\t''True.jpg'\tTrue\n`);
  expect(err).toEqual([
    expect.stringContaining(`fr-recognize: '${album}/b'$'\\342\\200\\256''gpj.jpg': the picture cannot be used`),
  ]);
});

test.each(['-0', '--null'])('%s prints names as they are, and ends each record with a NUL', async (option) => {
  const album = await scratchFolder();
  const name = Buffer.concat([Buffer.from(`${album}/a\u001b\n`), Buffer.from([0xff]), Buffer.from('.jpg')]);
  copyFileSync(WOMAN, name as unknown as string);
  const { out } = await lines(recognize([album, option, '-q']));
  expect(out).toBe(`${name.toString('latin1')}\tTrue\0`);
});

test('names that are no UTF-8 work in folders and as arguments, and JSON holds their bytes', async () => {
  const album = await scratchFolder();
  const name = Buffer.concat([Buffer.from(`${album}/h`), Buffer.from([0xe9, 0x2e]), Buffer.from('jpg')]);
  copyFileSync(WOMAN, name as unknown as string);
  for (const operand of [album, name]) {
    const { out, status } = await lines(recognize([operand, WOMAN, '-q']));
    expect(out).toBe(`'${album}/h'$'\\351''.jpg'\tTrue\n${WOMAN}\tTrue\n`);
    expect(status).toBe(0);
  }
  const { out } = await lines(recognize([name, '--json', '-q']));
  expect(out).toContain('h\\udce9.jpg"');
  expect(JSON.parse(out).picture).toBe(`${album}/h\udce9.jpg`);
});

test('a folder, a link and a file that cannot be read cost a line each', async () => {
  const album = await scratchFolder();
  mkdirSync(join(album, 'locked'));
  copyFileSync(WOMAN, join(album, 'locked', 'her.jpg'));
  copyFileSync(WOMAN, join(album, 'a.jpg'));
  copyFileSync(WOMAN, join(album, 'b.jpg'));
  symlinkSync('round.jpg', join(album, 'round.jpg'));
  chmodSync(join(album, 'locked'), 0);
  chmodSync(join(album, 'b.jpg'), 0);
  const program = [process.execPath, join(DIST, 'tools', 'fr-recognize.js'), '-', album];
  const { stdout, stderr, exitCode } = await withoutRoot(program, model);
  chmodSync(join(album, 'locked'), 0o700); // so that it can be removed
  expect(stdout).toBe(`${album}/a.jpg\tTrue`);
  expect(stderr.split('\n')).toEqual([
    NOTE,
    `fr-recognize: ${album}/b.jpg: cannot be read: check its permissions`,
    `fr-recognize: ${album}/locked: cannot be read: check its permissions`,
    `fr-recognize: ${album}/round.jpg: is a link that leads back to itself: name the file`,
    'fr-recognize: matched 1, judged 1, refused 3, skipped 0',
  ]);
  expect(exitCode).toBe(2);
});

test('-o is refused before the work where its folder may not be written', async () => {
  const folder = await scratchFolder();
  chmodSync(folder, 0o500);
  const output = join(folder, 'ann.csv');
  const { stderr, exitCode } = await withoutRoot([
    process.execPath,
    join(DIST, 'tools', 'fr-train.js'),
    WOMAN,
    '-o',
    output,
  ]);
  expect(stderr).toBe(`fr-train: ${output}: cannot be written: check the permissions of its folder`);
  expect(exitCode).toBe(2);
  chmodSync(folder, 0o700);
});

test('a gallery names the model that cannot be read', async () => {
  const people = await scratchFolder();
  writeFileSync(join(people, 'ann.csv'), model);
  writeFileSync(join(people, 'eve\n.csv'), readFileSync(WOMAN));
  const { stderr, exitCode } = await start('fr-recognize', ['--gallery', people, WOMAN, '-q']);
  expect(stderr).toMatch(/^fr-recognize: '.*\/eve'\$'\\n''\.csv': is a picture where a model is needed/);
  expect(exitCode).toBe(2);
});

test('people of any name are found in a gallery, and shown so that it is safe', async () => {
  const people = await scratchFolder();
  writeFileSync(join(people, '__proto__.csv'), model);
  expect((await start('fr-recognize', ['--gallery', people, WOMAN, '-q'])).stdout).toContain('__proto__');
  const others = await scratchFolder();
  writeFileSync(join(others, 'a\u001b[1m\nb.csv'), model);
  const { stdout } = await start('fr-recognize', ['--gallery', others, WOMAN, '-q']);
  expect(stdout.split('\n')).toContain("'a'$'\\033''[1m'$'\\n''b'");
});

/** As a user whom permissions bind: root is let pass by one of its capabilities, which goes here. */
function withoutRoot(command: string[], input = '') {
  const capabilities = '-dac_override,-dac_read_search';
  const drop = ['setpriv', '--bounding-set', capabilities, '--inh-caps', capabilities, '--'];
  const [program = '', ...words] = process.getuid?.() === 0 ? [...drop, ...command] : command;
  return execa(program, words, { input, reject: false, env: ownState() });
}
