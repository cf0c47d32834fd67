// What the tests of handler/ share: the real sidecar, photographs of single faces, pictures of nobody, processes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { vi } from 'vitest';
import { type Config, readConfig } from '../../handler/config.ts';
import { toUnit } from '../../handler/matching/matcher.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { Sidecar } from '../../handler/sidecar/sidecar.ts';
import { DIST, demoPhoto } from '../helpers.ts';
import { seededIntegers } from '../seeded.ts';

/** With FR_TESTED=wasm the tests run on the WebAssembly sidecar: `npm run test:wasm`. */
export const SIDECAR = join(DIST, 'native', process.env.FR_TESTED === 'wasm' ? 'fr-sidecar.mjs' : 'fr-sidecar');

/** A sidecar that is independent of this process's environment. */
export function newSidecar(changes: Partial<Config> = {}): Sidecar {
  return new Sidecar({ ...readConfig({ FR_SIDECAR: SIDECAR }), ...changes });
}

/** Waits until `check` no longer throws. By default vitest waits one second, too short to end a process on a busy machine. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000 });
}

/**
 * Faces further apart than this are not from the same photograph. Lossy encoding moves a vector of unit length by .01 to .09,
 * most if all colour is lost. Two photos of one person are .29 apart (median; 1 % are below .19), of two people .60 (CFP
 * frontal, 120 people).
 */
export const SAME_PHOTO = 0.15;

/** Euclidean distance of two faces' vectors at unit length. */
export function unitDistance(a: Face, b: Face): number {
  const [first, second] = [toUnit(a.vector), toUnit(b.vector)];
  return Math.hypot(...first.map((value, i) => value - (second[i] as number)));
}

/** A photograph of four people side by side, 1920 pixels wide. */
export function groupPhoto(): Buffer {
  return readFileSync(demoPhoto(6));
}

/** Where a person's face, with some margin, is in a group photograph. */
const PEOPLE = {
  ann: { photo: 6, left: 1057, top: 268, width: 432, height: 432 },
  bea: { photo: 6, left: 122, top: 380, width: 518, height: 518 },
  cal: { photo: 3, left: 1391, top: 244, width: 432, height: 432 },
} as const;

/** One person, cut out of a group photograph and resized to `side` x `side` pixels. The names are made up. */
export async function portrait(name: keyof typeof PEOPLE, side = 300): Promise<Sharp> {
  const { photo, ...region } = PEOPLE[name];
  // As raw pixels, so that a test's next step works on exactly these pixels.
  const { data, info } = await sharp(demoPhoto(photo)).extract(region).resize(side).raw().toBuffer({
    resolveWithObject: true,
  });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
}

/** A face behind a surgical mask: HOG does not find it. */
export async function masked(): Promise<Buffer> {
  const mask = { create: { width: 180, height: 110, channels: 3 as const, background: '#99bbcc' } };
  return (await portrait('bea'))
    .composite([{ input: mask, left: 60, top: 150 }])
    .png()
    .toBuffer();
}

/** A picture of nobody: seeded noise over a gradient. */
export function nobody(side = 200): Sharp {
  const next = seededIntegers(1);
  const gradient = (i: number) => Math.floor((i / (side * side * 3)) * 192);
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (next() % 64) + gradient(i));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
}

/** Ids of the sidecar processes that this process started and that are still running. */
export function sidecarPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .filter((pid) => {
      try {
        const [, name, state, parent] =
          /^\d+ \((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
        if (state === 'Z' || Number(parent) !== process.pid) return false;
        return name === 'fr-sidecar' || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('fr-sidecar.mjs\0');
      } catch {
        return false; // it has ended since
      }
    });
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The parts of a value that Python's eval cannot read. The original's clients read answers with it. */
export function notPython(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(notPython);
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return [];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(notPython);
  return [value];
}
