// The cohort that ships beside this file.
import { existsSync, readFileSync } from 'node:fs';
import { parseCohort } from './matching/cohort.ts';
import type { Cohort } from './matching/matcher.ts';

let shipped: Cohort | undefined;

/** The cohort that ships with this software. Read at the first call. */
export function shippedCohort(): Cohort {
  shipped ??= parseCohort(readShipped());
  return shipped;
}

/** The file: compressed in the npm package (tools/packages/fill.ts), as it is elsewhere. */
function readShipped(): Uint8Array {
  const compressed = new URL('./cohort.bin.br', import.meta.url);
  // Not imported above: a function's start, which needs no zlib, would pay 4 ms for it.
  if (existsSync(compressed))
    return process.getBuiltinModule('node:zlib').brotliDecompressSync(readFileSync(compressed));
  return readFileSync(new URL('./cohort.bin', import.meta.url));
}
