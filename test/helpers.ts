// What the tests share: where things are, real pictures, and the programs as a user starts them.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { onTestFinished, test } from 'vitest';

export { WOMAN } from './setup.ts';

export const ROOT = resolve(import.meta.dirname, '..');
export const DIST = join(ROOT, 'dist');

// A deployment of the developer's own must not be called.
process.env.FR_DEPLOYMENT = join(ROOT, 'no-such-deployment.json');
delete process.env.FR_REMOTE;
delete process.env.FR_STAGE;

const SEED_PHOTOS = resolve(ROOT, '../shared/faces/seed-photos');

/** A photograph of the original project's example: john0, john1, john2 (one man), jim-carrey (another). */
export function seedPhoto(name: string): string {
  return join(SEED_PHOTOS, `${name}.jpg`);
}

/** A test that needs seed photos. Under CI it always runs, and fails where they are missing. */
export function testWithSeedPhotos(title: string, body: () => Promise<void>): void {
  if (existsSync(SEED_PHOTOS) || process.env.CI) test(title, body);
  else test.skip(`${title} (skipped: ../shared/faces/seed-photos is not beside this clone)`, body);
}

/**
 * Photographs of @vladmandic/face-api, 1 to 6, all of groups. Of the three women of 2 a plain look finds the one on the right;
 * to train on, she is alone in WOMAN.
 */
export function demoPhoto(number: number): string {
  return join(ROOT, `node_modules/@vladmandic/face-api/demo/sample${number}.jpg`);
}

/** A folder of the test's own, removed when it ends. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Run {
  stdin?: string | Uint8Array;
  cwd?: string;
  env?: Record<string, string>;
}

/** Starts a program as built, as a child process. A failure is a result too. */
export function start(
  program:
    | 'fr-train'
    | 'fr-recognize'
    | 'fr-group'
    | 'fr-model'
    | 'fr-cohort'
    | 'accuracy'
    | 'finding'
    | 'coach'
    | 'grouping'
    | 'identify'
    | 'spoilt'
    | 'demo',
  args: string[],
  { stdin = '', cwd = ROOT, env = {} }: Run = {},
) {
  const room = ['accuracy', 'finding', 'coach', 'grouping', 'identify', 'spoilt'].includes(program)
    ? 'tools/lab'
    : 'tools';
  // Journals of the developer's own must not answer, nor those of another test.
  const state = join(tmpdir(), `fr-test-state-${randomUUID()}`);
  const run = execa(process.execPath, [join(DIST, room, `${program}.js`), ...args], {
    cwd,
    env: { FR_DEBUG: '', XDG_STATE_HOME: state, ...env },
    input: stdin,
    reject: false,
  });
  void run.finally(() => rm(state, { recursive: true, force: true }));
  return run;
}
