// Describes a hostile picture, and damages good pictures in several ways.
import { seededFractions } from '../../seeded.ts';

export interface Specimen {
  name: string;
  make: () => Buffer | Promise<Buffer>;
  /** True if it takes work on fifty megapixels, so that on a busy machine its time may be up first. */
  heavy?: boolean;
}

export function noise(bytes: number, seed: number): Buffer {
  const random = seededFractions(seed);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));
}

/** `count` copies, each cut short at a different place, evenly spaced. */
export function cuts(name: string, file: Buffer, count: number): Specimen[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}, cut after ${i + 1}/${count + 1}`,
    make: () => file.subarray(0, Math.ceil((file.length * (i + 1)) / (count + 1))),
  }));
}

/** `count` copies, each with a few bytes changed. */
export function flips(name: string, file: Buffer, count: number): Specimen[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}, damage ${i + 1}`,
    make: () => {
      const damaged = Buffer.from(file);
      const random = seededFractions(i + 1);
      for (let changes = 0; changes <= i % 8; changes += 1) {
        damaged[Math.floor(random() * file.length)] = random() * 256;
      }
      return damaged;
    },
  }));
}

/** `file` with bytes overwritten from `at`. */
export function patched(file: Buffer, at: number, bytes: readonly number[]): Buffer {
  const changed = Buffer.from(file);
  changed.set(bytes, at);
  return changed;
}
