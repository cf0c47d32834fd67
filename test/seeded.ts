// Numbers that look random and are the same every time.

const MODULUS = 2_147_483_647;

/** Whole numbers from 1 to 2^31 - 2: Lehmer's generator with the multiplier of Park, Miller and Stockmeyer (1993). */
export function seededIntegers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % MODULUS;
    return state;
  };
}

/** Numbers above 0 and below 1. */
export function seededFractions(seed: number): () => number {
  const next = seededIntegers((seed * 1_299_709) % MODULUS); // a small seed itself would give a first number near 0
  return () => next() / MODULUS;
}
