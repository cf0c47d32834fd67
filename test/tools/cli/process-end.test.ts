// How the programs end when they are cut short: quietly, and with no process left behind.
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { demoPhoto, scratchFolder, start, WOMAN } from '../../helpers.ts';

const PICTURES = 300;

let model: string;

beforeAll(async () => {
  model = (await start('fr-train', [WOMAN])).stdout;
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('fr-recognize ends on %s with status %i, quietly, and takes its sidecar along', async (signal, status) => {
  const { running, sidecars } = await startLongRun();
  running.kill(signal);
  const { exitCode, stderr } = await running;
  expect({ exitCode, stderr }).toEqual({ exitCode: status, stderr: '' });
  await expectGone(sidecars);
});

test('the sidecar ends when fr-recognize is killed by SIGKILL', async () => {
  const { running, sidecars } = await startLongRun();
  running.kill('SIGKILL');
  await running;
  await expectGone(sidecars);
});

test('fr-recognize ends quietly when its reader goes away', async () => {
  const { running, sidecars } = await startLongRun();
  running.stdout.destroy();
  const { exitCode, stderr } = await running;
  expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: '' });
  await expectGone(sidecars);
});

test('fr-train leaves no file behind when it is interrupted', async () => {
  const folder = await scratchFolder();
  const photos = Array.from({ length: 30 }, () => WOMAN);
  const running = start('fr-train', [...photos, '-o', join(folder, 'ann.csv')]);
  const sidecars = await childrenOf(running.pid as number);
  running.kill('SIGINT');
  const { exitCode } = await running;
  expect(exitCode).toBe(130);
  expect(readdirSync(folder)).toEqual([]);
  await expectGone(sidecars);
});

test.each([
  ['a picture', (pipe: string) => start('fr-recognize', ['-', pipe, '-q'], { stdin: model })],
  ['a model', (pipe: string) => start('fr-recognize', [pipe, WOMAN, '-q'])],
  ['a photo', (pipe: string) => start('fr-train', [pipe, '-q'])],
  ['a destination', (pipe: string) => start('fr-train', [WOMAN, '-q', '-o', pipe])],
] as const)('SIGTERM and Ctrl-C end a program that waits for a pipe: as %s', async (_, begin) => {
  const pipe = join(await scratchFolder(), 'pipe');
  await execa('mkfifo', [pipe]);
  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const running = begin(pipe);
    const sidecars = await childrenOf(running.pid as number); // it has begun to work
    running.kill(signal);
    const late = globalThis.setTimeout(() => running.kill('SIGKILL'), 20_000);
    const { exitCode, stderr } = await running;
    clearTimeout(late);
    expect({ exitCode, stderr }).toEqual({ exitCode: status, stderr: '' });
    await expectGone(sidecars);
  }
});

test('reads a pipe once it has a writer, and writes one once it has a reader', async () => {
  const folder = await scratchFolder();
  const [photo, output] = [join(folder, 'photo'), join(folder, 'output')];
  await execa('mkfifo', [photo, output]);
  const running = start('fr-train', [photo, '-q', '-o', output]);
  await childrenOf(running.pid as number);
  const writer = execa('sh', ['-c', 'cat "$0" > "$1"', WOMAN, photo]);
  const { stdout } = await execa('cat', [output]);
  expect(stdout).toBe(model);
  expect((await Promise.all([running, writer])).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

async function startLongRun() {
  const album = await scratchFolder();
  for (let i = 0; i < PICTURES; i += 1) symlinkSync(demoPhoto(2), join(album, `${i}.jpg`));
  const running = start('fr-recognize', ['-', album, '-q'], { stdin: model });
  await new Promise((resolve) => running.stdout.once('data', resolve));
  const sidecars = await childrenOf(running.pid as number);
  return { running, sidecars };
}

/** Waits until a process has children, and gives their numbers. */
async function childrenOf(pid: number): Promise<number[]> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    if (children.length > 0) return children;
    await sleep(20);
  }
}

async function expectGone(processes: readonly number[]): Promise<void> {
  expect(processes.length).toBeGreaterThan(0);
  for (let tries = 0; tries < 100 && processes.some(isAlive); tries += 1) await sleep(50);
  expect(processes.filter(isAlive)).toEqual([]);
}

// A process that ended and whose parent has not asked (Z) is gone too: a container's first process may never ask.
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
