// The background cohort: synthetic vectors of nobody. One ships beside this file.
import { readFileSync } from 'node:fs';
import { EMBEDDER } from './config.ts';
import { ModelError } from './errors.ts';
import { COHORT_SCALE, type Cohort, LEAST_COHORT, toUnit } from './matcher.ts';
import { type FaceVector, parsePhotos, VECTOR_SIZE } from './vectors.ts';

// A line of text says what follows: little-endian int16, VECTOR_SIZE a vector, COHORT_SCALE times the unit-length value.
const HEAD = `# face-cohort 1 ${EMBEDDER}\n`;

/** 64 MiB of text cannot hold more. */
const MOST_COHORT = 1_000_000;

let shipped: Cohort | undefined;

/** The cohort that ships with this software. Read at the first call. */
export function shippedCohort(): Cohort {
  shipped ??= parseCohort(readFileSync(new URL('./cohort.bin', import.meta.url)));
  return shipped;
}

/** @throws ModelError when the bytes are not a large enough cohort of our network. */
export function parseCohort(bytes: Buffer): Cohort {
  const body = bytes.subarray(HEAD.length);
  const size = body.length / (2 * VECTOR_SIZE);
  if (bytes.toString('latin1', 0, HEAD.length) !== HEAD || !Number.isInteger(size) || size < LEAST_COHORT) {
    throw new ModelError(`the cohort is not ${EMBEDDER}'s, or damaged: install this software again`);
  }
  // A copy, because a view must begin at an even byte. Every processor that runs this is little-endian.
  return { values: new Int16Array(new Uint8Array(body).buffer), size };
}

/** A cohort as `fr-cohort build` prints it, which is a model's CSV. @throws ModelError. */
export function parseCohortCsv(csv: string): Cohort {
  const vectors = parsePhotos(csv, MOST_COHORT).flat();
  if (vectors.length < LEAST_COHORT) {
    throw new ModelError(`a cohort needs ${LEAST_COHORT} vectors and this has ${vectors.length}: build it anew`);
  }
  return toCohort(vectors);
}

/** Vectors of any length as a cohort. Values are rounded to 1/32767 of unit length. */
export function toCohort(vectors: readonly FaceVector[]): Cohort {
  const values = new Int16Array(vectors.length * VECTOR_SIZE);
  vectors.forEach((vector, i) => {
    toUnit(vector).forEach((value, j) => {
      values[i * VECTOR_SIZE + j] = Math.round(value * COHORT_SCALE);
    });
  });
  return { values, size: vectors.length };
}

/** Writes a cohort as parseCohort reads it. */
export function formatCohort({ values }: Cohort): Buffer {
  return Buffer.concat([Buffer.from(HEAD, 'latin1'), new Uint8Array(values.buffer)]);
}
