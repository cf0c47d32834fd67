// The background cohort, loaded once: synthetic vectors of nobody, shipped beside this file.
import { readFileSync } from 'node:fs';
import { EMBEDDER } from './config.ts';
import { ModelError } from './errors.ts';
import { COHORT_NEIGHBOURS, type Cohort, toUnit } from './matcher.ts';
import { type FaceVector, VECTOR_SIZE } from './vectors.ts';

// A line of text says what follows: little-endian int16, VECTOR_SIZE a vector, SCALE times the unit-length value.
const HEAD = `# face-cohort 1 ${EMBEDDER}\n`;
const SCALE = 32_767;

let shipped: Cohort | undefined;

/** The cohort that ships with this software. Read at the first call. */
export function shippedCohort(): Cohort {
  shipped ??= parseCohort(readFileSync(new URL('./cohort.bin', import.meta.url)));
  return shipped;
}

/** @throws ModelError when the bytes are not a cohort of our network, large enough to find neighbours in. */
export function parseCohort(bytes: Buffer): Cohort {
  const body = bytes.subarray(HEAD.length);
  const size = body.length / (2 * VECTOR_SIZE);
  if (bytes.toString('latin1', 0, HEAD.length) !== HEAD || !Number.isInteger(size) || size < COHORT_NEIGHBOURS) {
    throw new ModelError(`the cohort is not ${EMBEDDER}'s, or damaged: install this software again`);
  }
  const units = new Float32Array(size * VECTOR_SIZE);
  for (let i = 0; i < size; i += 1) {
    const vector = Float32Array.from({ length: VECTOR_SIZE }, (_, j) => body.readInt16LE(2 * (i * VECTOR_SIZE + j)));
    units.set(toUnit(vector), i * VECTOR_SIZE);
  }
  return { units, size };
}

/** Writes a cohort as parseCohort reads it. Values lose what lies below 1/65534 of unit length. */
export function formatCohort(vectors: readonly FaceVector[]): Buffer {
  const body = Buffer.alloc(vectors.length * VECTOR_SIZE * 2);
  vectors.forEach((vector, i) => {
    toUnit(vector).forEach((value, j) => {
      body.writeInt16LE(Math.round(value * SCALE), 2 * (i * VECTOR_SIZE + j));
    });
  });
  return Buffer.concat([Buffer.from(HEAD, 'latin1'), body]);
}
