// Which people of a folder are kept out of a cohort, so that they can be strangers when it is judged.
import { createHash } from 'node:crypto';

/** A quarter of the people, by their name alone: the first byte of its hash is a multiple of 4. */
export function isHeldOut(name: string): boolean {
  return Number.parseInt(hashOf(name).slice(0, 2), 16) % 4 === 0;
}

/** SHA-256 of a name, in hexadecimal: an order of people that has nothing to do with who they are. */
export function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
