// fr-recognize on films, as a user runs it. ffmpeg makes the films: apt-get install ffmpeg.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { FilmAppearance } from '../../../tools/cli/json-line.ts';
import { demoPhoto, scratchFolder, start, WOMAN } from '../../helpers.ts';
import { ffmpeg, makeFilm } from './make-film.ts';

// Making a film and judging it takes a second; on a small machine that does much else, a minute.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Three others. */
const GROUP = demoPhoto(1);

let folder: string;
let model: string;
let film: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
  model = join(folder, 'ann.csv');
  film = join(folder, 'film.mp4');
  const parts = [{ photo: GROUP, seconds: 1.2 }, { photo: WOMAN, seconds: 1.6 }, { seconds: 1.2 }];
  const words = ['-movflags', '+faststart'];
  await Promise.all([start('fr-train', ['--local', WOMAN, '-o', model]), makeFilm(film, parts, { words })]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function recognize(...words: string[]) {
  return start('fr-recognize', ['--local', model, ...words]);
}

/** What --json says of a film. */
async function judge(path: string, ...words: string[]) {
  const { stdout, exitCode } = await recognize('-q', '--json', path, ...words);
  return { ...JSON.parse(stdout), exitCode };
}

test('says from when to when the person appears: from a cut to the next', async () => {
  const { stdout, stderr, exitCode } = await recognize(film);
  const [verdict, from, to, best, distance] = stdout.split('\t');
  expect([verdict, from, to]).toEqual(['True', '0:00:01.200', '0:00:02.800']);
  expect(best).toMatch(/^0:00:0[12]\.\d{3}$/);
  expect(Number(distance)).toBeLessThan(0.2);
  expect(stderr).toBe(
    `fr-recognize: running on this machine\nfr-recognize: ${film}: appearances: 4, matched: 1, frames looked at: 10, on this machine`,
  );
  expect(exitCode).toBe(0);
});

test('prints False and exits 1 for a film in which nobody is', async () => {
  const nobody = await makeFilm(join(folder, 'nobody.mp4'), [{ seconds: 1 }]);
  const { stdout, exitCode } = await recognize(nobody);
  expect([stdout, exitCode]).toEqual(['False', 1]);
  const rows = (await recognize(nobody, '--csv')).stdout.split('\n');
  expect(rows[1]).toBe(`${nobody},,False,,,,,,,,,,,`);
});

test('--json, --csv and --vtt say the same', async () => {
  const { appearances, frames, duration, width, height } = await judge(film);
  expect({ frames, duration, width, height }).toEqual({ frames: 10, duration: 4, width: 640, height: 480 });
  expect(appearances.map((one: FilmAppearance) => one.verdict)).toEqual(['False', 'False', 'False', 'True']);
  const her: FilmAppearance = appearances[3];
  const [head, ...rows] = (await recognize(film, '--csv')).stdout.split('\n');
  expect(head).toBe(
    'film,appearance,verdict,from,to,best,frames,distance,false_match_rate,left,top,right,bottom,error',
  );
  const { left, top, right, bottom } = her.box;
  const numbers = [
    her.from,
    her.to,
    her.best,
    her.frames,
    her.distance,
    her.false_match_rate,
    left,
    top,
    right,
    bottom,
  ];
  expect(rows).toHaveLength(4);
  expect(rows[3]).toBe(`${film},4,True,${numbers.join()},`);
  const { stdout } = await recognize(film, '--vtt');
  expect(stdout).toBe('WEBVTT\n\n1\n00:00:01.200 --> 00:00:02.800\nann');
});

test('players read the chapters', async () => {
  const vtt = join(folder, 'film.vtt');
  writeFileSync(vtt, `${(await recognize(film, '--vtt')).stdout}\n`);
  const srt = join(folder, 'film.srt');
  await ffmpeg('-i', vtt, srt);
  expect(readFileSync(srt, 'utf8').trim()).toBe('1\n00:00:01,200 --> 00:00:02,800\nann');
});

test('follows a face that moves, as one appearance', async () => {
  const pan = await makeFilm(join(folder, 'pan.mp4'), [{ photo: WOMAN, pans: true, seconds: 3 }]);
  const { appearances } = await judge(pan, '--every', '0.2');
  expect(appearances).toHaveLength(1);
  expect(appearances[0].verdict).toBe('True');
  expect(appearances[0].frames).toBeGreaterThan(5);
});

test('--gallery names everybody, also those who are seen together', async () => {
  const people = join(folder, 'people');
  mkdirSync(people);
  copyFileSync(model, join(people, 'ann.csv'));
  expect((await start('fr-train', ['--local', GROUP, '--face', '1', '-o', join(people, 'ben.csv')])).exitCode).toBe(0);
  expect((await start('fr-train', ['--local', GROUP, '--face', '3', '-o', join(people, 'c<&.csv')])).exitCode).toBe(0);
  const gallery = ['--local', '-q', '--gallery', people, film];
  const { stdout } = await start('fr-recognize', gallery);
  const lines = stdout.split('\n').map((line) => line.split('\t').slice(0, 3));
  expect(lines).toEqual([
    ['ben', '0:00:00.000', '0:00:01.200'],
    ['c<&', '0:00:00.000', '0:00:01.200'],
    ['ann', '0:00:01.200', '0:00:02.800'],
  ]);
  const vtt = (await start('fr-recognize', [...gallery, '--vtt'])).stdout;
  expect(vtt).toContain('00:00:00.000 --> 00:00:01.200\nben, c&lt;&amp;\n');
  const json = JSON.parse((await start('fr-recognize', [...gallery, '--json'])).stdout);
  expect(json.people).toBe(3);
  expect(json.appearances.map((one: FilmAppearance) => one.name)).toEqual(['ben', 'unknown', 'c<&', 'ann']);
});

test('an appearance in a film of variable frame rate ends when the picture changes', async () => {
  const slides = join(folder, 'slides.txt');
  const photos = [`file '${GROUP}'\nduration 0.4`, `file '${WOMAN}'\nduration 3.3`, `file '${GROUP}'\nduration 0.2`];
  writeFileSync(slides, `${photos.join('\n')}\nfile '${GROUP}'\n`);
  const shown = join(folder, 'slides.mkv');
  const fit = 'scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:-1:-1,setsar=1,format=yuv420p';
  const words = ['-f', 'concat', '-safe', '0', '-i', slides, '-vf', fit, '-fps_mode', 'vfr', '-c:v', 'libx264'];
  await ffmpeg(...words, '-preset', 'ultrafast', shown);
  const { appearances } = await judge(shown);
  const her = appearances.find(({ verdict }: FilmAppearance) => verdict === 'True');
  expect([her.from, her.frames]).toEqual([0.4, 1]);
  expect(her.to).toBeCloseTo(3.7, 1);
});

test('a film that its metadata turns is upright, and so are its boxes', async () => {
  const sideways = join(folder, 'sideways.mp4');
  const turned = join(folder, 'turned.mp4');
  await ffmpeg('-i', film, '-vf', 'transpose=1', '-c:v', 'libx264', '-preset', 'ultrafast', sideways);
  await ffmpeg('-display_rotation:v:0', '90', '-i', sideways, '-c', 'copy', turned).catch(() =>
    ffmpeg('-i', sideways, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned),
  );
  const { width, height, appearances } = await judge(turned);
  expect([width, height]).toEqual([640, 480]);
  const before = (await judge(film)).appearances[3].box;
  for (const side of ['left', 'top', 'right', 'bottom'] as const) {
    expect(Math.abs(appearances.at(-1).box[side] - before[side])).toBeLessThan(12);
  }
});

test('a film that was cut short gives what can be read, says where it breaks off, and exits 2', async () => {
  const whole = readFileSync(film);
  const broken = join(folder, 'broken.mp4');
  writeFileSync(broken, whole.subarray(0, Math.floor(whole.length * 0.5)));
  const { stdout, stderr, exitCode } = await recognize(broken, '--json');
  const { broken_at, frames, appearances } = JSON.parse(stdout);
  expect(exitCode).toBe(2);
  expect(frames).toBeGreaterThan(1);
  expect(appearances.length).toBeGreaterThan(0);
  expect(broken_at).toBeLessThan(3);
  const at = `0:00:0${broken_at.toFixed(3)}`;
  expect(stderr).toContain(
    `${broken}: the film breaks off after ${at} of 0:00:04.000: what comes before it was judged`,
  );
});

test('a film of high dynamic range (PQ, 10 bits) is judged as it is', async () => {
  const hdr = join(folder, 'hdr.mkv');
  const linear = 'zscale=tin=bt709:pin=bt709:min=bt709:rin=tv:t=linear:npl=203:m=gbr:p=bt709,format=gbrpf32le';
  const coded = 'zscale=tin=linear:pin=bt709:min=gbr:p=bt2020:t=smpte2084:m=bt2020nc:r=tv:npl=203,format=yuv420p10le';
  const colours = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'];
  const words = [
    '-i',
    film,
    '-vf',
    `select='not(mod(n,5))',${linear},${coded}`,
    '-fps_mode',
    'vfr',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
  ];
  await ffmpeg(...words, ...colours, hdr);
  const { appearances } = await judge(hdr);
  const matched = appearances.filter(({ verdict }: FilmAppearance) => verdict === 'True');
  expect(matched.map(({ from, to }: FilmAppearance) => [from, to])).toEqual([[1.2, 2.8]]);
});

test('a run over several films that was ended takes up at the next one', async () => {
  const journal = join(folder, 'films.journal');
  const other = await makeFilm(join(folder, 'other.mp4'), [{ photo: WOMAN, seconds: 0.4 }]);
  const first = await recognize('--json', '--journal', journal, film);
  expect(statSync(journal).mode & 0o777).toBe(0o600);
  expect(readFileSync(journal, 'utf8')).not.toContain('vector"');
  const both = await recognize('--json', '--journal', journal, film, other);
  expect(both.stdout.split('\n')[0]).toBe(first.stdout);
  expect(both.stdout.split('\n')).toHaveLength(2);
  expect(both.stderr).toContain(`${film}: appearances: 4, matched: 1, frames looked at: 10, answered by the journal`);
  expect(both.stderr).toContain('1 of 2 answered by the journal: --forget judges them again');
  const finer = await recognize('--json', '--journal', journal, '--every', '0.4', film);
  expect(finer.stderr).not.toContain('answered by the journal');
  const again = await recognize('--json', '--journal', journal, '--forget', film);
  expect([again.stdout, existsSync(journal)]).toEqual([first.stdout, false]);
});

test('what is no film, or has no pictures, gets one line and exits 2; other films are judged', async () => {
  const [text, sound, list] = ['text.mp4', 'sound.mp4', 'list.mp4'].map((name) => join(folder, name));
  writeFileSync(text as string, 'hello');
  await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', sound as string);
  // A playlist could make ffmpeg open any file.
  writeFileSync(list as string, `#EXTM3U\n#EXTINF:4,\nfile://${film}\n#EXT-X-ENDLIST\n`);
  const { stdout, stderr, exitCode } = await recognize('-q', text as string, sound as string, list as string, film);
  const noFilm =
    'the film cannot be read: it is no film, or its index is missing, as after a recording that was cut short';
  expect(stderr.split('\n')).toEqual([
    `fr-recognize: ${text}: ${noFilm}`,
    `fr-recognize: ${sound}: the film cannot be read: it has no pictures: name another film`,
    `fr-recognize: ${list}: ${noFilm}`,
  ]);
  expect(stdout).toMatch(new RegExp(`^${film}\tTrue\t0:00:01.200\t`));
  expect(exitCode).toBe(2);
});

test('the name of a film is only a name: pattern, option and bytes that are no text', async () => {
  const place = await scratchFolder();
  for (const name of ['-i %03d.mp4', 'concat:a|b.mp4', 'http:x.mp4']) {
    symlinkSync(film, join(place, name));
    const { stdout } = await start('fr-recognize', ['--local', '-q', model, '--', name], { cwd: place });
    expect(stdout).toMatch(/^True\t/);
  }
});

test('without ffmpeg one line says what to install', async () => {
  const { stderr, exitCode } = await start('fr-recognize', ['--local', '-q', model, film], {
    env: { PATH: dirname(process.execPath) === '/usr/bin' ? folder : dirname(process.execPath) },
  });
  expect(stderr).toBe(
    'fr-recognize: films need the programs ffmpeg and ffprobe, and they are not installed here: apt-get install ffmpeg (elsewhere: https://ffmpeg.org)',
  );
  expect(exitCode).toBe(2);
});

test.each([
  ['a picture beside it', () => [film, WOMAN], 'is a film and'],
  ['--annotate', () => [film, '--annotate', 'boxes.png'], '--annotate is for pictures: leave it out for a film'],
  ['--every 0', () => [film, '--every', '0'], '--every needs seconds from 0.02 to 3600: 0.5 is two frames a second'],
  ['--vtt with --json', () => [film, '--vtt', '--json'], '--vtt is for one film'],
  ['--vtt of a picture', () => [WOMAN, '--vtt'], '--vtt is for films: name a film, such as film.mp4'],
])('%s is refused', async (_, words, message) => {
  const { stderr, exitCode } = await recognize(...words());
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
