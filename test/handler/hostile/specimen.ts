// What the zoo of hostile pictures is made of, and how each kind of damage is done to a good picture.

export interface Specimen {
  name: string;
  make: () => Buffer | Promise<Buffer>;
  /** Fifty megapixels of work: on a busy machine its time may be up first. */
  heavy?: boolean;
}

/** Numbers from 0 to 1, the same every time. */
function seeded(seed: number): () => number {
  let state = (seed * 1_299_709) % 2_147_483_647; // of a small seed, the first number would be near 0
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export function noise(bytes: number, seed: number): Buffer {
  const random = seeded(seed);
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
      const random = seeded(i + 1);
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
