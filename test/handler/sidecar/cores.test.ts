// How many cores are counted, with files in place of the kernel's.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { groupLimit, lambdaCores, MOST_CORES, usableCores } from '../../../handler/sidecar/cores.ts';
import { scratchFolder } from '../../helpers.ts';

/** Writes files and gives what the control groups in them allow. */
async function limitOf(groups: string, files: Record<string, string>): Promise<number> {
  const folder = await scratchFolder();
  for (const [path, text] of Object.entries({ ...files, groups })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return groupLimit(join(folder, 'groups'), folder);
}

test("a quota of any group around the process's own counts, and the least of them holds", async () => {
  const files = { 'a/cpu.max': '150000 100000\n', 'a/b/cpu.max': 'max 100000\n', 'a/b/c/cpu.max': '400000 100000\n' };
  expect(await limitOf('0::/a/b/c\n', files)).toBe(1.5);
});

test('the quota of version 1 is read too', async () => {
  const files = { 'cpu,cpuacct/a/cpu.cfs_quota_us': '50000\n', 'cpu,cpuacct/a/cpu.cfs_period_us': '100000\n' };
  expect(await limitOf('4:cpu,cpuacct:/a\n', files)).toBe(0.5);
  expect(await limitOf('4:cpu:/a\n', { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' })).toBe(
    Number.POSITIVE_INFINITY,
  );
});

test('in a container, whose path is not there, the quota of the mount holds', async () => {
  expect(await limitOf('0::/docker/123\n', { 'cpu.max': '200000 100000\n' })).toBe(2);
});

test('nothing limits where the files say nothing', async () => {
  expect(await limitOf('', {})).toBe(Number.POSITIVE_INFINITY);
  expect(await limitOf('nonsense\n0::/a\n', { 'a/cpu.max': 'nonsense' })).toBe(Number.POSITIVE_INFINITY);
});

test('a function counts a core for each 1,769 MB, and no more than there are', () => {
  const cores = (memory: string, FR_THREADS = '4') =>
    lambdaCores({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, FR_THREADS });
  expect(['128', '1769', '3537', '3538', '10240', 'x'].map((memory) => cores(memory))).toEqual([1, 1, 1, 2, 4, 1]);
  expect(lambdaCores({ FR_THREADS: '4' })).toBe(1); // no function
});

test('at least one core is counted, and FR_THREADS is taken in place of counting', () => {
  expect(usableCores({})).toBeGreaterThanOrEqual(1);
  expect(usableCores({ FR_THREADS: '3' })).toBe(3);
  expect(usableCores({ FR_THREADS: '999' })).toBe(MOST_CORES);
  expect(usableCores({ FR_THREADS: 'many' })).toBe(usableCores({}));
});
