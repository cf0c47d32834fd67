// The examples of handler/examples/, each run as a user runs it.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { train } from '../../handler/index.ts';
import { demoPhoto, ROOT, scratchFolder } from '../helpers.ts';

const SHE = demoPhoto(1); // shows the woman in the middle of sample3
const OTHERS = demoPhoto(2);

let model: string;

beforeAll(async () => {
  ({ facevectors: model } = await train(demoPhoto(3), { face: 2 }));
});

/** Starts an example. `line` gives what it prints, a line a call. */
function start(name: string, ...words: string[]) {
  const program = join(ROOT, 'handler/examples', name);
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 2],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    line: async (): Promise<string> => (await lines.next()).value,
    /** Asks it to end, and gives its exit status. */
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function modelFile(): Promise<string> {
  const path = join(await scratchFolder(), 'ann.csv');
  await writeFile(path, model);
  return path;
}

test('upload-server answers uploads, and refuses what is no picture', async () => {
  const server = start('upload-server.mjs', await modelFile(), '0');
  const [port] = /\d+$/.exec(await server.line()) ?? [];
  const send = async (body: Uint8Array<ArrayBuffer>) => {
    const response = await fetch(`http://127.0.0.1:${port}/recognize`, { method: 'POST', body });
    return { status: response.status, ...((await response.json()) as object) };
  };
  const bytes = async (path: string) => new Uint8Array(await readFile(path));
  expect(await send(await bytes(SHE))).toMatchObject({ status: 200, face_present: 'True' });
  expect(await send(await bytes(OTHERS))).toMatchObject({ status: 200, face_present: 'False' });
  expect(await send(new Uint8Array(9))).toMatchObject({ status: 422, error: /^the picture cannot be used/ });
  expect(await send(new Uint8Array(11 * 2 ** 20))).toMatchObject({ status: 422 });
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  expect(await server.end()).toBe(0);
});

test('own-lambda names who is in the picture', async () => {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'ann.csv'), model);
  process.env.MODELS = folder;
  onTestFinished(() => void delete process.env.MODELS);
  const { handler } = await import('../../handler/examples/own-lambda.mjs');
  const picture = async (path: string) => ({ picture: (await readFile(path)).toString('base64') });
  expect(await handler(await picture(SHE))).toEqual({ names: ['ann'] });
  expect(await handler(await picture(OTHERS))).toEqual({ names: [] });
});

test('watch-folder prints new pictures that show the person', async () => {
  const folder = join(await scratchFolder(), 'uploads');
  await mkdir(folder);
  const watcher = start('watch-folder.mjs', await modelFile(), folder);
  expect(await watcher.line()).toBe('watching');
  await copyFile(OTHERS, join(folder, 'others.jpg'));
  await copyFile(SHE, join(folder, 'she.jpg'));
  expect(await watcher.line()).toBe('she.jpg');
  expect(await watcher.end()).toBe(0);
});
