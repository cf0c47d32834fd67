// What the hostile pictures are made of, and how each kind of damage is done to a good picture.
import { seededFractions } from '../../seeded.ts';

export interface Specimen {
  name: string;
  make: () => Buffer | Promise<Buffer>;
  /** Fifty megapixels of work: on a busy machine its time may be up first. */
  heavy?: boolean;
}

export function noise(bytes: number, seed: number): Buffer {
  const random = seededFractions(seed);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));
}

/** `count` files that each lack their end, from nearly nothing to nearly all. */
export function cuts(name: string, file: Buffer, count: number): Specimen[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}, cut after ${i + 1}/${count + 1}`,
    make: () => file.subarray(0, Math.ceil((file.length * (i + 1)) / (count + 1))),
  }));
}

/** `count` files that each have a few bytes changed. */
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

/** `file` with bytes written over from `at` on. */
export function patched(file: Buffer, at: number, bytes: readonly number[]): Buffer {
  const changed = Buffer.from(file);
  changed.set(bytes, at);
  return changed;
}
