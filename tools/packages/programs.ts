// The parts of the packages that are not JavaScript: static executables and the weights, as the native build makes them.
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { WEIGHTS_FILE } from '../../handler/program.ts';
import type { Platform } from './manifests.ts';

/** A part that cannot be built here, in one line: what, and what to do. */
export class PartError extends Error {}

/** Cross-compilers, as Debian names them, and what installs one with the libraries that it links. */
const TOOLS: Record<Platform, { machine: string; architecture: string }> = {
  'linux-x64': { machine: 'x86_64', architecture: 'amd64' },
  'linux-arm64': { machine: 'aarch64', architecture: 'arm64' },
};
const LIBRARIES = ['libjpeg-dev', 'libpng-dev', 'libwebp-dev', 'libgif-dev', 'zlib1g-dev'];

/** The static executable for a platform: set-up's own, or built by a cross-compiler. @throws PartError. */
export async function programFor(root: string, platform: Platform): Promise<string> {
  const isHere = platform === `${process.platform}-${process.arch}`;
  const path = isHere ? join(root, 'dist/native/fr-sidecar') : await crossBuild(root, platform);
  const kind = await readKind(path);
  if (kind === undefined) throw new PartError(`the program for ${platform} is missing (${path}): run npm run setup`);
  if (kind.platform !== platform)
    throw new PartError(`${path} is for ${kind.platform}, not ${platform}: build it again`);
  if (!kind.isStatic) {
    throw new PartError(
      `the program for ${platform} asks for the machine's C library: install a static one (libc6-dev)`,
    );
  }
  return path;
}

async function crossBuild(root: string, platform: Platform): Promise<string> {
  const { machine, architecture } = TOOLS[platform];
  const folder = join(root, `build/native-${platform}`);
  const compilers = [`-DCMAKE_C_COMPILER=${machine}-linux-gnu-gcc`, `-DCMAKE_CXX_COMPILER=${machine}-linux-gnu-g++`];
  const target = ['-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${machine}`, ...compilers];
  try {
    await execa('cmake', ['-S', join(root, 'native'), '-B', folder, '-G', 'Ninja', ...target]);
    await execa('cmake', ['--build', folder, '--parallel', '2', '--target', 'fr-sidecar']);
  } catch (cause) {
    const wanted = [`crossbuild-essential-${architecture}`, ...LIBRARIES.map((name) => `${name}:${architecture}`)];
    const line = `dpkg --add-architecture ${architecture} && apt-get update && apt-get install ${wanted.join(' ')}`;
    throw new PartError(`the program for ${platform} cannot be built here: run ${line}, or delete ${folder}`, {
      cause,
    });
  }
  return join(folder, 'fr-sidecar');
}

/** The WebAssembly sidecar, for every platform without a program of its own: files that lie beside each other. @throws PartError. */
export function wasmFiles(root: string): string[] {
  const files = ['fr-core.wasm', 'fr-core.mjs', 'fr-sidecar.mjs'].map((name) => join(root, 'dist/native', name));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new PartError(`the WebAssembly sidecar is missing (${missing}): run npm run wasm`);
  return files;
}

/** The weights' file. @throws PartError. */
export async function weightsFile(root: string): Promise<string> {
  const path = join(root, 'dist/native', WEIGHTS_FILE);
  const file = await open(path).catch(() => undefined);
  if (!file) throw new PartError(`the weights are missing (${path}): run npm run setup`);
  await file.close();
  return path;
}

const ELF = 0x7f454c46;
const MACHINES: Record<number, Platform> = { 62: 'linux-x64', 183: 'linux-arm64' };
const INTERPRETER = 3; // PT_INTERP: the program asks for a loader, so for the libraries of the machine

/** Reads an ELF header (64 bits, little-endian), without running the program. Undefined where there is none. */
async function readKind(path: string): Promise<{ platform: Platform | undefined; isStatic: boolean } | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    if (buffer.readUInt32BE(0) !== ELF) return { platform: undefined, isStatic: false };
    const [table, size, count] = [Number(buffer.readBigUInt64LE(32)), buffer.readUInt16LE(54), buffer.readUInt16LE(56)];
    const types = Array.from({ length: count }, (_, i) => buffer.readUInt32LE(table + i * size));
    return { platform: MACHINES[buffer.readUInt16LE(18)], isStatic: !types.includes(INTERPRETER) };
  } finally {
    await file.close();
  }
}
