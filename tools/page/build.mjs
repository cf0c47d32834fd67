// npm run page: writes build/page/, a static site for any web server. Plain JavaScript on Node and esbuild.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SITE = 'tools/page/site';

/** Where the parts come from. All of them are built before. */
const PARTS = {
  program: 'dist/native/fr-core.wasm',
  weights: 'dist/native/fr-sidecar.weights',
  cohort: 'handler/cohort.bin',
};

/**
 * Writes the site. The old one stays until the new one is whole.
 * @param {string} folder
 */
function buildPage(folder) {
  process.chdir(ROOT);
  const draft = `${folder}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const worker = bundle('worker.ts', {});
  const parts = {
    program: put(draft, 'fr-core', 'wasm', readFileSync(PARTS.program)),
    weights: put(draft, 'fr-sidecar', 'weights', readFileSync(PARTS.weights)),
    cohort: put(draft, 'cohort', 'bin', readFileSync(PARTS.cohort)),
    worker: put(draft, 'worker', 'js', Buffer.from(worker)),
  };
  cpSync(join(SITE, 'index.html'), join(draft, 'index.html'));
  writeFileSync(join(draft, 'page.js'), bundle('page.ts', { PART_FILES: JSON.stringify(parts) }));
  writeFileSync(join(draft, 'page.css'), bundle('page.css', {}));
  const small = ['index.html', 'page.js', 'page.css'].map((name) => [name, integrity(join(draft, name))]);
  const large = Object.values(parts).map(({ name }) => name);
  const offline = { SMALL_FILES: JSON.stringify(small), LARGE_FILES: JSON.stringify(large) };
  writeFileSync(join(draft, 'service-worker.js'), bundle('service-worker.ts', offline));
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/**
 * One file that needs no other.
 * @param {string} source
 * @param {Record<string, string>} define
 */
function bundle(source, define) {
  const { outputFiles } = buildSync({
    entryPoints: [join(SITE, source)],
    define,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync' }, // the other one needs Node's Buffer
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
    write: false,
  });
  return /** @type {import('esbuild').OutputFile} */ (outputFiles[0]).text;
}

/**
 * Writes a file with its hash in its name, so that a browser never mixes two versions.
 * @param {string} folder
 * @param {string} name
 * @param {string} ending
 * @param {Buffer} bytes
 */
function put(folder, name, ending, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const file = `${name}.${hash}.${ending}`;
  writeFileSync(join(folder, file), bytes);
  return { name: file, bytes: bytes.length };
}

/** @param {string} file */
function integrity(file) {
  return `sha256-${createHash('sha256').update(readFileSync(file)).digest('base64')}`;
}

const folder = resolve(process.argv[2] ?? join(ROOT, 'build/page'));
buildPage(folder);
console.log(`${folder} is written: put it on any web server`);
