// Facts about the fuzzers' script that hold without running a fuzzer.
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT, scratchFolder } from './helpers.ts';

const SCRIPT = join(ROOT, 'test/native/fuzz/fuzz.sh');
const run = (words: string[], env: Record<string, string> = {}) =>
  execa('/bin/bash', [SCRIPT, ...words], { env, reject: false });

test('says in one line that it wants clang where there is none', async () => {
  const bin = await scratchFolder();
  for (const tool of ['dirname', 'mkdir']) await symlink(`/usr/bin/${tool}`, join(bin, tool));
  const { exitCode, stderr, stdout } = await run(['1', 'sniff'], { PATH: bin });
  expect(stderr).toBe('fuzz: the fuzzers need clang: apt-get install clang libclang-rt-dev');
  expect([exitCode, stdout]).toEqual([1, '']);
});

test('refuses a target that it does not know, and a time that is not a number', async () => {
  expect((await run(['1', 'bmp'])).stderr).toMatch(/^fuzz: no target 'bmp': there are jpeg png .* worker$/);
  expect((await run(['soon'])).stderr).toMatch(/^fuzz: 'soon' is not a number of seconds; usage: /);
});

test('unpacks the kept inputs of every target, and only them', async () => {
  const folder = join(await scratchFolder(), 'inputs');
  expect((await run(['--unpack', folder])).exitCode).toBe(0);
  const archives = await readdir(join(ROOT, 'test/fixtures/fuzz'));
  const targets = await readdir(folder);
  expect(targets.map((name) => `${name}.tar.gz`).sort()).toEqual(archives.sort());
  for (const target of targets) expect((await readdir(join(folder, target))).length, target).toBeGreaterThan(0);
});
