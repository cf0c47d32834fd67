// npm run page: writes build/page/, a static site for any web server. It stands beside the flow: the browser runs what it writes.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type Metafile } from 'esbuild';
import { bundledNotices, LINKED_WASM, weightsNotices } from '../packages/licences.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SITE = 'tools/page/site';

/** Where the parts come from. All of them are built before. */
const PARTS = {
  program: 'dist/native/fr-core.wasm',
  weights: 'dist/native/fr-sidecar.weights',
  cohort: 'handler/cohort.bin',
  libheif: 'node_modules/libheif-js/libheif-wasm/libheif.js',
  heic: 'node_modules/libheif-js/libheif-wasm/libheif.wasm',
  avif: 'node_modules/@jsquash/avif/codec/dec/avif_dec.wasm',
};

/** The LGPL, and the GPL that it builds on. */
const LIBHEIF_LICENCE = 'node_modules/libheif-js/libheif-wasm/LICENSE';

/** A file beside the page, and its bytes. */
interface Part {
  name: string;
  bytes: number;
}

/** Writes the site. The old one stays until the new one is whole. */
async function buildPage(folder: string): Promise<void> {
  const draft = `${folder}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const worker = bundle('worker.ts');
  const decoder = bundle('decoder.ts');
  const parts = {
    program: put(draft, 'fr-core', 'wasm', readFileSync(PARTS.program)),
    weights: put(draft, 'fr-sidecar', 'weights', readFileSync(PARTS.weights)),
    cohort: put(draft, 'cohort', 'bin', readFileSync(PARTS.cohort)),
    worker: put(draft, 'worker', 'js', Buffer.from(worker.text)),
    decoder: put(draft, 'decoder', 'js', Buffer.from(decoder.text)),
    libheif: put(draft, 'libheif', 'js', readFileSync(PARTS.libheif)), // as it is, so that it can be replaced
    heic: put(draft, 'libheif', 'wasm', readFileSync(PARTS.heic)),
    avif: put(draft, 'avif', 'wasm', readFileSync(PARTS.avif)),
  };
  cpSync(join(SITE, 'index.html'), join(draft, 'index.html'));
  const page = bundle('page.ts', { PART_FILES: JSON.stringify(parts) });
  writeFileSync(join(draft, 'page.js'), page.text);
  writeFileSync(join(draft, 'page.css'), bundle('page.css').text);
  writeFileSync(join(draft, 'LICENSES.txt'), await licences([page, worker, decoder]));
  const small = ['index.html', 'page.js', 'page.css', 'LICENSES.txt'].map((name) => [
    name,
    integrity(join(draft, name)),
  ]);
  const large = Object.values(parts).map(({ name }) => name);
  const offline = { SMALL_FILES: JSON.stringify(small), LARGE_FILES: JSON.stringify(large) };
  writeFileSync(join(draft, 'service-worker.js'), bundle('service-worker.ts', offline).text);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/** One file that needs no other. */
function bundle(source: string, define: Record<string, string> = {}): { text: string; metafile: Metafile } {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [join(SITE, source)],
    define: { 'import.meta.url': 'location.origin', ...define }, // the AVIF library wants an address, but it is given its program
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync' }, // the other one needs Node's Buffer
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
  return { text: outputFiles[0]?.text ?? '', metafile };
}

/** Our licence, and those of everything in the page that somebody else wrote. */
async function licences(scripts: readonly { metafile: Metafile }[]): Promise<string> {
  const outputs = Object.assign({}, ...scripts.map(({ metafile }, i) => ({ [i]: Object.values(metafile.outputs)[0] })));
  const decoders = ['tools/page/notices/HEIC.txt', LIBHEIF_LICENCE, 'tools/page/notices/AVIF.txt'];
  return [
    readFileSync('LICENSE', 'utf8'),
    await bundledNotices(ROOT, { inputs: {}, outputs }, LINKED_WASM),
    ...decoders.map((file) => readFileSync(file, 'utf8')),
    await weightsNotices(ROOT),
  ].join('\n');
}

/** Writes a file with its hash in its name, so that a browser never mixes two versions. */
function put(folder: string, name: string, ending: string, bytes: Buffer): Part {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const file = `${name}.${hash}.${ending}`;
  writeFileSync(join(folder, file), bytes);
  return { name: file, bytes: bytes.length };
}

function integrity(file: string): string {
  return `sha256-${createHash('sha256').update(readFileSync(file)).digest('base64')}`;
}

const folder = resolve(process.argv[2] ?? join(ROOT, 'build/page'));
process.chdir(ROOT);
await buildPage(folder);
console.log(`${folder} is written: put it on any web server`);
