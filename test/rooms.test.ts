// The C++ rooms of native/ against one table of who may include whom, since the linter reads TypeScript only.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NATIVE = join(ROOT, 'native');

/** What each room may include besides itself. The words that rooms share are headers of native/ itself. */
const ROOMS: Record<string, string[]> = {
  kernels: [],
  image: ['kernels'],
  align: ['image'],
  detect: ['image', 'align', 'kernels'],
  embed: ['kernels'],
  build_model: ['image', 'align', 'detect', 'embed', 'kernels'],
  wasm: ['image', 'align', 'detect', 'embed', 'kernels'],
};

/** Headers of native/ that any room may include; the others of that folder stand above the rooms. */
const SHARED = [
  'deadline.hh',
  'face.hh',
  'normalise.hh',
  'platform.hh',
  'rounded.hh',
  'section.hh',
  'threads.hh',
  'weights.hh',
];

async function sourcesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /\.(cc|hh)$/.test(name)).map((name) => join(folder, name));
}

async function includesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, included = '']) => included);
}

/** `file: header` for each header that a file of the folder may not include. */
async function strays(folder: string, allowed: (header: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  for (const path of await sourcesIn(join(NATIVE, folder))) {
    for (const header of await includesOf(path)) {
      if (!allowed(header) || !existsSync(join(NATIVE, header)))
        found.push(`${path.slice(NATIVE.length + 1)}: ${header}`);
    }
  }
  return found;
}

describe('the rooms of native/', () => {
  test('are those of the table', async () => {
    const entries = await readdir(NATIVE, { withFileTypes: true });
    expect(entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()).toEqual(
      Object.keys(ROOMS).sort(),
    );
  });

  test.each(Object.entries(ROOMS))('%s includes itself, what all share, and %j', async (room, others) => {
    const rooms = [room, ...others];
    // The WebAssembly build's room is another program's main: it stands above the rooms, as those of native/ itself do.
    const above = room === 'wasm' ? ['answer.hh', 'arguments.hh', 'pipeline.hh'] : [];
    const words = [...SHARED, ...above];
    const allowed = (header: string) => words.includes(header) || rooms.some((name) => header.startsWith(`${name}/`));
    expect((await sourcesIn(join(NATIVE, room))).length).toBeGreaterThan(0);
    expect(await strays(room, allowed)).toEqual([]);
  });

  test('only build_model knows dlib', async () => {
    for (const room of ['.', ...Object.keys(ROOMS)]) {
      if (room === 'build_model') continue;
      for (const path of await sourcesIn(join(NATIVE, room))) {
        expect(await readFile(path, 'utf8'), path).not.toMatch(/#include <dlib\//);
      }
    }
  });

  test('no program of native/ needs build_model', async () => {
    expect(await strays('.', (header) => !header.startsWith('build_model/'))).toEqual([]);
  });
});

test.each(['handler', 'native', 'deploy', 'tools'])('%s has a README that says what it is', async (folder) => {
  expect(await readFile(join(ROOT, folder, 'README.md'), 'utf8')).toMatch(/^# .+\n\n\S/);
});
