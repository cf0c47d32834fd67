// The compiled TypeScript in dist/, and the links by which its commands are found. Plain JavaScript on Node alone, as setup.mjs is.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { step } from './steps.mjs';

const SOURCES = ['handler', 'tools', 'deploy'];
const ALSO_READ = ['tsconfig.json', 'package.json', 'node_modules/.package-lock.json'];
const STAMP = 'build/typescript.sha256';

/** Compiles the sources unless dist/ is up to date, and copies what else the programs read. */
export async function makeDist() {
  dropStaleDist();
  if (!distIsUpToDate()) {
    const advice = 'correct the errors above';
    const compile = [process.execPath, 'node_modules/typescript/bin/tsc'];
    await step('compiling TypeScript', [compile, [process.execPath, 'tools/setup/page.mjs']], advice);
    noteDist();
  }
  for (const file of readdirSync('handler').filter((name) => name.endsWith('.bin'))) {
    copyFileSync(join('handler', file), join('dist/handler', file));
  }
}

/**
 * Links our commands where `npx fr-train` looks first. With a "bin" in package.json npx would copy this project into npm's
 * cache, and two copies at a time would collide there.
 */
export function linkCommands() {
  if (process.platform === 'win32') return; // making links needs rights there; `node dist/tools/fr-train.js` works too
  for (const file of readdirSync('tools').filter((name) => /^(?:fr-.*|serverless-face-recognition)\.ts$/.test(name))) {
    const name = file.slice(0, -'.ts'.length);
    const link = join('node_modules/.bin', name);
    chmodSync(join('dist/tools', `${name}.js`), 0o755);
    rmSync(link, { force: true });
    symlinkSync(join('../../dist/tools', `${name}.js`), link);
  }
}

/** Whether sources, settings, compiler and compiled files are those of the last noteDist(). */
function distIsUpToDate() {
  return fingerprint() === readIfThere(STAMP);
}

/** Records what dist/ was compiled from. */
function noteDist() {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, fingerprint());
}

/** Deletes compiled files whose source is gone. */
function dropStaleDist() {
  for (const folder of SOURCES) {
    const sources = new Set(filesIn(folder, /\.(?:ts|css)$/).map((file) => file.replace(/\.(?:ts|css)$/, '')));
    for (const file of filesIn(join('dist', folder), COMPILED)) {
      if (!sources.has(file.slice('dist/'.length).replace(COMPILED, ''))) rmSync(file);
    }
  }
}

const COMPILED = /\.(?:js(?:\.map)?|css)$/;

/** A hash of contents, not of times: a checkout changes the times of files that are the same. */
function fingerprint() {
  const files = SOURCES.flatMap((folder) => [
    ...filesIn(folder, /\.(?:ts|json|css)$/),
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
