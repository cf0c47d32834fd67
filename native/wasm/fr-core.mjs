// The WebAssembly core from JavaScript: weights and a picture's bytes in, CSV out. No Node and no page in it, so it runs in both.
// core.cc is the other side.

const PAGE_BYTES = 65_536;
const MiB = 2 ** 20;
/** What the core needs beside the picture: its code's own data and stack, and the detectors' planes; see most_memory in main.cc. */
const OTHER_BYTES = 32 * MiB;
/** The file, a progressive JPEG's six bytes a pixel, the three that a pixel is decoded to, and a little more. */
const BYTES_A_PIXEL = 9.2;
/** Memory never shrinks, so an instance that needed more than this is replaced after its answer. */
const KEPT_BYTES = 160 * MiB;
/** Above, a pixel's place in the picture would not fit the core's integers of 32 bits. */
const MOST_PIXELS = 400_000_000;

/**
 * @typedef {object} Limits of one picture
 * @property {number} [maxBytes] of its file; 64 MiB
 * @property {number} [maxPixels] 50 million
 * @property {number} [timeoutMs] 0, none
 */

/**
 * @typedef {object} Answer
 * @property {number} status 0 faces, 1 a failure, 2 a picture that cannot be used, 3 out of time
 * @property {string} text CSV of the faces, or one line that says what failed
 * @property {string} notes lines for a person
 */

/**
 * @typedef {object} Weights of the networks: the weights file, wherever it is
 * @property {number} size bytes of the file
 * @property {(room: Uint8Array) => void} read puts them into the core's memory
 */

/** A request line that is not in the worker's form: native/worker.hh. */
export class RequestLineError extends Error {}

/** The weights cannot be used. */
export class WeightsError extends Error {}

const utf8 = new TextDecoder();

/** Answers about one picture at a time. A core that breaks at a picture answers so, and is made anew for the next one. */
export class Core {
  /** @type {WebAssembly.Module} */
  #module;
  /** @type {Weights} */
  #weights;
  #maxBytes;
  #maxPixels;
  #timeoutMs;
  /** @type {any} */
  #exports;
  /** @type {WebAssembly.Memory | undefined} */
  #memory;

  /**
   * @param {WebAssembly.Module} module fr-core.wasm, compiled
   * @param {Weights} weights asked again when an instance is replaced
   * @param {Limits} [limits]
   * @throws {WeightsError}
   */
  constructor(module, weights, { maxBytes = 64 * MiB, maxPixels = 50_000_000, timeoutMs = 0 } = {}) {
    this.#module = module;
    this.#weights = weights;
    this.#maxBytes = Math.min(maxBytes, 2 ** 32 - 1);
    this.#maxPixels = Math.min(maxPixels, MOST_PIXELS);
    this.#timeoutMs = timeoutMs;
    this.#start();
  }

  /**
   * Describes a picture.
   * @param {Uint8Array} bytes a picture's file, or with `--pixels` its pixels
   * @param {string} [question] the words of the worker's protocol, e.g. `--probe --thorough`
   * @returns {Answer}
   * @throws {RequestLineError}
   */
  describe(bytes, question = '') {
    const { room } = this.request(`${bytes.length} ${question}`);
    room?.set(bytes);
    return this.answer();
  }

  /**
   * The first half of `describe`, for whoever reads the picture piece by piece: what to read, and where it goes. Without a room
   * the picture is refused: read past it, and ask for the answer.
   * @param {string} line
   * @returns {{ size: number, room: Uint8Array | undefined }} the room is the core's memory: fill it before any other call
   * @throws {RequestLineError}
   */
  request(line) {
    if (!this.#memory) this.#start();
    const core = this.#exports;
    const bytes = new TextEncoder().encode(line);
    const at = core.fr_line(bytes.length);
    new Uint8Array(this.#buffer, at, bytes.length).set(bytes);
    if (core.fr_request() !== 0) throw new RequestLineError(this.#text(core.fr_text(), core.fr_text_size()));
    const size = core.fr_bytes() >>> 0;
    const room = core.fr_room() >>> 0;
    return { size, room: room === 0 ? undefined : new Uint8Array(this.#buffer, room, size) };
  }

  /**
   * The second half.
   * @returns {Answer}
   */
  answer() {
    const core = this.#exports;
    try {
      const status = core.fr_answer();
      const text = this.#text(core.fr_text(), core.fr_text_size());
      const notes = this.#text(core.fr_notes(), core.fr_notes_size());
      if (this.#buffer.byteLength > KEPT_BYTES) this.#drop();
      return { status, text, notes };
    } catch (error) {
      this.#drop();
      return { status: 1, text: `the sidecar broke at this picture (${error}): use another picture`, notes: '' };
    }
  }

  /** Bytes of the instance's memory; 0 after an answer for which it grew too large or broke. A page may let it go at its leisure. */
  get memoryBytes() {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  get #buffer() {
    return /** @type {WebAssembly.Memory} */ (this.#memory).buffer;
  }

  #drop() {
    this.#memory = undefined;
    this.#exports = undefined;
  }

  #start() {
    const { size, read } = this.#weights;
    const most = size + OTHER_BYTES + this.#maxBytes + BYTES_A_PIXEL * this.#maxPixels;
    const maximum = Math.min(PAGE_BYTES, Math.ceil(most / PAGE_BYTES));
    const memory = new WebAssembly.Memory({ initial: Math.ceil((size + 4 * MiB) / PAGE_BYTES), maximum });
    const imports = { env: { memory }, wasi_snapshot_preview1: system(memory) };
    const core = /** @type {any} */ (new WebAssembly.Instance(this.#module, imports).exports);
    this.#memory = memory;
    this.#exports = core;
    core._initialize();
    const at = core.fr_allocate(size) >>> 0;
    if (at === 0) throw new WeightsError('there is no memory for the weights');
    read(new Uint8Array(memory.buffer, at, size)); // straight to where they are used: a copy would touch twice the memory
    if (core.fr_open(at, size, this.#maxBytes, this.#maxPixels, this.#timeoutMs) !== 0) {
      throw new WeightsError(this.#text(core.fr_text(), core.fr_text_size()));
    }
  }

  /**
   * @param {number} at
   * @param {number} size
   */
  #text(at, size) {
    return utf8.decode(new Uint8Array(this.#buffer, at >>> 0, size >>> 0));
  }
}

/**
 * What wasi-libc imports. Only the clock is used: there are no files, and nothing to print.
 * @param {WebAssembly.Memory} memory
 */
function system(memory) {
  const BAD_FILE = 8;
  const refuse = () => BAD_FILE;
  return {
    /**
     * @param {number} _clock
     * @param {bigint} _precision
     * @param {number} at
     */
    clock_time_get(_clock, _precision, at) {
      new DataView(memory.buffer).setBigUint64(at, BigInt(Math.round(performance.now() * 1e6)), true);
      return 0;
    },
    environ_get: () => 0,
    /**
     * @param {number} count
     * @param {number} bytes
     */
    environ_sizes_get(count, bytes) {
      const view = new DataView(memory.buffer);
      view.setUint32(count, 0, true);
      view.setUint32(bytes, 0, true);
      return 0;
    },
    fd_close: refuse,
    fd_seek: refuse,
    fd_write: refuse,
    /** @param {number} status */
    proc_exit(status) {
      throw new Error(`it ended with status ${status}`);
    },
  };
}
