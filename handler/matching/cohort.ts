// The background cohort, synthetic vectors of nobody: how it is written and read.
import { ModelError } from '../errors.ts';
import { COHORT_SCALE } from './cohort-distances.ts';
import { EMBEDDER } from './embedder.ts';
import { type Cohort, LEAST_COHORT, toUnit } from './matcher.ts';
import { type FaceVector, parsePhotos, VECTOR_SIZE } from './vectors.ts';

// A line of text says what follows: little-endian int16, VECTOR_SIZE a vector, COHORT_SCALE times the unit-length value.
const HEAD = `# face-cohort 1 ${EMBEDDER}\n`;

/** 64 MiB of text cannot hold more. */
const MOST_COHORT = 1_000_000;

/** @throws ModelError when the bytes are not a large enough cohort of our network. */
export function parseCohort(bytes: Uint8Array): Cohort {
  const body = bytes.subarray(HEAD.length);
  const size = body.length / (2 * VECTOR_SIZE);
  if (
    new TextDecoder().decode(bytes.subarray(0, HEAD.length)) !== HEAD ||
    !Number.isInteger(size) ||
    size < LEAST_COHORT
  ) {
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
export function formatCohort({ values }: Cohort): Uint8Array {
  const head = new TextEncoder().encode(HEAD);
  const bytes = new Uint8Array(head.length + values.byteLength);
  bytes.set(head);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), head.length);
  return bytes;
}
