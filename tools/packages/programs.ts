// The parts of the packages that are not JavaScript: static executables and the weights, as the native build makes them.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { WEIGHTS_FILE } from '../../handler/program.ts';
import type { Platform } from './manifests.ts';

/** A part that cannot be built here, in one line: what, and what to do. */
export class PartError extends Error {}

/** The static executable for a platform. @throws PartError. */
export async function programFor(root: string, platform: Platform): Promise<string> {
  const here = `${process.platform}-${process.arch}`;
  const path =
    platform === here ? join(root, 'dist/native/fr-sidecar') : join(root, 'build/native', platform, 'fr-sidecar');
  const kind = await readKind(path);
  if (kind === undefined) throw new PartError(`the program for ${platform} is missing (${path}): run npm run setup`);
  if (kind.platform !== platform)
    throw new PartError(`${path} is for ${kind.platform}, not ${platform}: build it again`);
  if (!kind.isStatic)
    throw new PartError(`the program for ${platform} needs a C library of its own version: link it statically`);
  return path;
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
