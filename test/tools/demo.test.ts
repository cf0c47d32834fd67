// The demonstration as a user starts it, in a folder of its own that looks like this one.
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, expect, test } from 'vitest';
import { DIST, ROOT, scratchFolder, start } from '../helpers.ts';
import { plantedEnvironment } from '../planted.ts';

const TIMEOUT_MS = 240_000;

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
  symlinkSync(DIST, join(folder, 'dist'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});

/** The end of the output, as the README has it. */
async function shownInReadme(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, block = ''] = /The demo ends like this:\n\n((?: {4}.*\n|\n)+)/.exec(readme) ?? [];
  expect(block.length).toBeGreaterThan(100);
  return block.replace(/^ {4}/gm, '').trim();
}

/** Seconds differ from run to run. */
const withoutTimes = (text: string): string => text.replace(/^\(\d+\.\d s\)$/gm, '(... s)');

const FOUND =
  /^\$ fr-recognize --annotate build\/demo\.png build\/demo\/model\.csv \S+sample1\.jpg\nTrue\n\(\d+\.\d s\)$/m;

test('shows who is where, draws a picture, writes a report, keeps no model, and can be run again', {
  timeout: TIMEOUT_MS,
}, async () => {
  const shown = withoutTimes(await shownInReadme());
  for (let run = 0; run < 2; run += 1) {
    // Left by somebody else, it must not be taken for the model.
    mkdirSync(join(folder, 'build/demo/model.csv'), { recursive: true });
    const { stdout, stderr, exitCode } = await start('demo', [], { cwd: folder });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(FOUND);
    const answers = [...stdout.matchAll(/sample(\d)\.jpg\t(\w+)$/gm)].map(
      ([, number, answer]) => `${number} ${answer}`,
    );
    expect(answers).toEqual(['1 True', '2 False', '3 True', '4 False', '5 False', '6 False']);
    const report = join(folder, 'build/demo.html');
    expect(statSync(report).mode & 0o777).toBe(0o600);
    expect((await readFile(report, 'utf8')).match(/<li id="f\d+">/g)?.length).toBeGreaterThan(15);
    expect(existsSync(join(folder, 'build/demo'))).toBe(false);
    expect(withoutTimes(stdout).endsWith(`\n${shown}`), stdout).toBe(true);
    const drawn = await sharp(join(folder, 'build/demo.png')).metadata();
    const photo = await sharp(join(ROOT, 'node_modules/@vladmandic/face-api/demo/sample1.jpg')).metadata();
    expect([drawn.width, drawn.height]).toEqual([photo.width, photo.height]);
  }
});

test('deletes the model when it is interrupted', { timeout: TIMEOUT_MS }, async () => {
  const running = start('demo', [], { cwd: folder });
  const trained = new Promise<void>((resolve) => {
    running.stdout.on('data', (chunk) => {
      if (String(chunk).includes('$ fr-recognize')) resolve();
    });
  });
  await Promise.race([trained, running]); // should it end before that, what follows fails
  expect(existsSync(join(folder, 'build/demo/model.csv'))).toBe(true);
  running.kill('SIGTERM');
  expect((await running).exitCode).toBe(143);
  expect(existsSync(join(folder, 'build/demo'))).toBe(false);
});

test('a wrong answer ends it with one line that says what was expected', async () => {
  const { stderr, exitCode } = await start('demo', [], { cwd: folder, env: plantedEnvironment(folder) });
  const last = stderr.split('\n').at(-1);
  expect(last).toMatch(/^demo: fr-train .*sample3\.jpg should answer '' with status 0, but ended with status 2 /);
  expect(exitCode).toBe(2);
  expect(existsSync(join(folder, 'build/demo'))).toBe(false);
});
