// Decodes one HEIC or AVIF file with a WebAssembly library that Emscripten built: in a thread of Node's, or in a page's worker.
//
// Plain JavaScript, because Node starts the thread's files as they are.

/**
 * A library's compiled module, the file, and the memory limit in bytes.
 *
 * @typedef {{ format: 'HEIC' | 'AVIF', module: WebAssembly.Module, file: Uint8Array, maxBytes: number }} Job
 *
 * Three or four bytes a pixel (the fourth is opacity), or why there are none.
 *
 * @typedef {{ width: number, height: number, channels: 3 | 4, pixels: Uint8Array<ArrayBuffer> }} Decoded
 * @typedef {Decoded | { failure: 'damaged' | 'memory', why: string }} Answer
 */

const PAGE_BYTES = 65_536;
let overgrown = false;

/**
 * Limits a library's memory, whose own limit is 2 GB. Every request for more goes through this one call.
 *
 * @param {number} maxBytes
 */
function limitMemory(maxBytes) {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > maxBytes) {
      overgrown = true;
      throw new RangeError('the memory is at its limit');
    }
    return grow.call(this, pages);
  };
}

/**
 * Starts a library built with Emscripten.
 *
 * @param {(settings: object) => any} make what the library's script gives
 * @param {WebAssembly.Module} module
 * @returns {Promise<any>}
 */
async function start(make, module) {
  return make({
    /**
     * @param {WebAssembly.Imports} imports
     * @param {(instance: WebAssembly.Instance) => void} done
     */
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
    print() {},
    printErr() {},
  });
}

/**
 * libheif: cuts and turns the picture by itself.
 *
 * @param {any} heif
 * @param {Uint8Array} file
 * @returns {Decoded}
 */
function decodeHeic(heif, file) {
  const context = heif.heif_context_alloc();
  refuse(heif, heif.heif_context_read_from_memory(context, file));
  const handle = refuse(heif, heif.heif_js_context_get_primary_image_handle(context));
  const opaque = !heif.heif_image_handle_has_alpha_channel(handle);
  const { heif_chroma_interleaved_RGB: rgb, heif_chroma_interleaved_RGBA: rgba } = heif.heif_chroma;
  const chroma = opaque ? rgb : rgba;
  const { channels: planes } = refuse(
    heif,
    heif.heif_js_decode_image2(handle, heif.heif_colorspace.heif_colorspace_RGB, chroma),
  );
  const [{ width, height, stride, data }] = planes;
  const channels = opaque ? 3 : 4;
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    pixels.set(data.subarray(y * stride, y * stride + width * channels), y * width * channels);
  }
  return { width, height, channels, pixels };
}

/**
 * Returns libheif's result, or throws its error.
 *
 * @param {any} heif
 * @param {any} result
 */
function refuse(heif, result) {
  if (result?.code && result.code !== heif.heif_error_code.heif_error_Ok) throw new Error(result.message);
  return result;
}

/**
 * libavif: returns the picture as stored.
 *
 * @param {any} avif
 * @param {Uint8Array} file
 * @returns {Decoded}
 */
function decodeAvif(avif, file) {
  const { width, height, data } = avif.decode(file, 8);
  return { width, height, channels: 4, pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * Decodes one file. A thread does this once, since it limits the memory of whatever runs in it.
 *
 * @param {() => Promise<(settings: object) => any>} load brings the library's script
 * @param {Job} job
 * @returns {Promise<Answer>}
 */
export async function decodeFile(load, { format, module, file, maxBytes }) {
  limitMemory(maxBytes);
  try {
    const library = await start(await load(), module);
    return format === 'HEIC' ? decodeHeic(library, file) : decodeAvif(library, file);
  } catch (error) {
    // A library may throw a number.
    return { failure: overgrown ? 'memory' : 'damaged', why: error instanceof Error ? error.message : String(error) };
  }
}
