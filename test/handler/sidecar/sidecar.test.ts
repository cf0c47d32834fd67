// The client of the real sidecar: order, recovery, deadline, end.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ImageError, SidecarError } from '../../../handler/errors.ts';
import { VECTOR_SIZE } from '../../../handler/matching/vectors.ts';
import type { Sidecar } from '../../../handler/sidecar/sidecar.ts';
import { eventually, groupPhoto, isRunning, newSidecar, nobody, portrait, sidecarPids } from '../helpers.ts';

let ann: Buffer;
let bea: Buffer;
let none: Buffer;
/** Takes the sidecar a second or more: long enough to interfere. */
let large: Buffer;
let sidecar: Sidecar;

beforeAll(async () => {
  ann = await (await portrait('ann')).png().toBuffer();
  bea = await (await portrait('bea')).jpeg().toBuffer();
  none = await nobody().png().toBuffer();
  large = await sharp(groupPhoto()).resize(3_840).jpeg().toBuffer();
});

beforeEach(() => {
  sidecar = newSidecar();
});

afterEach(async () => {
  sidecar.close();
  await noSidecarRuns();
});

function noSidecarRuns(): Promise<void> {
  return eventually(() => expect(sidecarPids()).toEqual([]));
}

function onlyPid(): number {
  const pids = sidecarPids();
  expect(pids).toHaveLength(1);
  return pids[0] as number;
}

test('a face has its box, score, landmarks, vector, number, sharpness and brightness', async () => {
  const faces = await sidecar.describe(ann);
  expect(faces).toHaveLength(1);
  const [face] = faces;
  expect(face).toMatchObject({ face: 1, variant: 0 });
  expect(face?.vector).toBeInstanceOf(Float32Array);
  expect(face?.vector).toHaveLength(VECTOR_SIZE);
  expect(face?.score).toBeGreaterThan(0);
  expect(face?.sharpness).toBeGreaterThan(0);
  expect(face?.brightness).toBeGreaterThan(50);
  expect(face?.brightness).toBeLessThan(200);
  const { left, top, right, bottom } = face?.box ?? { left: 0, top: 0, right: 0, bottom: 0 };
  expect(face?.landmarks).toHaveLength(5);
  for (const [x, y] of face?.landmarks ?? []) {
    expect(x).toBeGreaterThan(left);
    expect(x).toBeLessThan(right);
    expect(y).toBeGreaterThan(top);
    expect(y).toBeLessThan(bottom);
  }
});

test('the faces of a group photo are numbered from left to right', async () => {
  const faces = await sidecar.describe(groupPhoto());
  expect(faces.map(({ face }) => face)).toEqual([1, 2, 3, 4]);
  const lefts = faces.map(({ box }) => box.left);
  expect(lefts).toEqual(lefts.toSorted((a, b) => a - b));
});

test('a picture of nobody has no faces', async () => {
  expect(await sidecar.describe(none)).toEqual([]);
});

test('--augment gives 8 looks at the only face, or at the chosen one', async () => {
  const [plain] = await sidecar.describe(ann);
  const rows = await sidecar.describe(ann, { augment: true });
  expect(rows.map(({ variant }) => variant)).toEqual(Array.from({ length: 8 }, (_, i) => i));
  expect(rows[0]).toEqual(plain);
  const chosen = await sidecar.describe(groupPhoto(), { augment: true, face: 3 });
  expect(chosen.filter(({ face }) => face === 3)).toHaveLength(8);
  expect(chosen.filter(({ variant }) => variant === 0)).toHaveLength(4);
});

test('pictures sent at the same time are answered in order, as if sent one by one', async () => {
  const questions = [ann, none, bea, groupPhoto(), Buffer.from('text'), bea, ann];
  const ask = (picture: Buffer) => sidecar.describe(picture).catch((error: Error) => error.message);
  const oneByOne: unknown[] = [];
  for (const picture of questions) oneByOne.push(await ask(picture));
  const finished: number[] = [];
  const together = await Promise.all(
    questions.map(async (picture, i) => {
      const answer = await ask(picture);
      finished.push(i);
      return answer;
    }),
  );
  expect(together).toEqual(oneByOne);
  expect(finished).toEqual(questions.map((_, i) => i));
  onlyPid();
});

test('a picture that cannot be used is an ImageError, and the same worker answers the next one', async () => {
  await sidecar.describe(none);
  const pid = onlyPid();
  for (const picture of [Buffer.alloc(0), Buffer.from('text'), ann.subarray(0, ann.length / 2)]) {
    const error = await sidecar.describe(picture).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).message).toMatch(/^the picture cannot be used: [^\n]+$/);
  }
  expect(await sidecar.describe(ann)).toHaveLength(1);
  expect(onlyPid()).toBe(pid);
});

test('a picture with too many pixels or bytes is an ImageError, and the worker keeps running', async () => {
  sidecar = newSidecar({ maxPixels: 200 * 200, maxBytes: none.length });
  expect(await sidecar.describe(none)).toEqual([]);
  const pid = onlyPid();
  const wide = await nobody(200).resize(201, 200, { fit: 'fill' }).jpeg().toBuffer();
  await expect(sidecar.describe(wide)).rejects.toThrow('the picture is 201x200 (40200 pixels), above the limit');
  await expect(sidecar.describe(Buffer.concat([none, none]))).rejects.toThrow(
    `above the limit of ${none.length} bytes`,
  );
  expect(await sidecar.describe(none)).toEqual([]);
  expect(onlyPid()).toBe(pid);
});

test('a worker killed between two pictures is replaced, and no request fails', async () => {
  const [face] = await sidecar.describe(ann);
  const pid = onlyPid();
  process.kill(pid, 'SIGKILL');
  expect(await sidecar.describe(ann)).toEqual([face]);
  expect(onlyPid()).not.toBe(pid);
});

test('a worker killed during a picture is replaced, and the request succeeds', async () => {
  const faces = await sidecar.describe(large);
  const pid = onlyPid();
  const answer = sidecar.describe(large);
  await busy(pid);
  process.kill(pid, 'SIGKILL');
  expect(await answer).toEqual(faces);
  expect(onlyPid()).not.toBe(pid);
});

test('a stopped worker is killed at the deadline, and the next picture is answered', async () => {
  sidecar = newSidecar({ timeoutMs: 5_000 });
  await sidecar.describe(none);
  const pid = onlyPid();
  process.kill(pid, 'SIGSTOP');
  const error = await sidecar.describe(ann).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SidecarError);
  expect(error).toMatchObject({ reason: 'timeout' });
  expect(await sidecar.describe(ann)).toHaveLength(1);
  await eventually(() => expect(isRunning(pid)).toBe(false));
});

test('start loads the weights before the first picture', async () => {
  sidecar.start();
  await eventually(() => expect(sidecarPids()).toHaveLength(1));
  const pid = onlyPid();
  sidecar.start();
  expect(await sidecar.describe(ann)).toHaveLength(1);
  expect(onlyPid()).toBe(pid);
});

test('close ends the process, and a later picture starts a new one', async () => {
  await sidecar.describe(none);
  sidecar.close();
  await noSidecarRuns();
  sidecar.close();
  expect(await sidecar.describe(ann)).toHaveLength(1);
});

test('close stops a picture in progress and ends the process', async () => {
  await sidecar.describe(none);
  const pid = onlyPid();
  const answer = sidecar.describe(large).catch((reason: unknown) => reason);
  await busy(pid);
  sidecar.close();
  expect(await answer).toMatchObject({ name: 'SidecarError', reason: 'signal' });
  await noSidecarRuns();
});

/** Waits until a worker computes. */
async function busy(pid: number): Promise<void> {
  const userTicks = () => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[13]);
  const before = userTicks();
  while (userTicks() - before < 2) await sleep(1);
}
