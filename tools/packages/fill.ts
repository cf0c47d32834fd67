// Puts into a folder what one package holds: the clone's files, what the build made, and its package.json.
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { bundle } from './bundle.ts';
import { bundledNotices, LINKED_WASM, linkedNotices, weightsNotices } from './licences.ts';
import {
  type Manifest,
  mainManifest,
  OPTIONAL,
  type Platform,
  platformManifest,
  readCloneManifest,
  weightsManifest,
} from './manifests.ts';
import { wasmFiles } from './programs.ts';
import { writeTypes } from './types.ts';

/** Files that the bundled code reads beside itself: from the clone, into dist/. */
const READ_AT_RUN_TIME = {
  'handler/cohort.bin': 'handler/cohort.bin',
  'handler/schema.json': 'handler/schema.json',
  'handler/decoder/libraries.mjs': 'handler/decoder/libraries.mjs',
  'handler/decoder/thread.mjs': 'handler/decoder/thread.mjs',
  'dist/tools/report/page/page.js': 'tools/report/page/page.js',
  'dist/tools/report/page/page.css': 'tools/report/page/page.css',
} as const;

/** Modes are part of a package's bytes, and a umask must not change them. */
const PLAIN = 0o644;
const PROGRAM = 0o755;

/** @param work a folder for what is made on the way. @returns esbuild's list of what went in. */
export async function fillMain(root: string, folder: string, work: string): Promise<Metafile> {
  const manifest = mainManifest(readCloneManifest(root));
  const metafile = await bundle(root, join(folder, 'dist'), OPTIONAL);
  await writeTypes(root, join(folder, 'dist/types'), work);
  for (const [from, to] of Object.entries(READ_AT_RUN_TIME)) {
    await put(join(root, from), join(folder, 'dist', to), PLAIN);
  }
  for (const file of wasmFiles(root)) await put(file, join(folder, 'dist/native', basename(file)), PLAIN);
  for (const file of ['native/fr-core.wasm', 'handler/cohort.bin']) await compress(join(folder, 'dist', file));
  await put(join(root, 'tools/packages/MAIN.md'), join(folder, 'README.md'), PLAIN);
  for (const file of ['LICENSE', 'CHANGELOG.md']) await put(join(root, file), join(folder, file), PLAIN);
  await finish(folder, manifest, await bundledNotices(root, metafile, LINKED_WASM));
  return metafile;
}

/** @param weights the file that the build made. */
export async function fillWeights(root: string, folder: string, weights: string, name: string): Promise<void> {
  const manifest = weightsManifest(readCloneManifest(root), name);
  await put(weights, join(folder, name), PLAIN);
  await put(join(root, 'tools/packages/WEIGHTS.md'), join(folder, 'README.md'), PLAIN);
  await finish(folder, manifest, await weightsNotices(root));
}

/** @param program the static executable for the platform. */
export async function fillPlatform(root: string, folder: string, platform: Platform, program: string): Promise<void> {
  const manifest = platformManifest(readCloneManifest(root), platform);
  await put(program, join(folder, 'fr-sidecar'), PROGRAM);
  await put(join(root, 'LICENSE'), join(folder, 'LICENSE'), PLAIN);
  await put(join(root, 'tools/packages/PLATFORM.md'), join(folder, 'README.md'), PLAIN);
  await finish(folder, manifest, await linkedNotices());
}

async function put(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}

/** Brotli makes these a sixth and a sixteenth smaller than npm's gzip does. fr-sidecar.mjs and shipped-cohort.ts read them. */
async function compress(path: string): Promise<void> {
  await writeFile(`${path}.br`, brotliCompressSync(await readFile(path)));
  await rm(path);
}

async function finish(folder: string, manifest: Manifest, notices: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES'), notices);
  const bins = Object.values((manifest.bin ?? {}) as Record<string, string>);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, PROGRAM);
    else if (entry.name !== 'fr-sidecar')
      await chmod(path, bins.some((bin) => path === join(folder, bin)) ? PROGRAM : PLAIN);
  }
}

/** Empties a folder that the next package is put into. */
export async function emptyFolder(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}
