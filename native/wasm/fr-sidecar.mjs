#!/usr/bin/env node
// The sidecar where there is no native one: the WebAssembly core behind the worker's protocol (native/worker.hh), run by Node.
import { existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';
import { Core, WeightsError } from './fr-core.mjs';

const MAX_LINE = 128;
const LIMITS = /** @type {const} */ ({ 'max-bytes': 'maxBytes', 'max-pixels': 'maxPixels', 'timeout-ms': 'timeoutMs' });

/** @param {string} name */
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The core: compressed in the npm package (tools/packages/fill.ts), as it is in a clone. */
function readProgram() {
  const compressed = beside('fr-core.wasm.br');
  if (existsSync(compressed)) return brotliDecompressSync(readFileSync(compressed));
  return readFileSync(beside('fr-core.wasm'));
}

/** Node would keep the memory of an instance that is gone until it needs memory itself. */
function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

/**
 * The weights' file, which stays open: it is read again for an instance that replaces another.
 * @param {string} path
 * @returns {import('./fr-core.mjs').Weights}
 */
function weightsOf(path) {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  return {
    size,
    read(room) {
      for (let at = 0; at < size; ) {
        const count = readSync(file, room, at, size - at, at);
        if (count === 0) throw new WeightsError(`the weights file ${path} became shorter: install this software again`);
        at += count;
      }
    },
  };
}

/** @typedef {{ core: Core, input: AsyncIterator<Buffer>, held: Buffer }} Session */

/**
 * Whether there is more input; waits until some is held.
 * @param {Session} session
 */
async function hasMore(session) {
  while (session.held.length === 0) {
    const { value, done } = await session.input.next();
    if (done) return false;
    session.held = value;
  }
  return true;
}

/**
 * Removes the held input's first bytes, at most `most`.
 * @param {Session} session
 * @param {number} most
 */
function take(session, most) {
  const piece = session.held.subarray(0, most);
  session.held = session.held.subarray(piece.length);
  return piece;
}

/**
 * The next request's line, without its end; undefined at the end of the input.
 * @param {Session} session
 */
async function takeLine(session) {
  let line = '';
  while (line.length <= MAX_LINE && (await hasMore(session))) {
    const end = session.held.indexOf('\n');
    line += take(session, end < 0 ? MAX_LINE + 1 : end + 1).toString('latin1');
    if (end >= 0) return line.slice(0, -1);
  }
  if (line === '') return undefined;
  throw new Error("the request line is not in the worker's form");
}

/**
 * Answers one request. False at the end of the input.
 * @param {Session} session
 */
async function serve(session) {
  const line = await takeLine(session);
  if (line === undefined) return false;
  const { size, room } = session.core.request(line);
  for (let at = 0; at < size; ) {
    if (!(await hasMore(session))) throw new Error('the input ended inside a picture');
    const piece = take(session, size - at);
    room?.set(piece, at);
    at += piece.length;
  }
  const { status, text, notes } = session.core.answer();
  const [body, said] = [Buffer.from(text), Buffer.from(notes)];
  const head = said.length > 0 ? `${status} ${body.length} ${said.length}\n` : `${status} ${body.length}\n`;
  const parts = [Buffer.from(head), body, said];
  await new Promise((done) => process.stdout.write(Buffer.concat(parts), done));
  return true;
}

async function main() {
  const option = /** @type {const} */ ({ type: 'string' });
  const { values } = parseArgs({
    options: {
      worker: { type: 'boolean' },
      weights: option,
      'max-bytes': option,
      'max-pixels': option,
      'timeout-ms': option,
    },
  });
  if (!values.worker) throw new Error('this sidecar works as a worker only: give --worker');
  /** @type {import('./fr-core.mjs').Limits} */
  const limits = {};
  for (const [name, limit] of Object.entries(LIMITS)) {
    const text = values[/** @type {keyof typeof LIMITS} */ (name)];
    if (text === undefined) continue;
    if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`--${name} wants a whole number from 1, not '${text}'`);
    limits[limit] = Number(text);
  }
  const weights = weightsOf(values.weights ?? beside('fr-sidecar.weights'));
  const module = new WebAssembly.Module(readProgram());
  const core = new Core(module, weights, limits);
  const session = { core, input: process.stdin[Symbol.asyncIterator](), held: Buffer.alloc(0) };
  while (await serve(session)) {
    if (core.memoryBytes === 0) collectGarbage();
  }
}

process.stdout.on('error', () => process.exit(1)); // nobody reads the answer
try {
  await main();
} catch (error) {
  process.stderr.write(`fr-sidecar: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
}
