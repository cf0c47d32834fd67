// Whether dist/ is what the compiler makes of the sources. Plain JavaScript on Node alone, as setup.mjs is.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCES = ['handler', 'tools', 'deploy'];
const ALSO_READ = ['tsconfig.json', 'package.json', 'node_modules/.package-lock.json'];
const STAMP = 'build/typescript.sha256';

/** Whether nothing has changed since noteDist(): no source, no setting, no compiler, and no compiled file. */
export function distIsUpToDate() {
  return fingerprint() === readIfThere(STAMP);
}

/** To be called when the compiler is done. */
export function noteDist() {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, fingerprint());
}

/** Deletes what was compiled from sources that are there no more. */
export function dropStaleDist() {
  for (const folder of SOURCES) {
    const sources = new Set(filesIn(folder, /\.ts$/).map((file) => file.slice(0, -'.ts'.length)));
    for (const file of filesIn(join('dist', folder), COMPILED)) {
      if (!sources.has(file.slice('dist/'.length).replace(COMPILED, ''))) rmSync(file);
    }
  }
}

const COMPILED = /\.js(?:\.map)?$/;

/** By content: a checkout gives files other times, and may bring back what they were. */
function fingerprint() {
  const files = SOURCES.flatMap((folder) => [
    ...filesIn(folder, /\.(?:ts|json)$/),
    ...filesIn(join('dist', folder), COMPILED),
  ]);
  const hash = createHash('sha256');
  for (const file of [...ALSO_READ, ...files]) {
    const text = readIfThere(file) ?? '';
    hash.update(`${file} ${text.length}\n${text}`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @param {RegExp} name
 */
function filesIn(folder, name) {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return entries
      .filter((entry) => name.test(entry))
      .map((entry) => join(folder, entry))
      .sort();
  } catch {
    return []; // no dist/ yet
  }
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
