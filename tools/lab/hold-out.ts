// Which people of a folder are kept out of a cohort, so that they can be strangers when it is judged.
import { createHash } from 'node:crypto';

/** A quarter of the people, by their name alone: the first byte of its SHA-256 is a multiple of 4. */
export function isHeldOut(name: string): boolean {
  return (createHash('sha256').update(name).digest()[0] as number) % 4 === 0;
}
