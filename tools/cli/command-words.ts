// The words of the command line, with their bytes: Node replaces bytes that are not UTF-8 by U+FFFD.
import { readFileSync } from 'node:fs';
import { decodeName } from './names.ts';

/** The arguments. Their bytes are known only on Linux; elsewhere they are Node's strings. */
export function commandWords(): string[] {
  const words = process.argv.slice(2);
  if (words.length === 0 || !words.some((word) => word.includes('\ufffd'))) return words;
  try {
    const raw = readFileSync('/proc/self/cmdline');
    const all: string[] = [];
    for (let start = 0; start < raw.length; ) {
      const end = raw.indexOf(0, start);
      all.push(decodeName(raw.subarray(start, end)));
      start = end + 1;
    }
    return all.slice(-words.length);
  } catch {
    return words;
  }
}
