// The cohort that ships beside this file.
import { readFileSync } from 'node:fs';
import { parseCohort } from './cohort.ts';
import type { Cohort } from './matcher.ts';

let shipped: Cohort | undefined;

/** The cohort that ships with this software. Read at the first call. */
export function shippedCohort(): Cohort {
  shipped ??= parseCohort(readFileSync(new URL('./cohort.bin', import.meta.url)));
  return shipped;
}
