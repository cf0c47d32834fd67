// Turns a HEIC or AVIF file into upright pixels for the sidecar, which does not read these formats. Limits are checked on the
// header. WebAssembly then decodes the file in its own thread, which has limited memory and time and ends with the picture.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ImageError, SidecarError } from '../errors.ts';
import { damaged, readHeader, type Size, unusable } from './header.ts';
import type { Answer } from './thread.mjs';
import { type Pixels, uprightRgb } from './upright.ts';

export type { Pixels };

export interface Limits {
  readonly maxPixels: number;
  readonly timeoutMs: number;
}

/** The npm packages that decode. Each may be replaced by another build of the same library. */
const LIBRARIES = {
  HEIC: { script: 'libheif-js/libheif-wasm/libheif.js', module: 'libheif-js/libheif-wasm/libheif.wasm' },
  AVIF: { script: '@jsquash/avif/codec/dec/avif_dec.js', module: '@jsquash/avif/codec/dec/avif_dec.wasm' },
} as const;
type Format = keyof typeof LIBRARIES;
const FORMATS: Record<string, Format> = { hvc1: 'HEIC', hev1: 'HEIC', av01: 'AVIF' };

/** As in native/image/image.hh. */
const FREE_SIDE = 10_000;
const MOST_PROPORTION = 100;

/**
 * Memory that a decoder may use: a fixed part, a part per byte of the file and a part per pixel, up to what a function has.
 * Measured on 12 megapixels: HEIC uses 6 bytes a pixel, and 9 with 10 bits and full colour; AVIF uses 21 and 30.
 */
const OWN_BYTES = 64 * 2 ** 20;
const PER_FILE_BYTE = 4;
const PER_PIXEL: Record<Format, number> = { HEIC: 16, AVIF: 34 };
const MOST_BYTES = 2 ** 30;

/**
 * Decodes the primary picture of the file.
 *
 * @param deadline when to stop the work.
 * @throws ImageError when the file cannot be used or its library is not installed, SidecarError when time is up.
 */
export async function decode(file: Uint8Array, limits: Limits, deadline: AbortSignal): Promise<Pixels> {
  const header = readHeader(file);
  for (const size of header.sizes) refuseSize(size, limits.maxPixels);
  const format = FORMATS[header.codec];
  if (!format) {
    throw unusable(`its HEIF file is coded as ${JSON.stringify(header.codec)}, which is not read: convert it to JPEG`);
  }
  const answer = await runThread(format, file, header, limits, deadline);
  if ('failure' in answer) throw explain(format, answer);
  // libheif has already cut and turned the picture.
  return uprightRgb(answer, [...(format === 'HEIC' ? [] : header.steps), ...header.exifSteps]);
}

function refuseSize({ width, height }: Size, maxPixels: number): void {
  const size = `the picture is ${width}x${height}`;
  const pixels = width * height;
  if (pixels === 0) throw unusable(`${size}: it has no pixels`);
  if (pixels > maxPixels) {
    throw unusable(`${size} (${pixels} pixels), above the limit of ${maxPixels}: shrink it or raise FR_MAX_PIXELS`);
  }
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (longer > FREE_SIDE && longer > MOST_PROPORTION * shorter) {
    throw unusable(`${size}, and one side is more than ${MOST_PROPORTION} times the other: crop it`);
  }
}

function explain(format: Format, { failure, why }: { failure: string; why: string }): ImageError {
  const options = { cause: new Error(why) };
  if (failure === 'damaged') return new ImageError(damaged(format), 'UNUSABLE_PICTURE', options);
  const text = `decoding the ${format} file takes more memory than is allowed for its size: shrink it, or convert it to JPEG`;
  return new ImageError(`the picture cannot be used: ${text}`, 'UNUSABLE_PICTURE', options);
}

const modules = new Map<Format, Promise<WebAssembly.Module>>();
const require = createRequire(import.meta.url);

/** The path of a library's file. @throws ImageError when the package is not installed, which is allowed. */
function locate(format: Format, part: 'script' | 'module'): string {
  const file = LIBRARIES[format][part];
  try {
    return require.resolve(file);
  } catch (cause) {
    const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    const what = `the npm package ${name}, which decodes ${format}, is not installed: run npm install ${name}, or convert the picture to JPEG`;
    throw new ImageError(`the picture cannot be used: ${what}`, 'UNUSABLE_PICTURE', { cause });
  }
}

/** Kept, so that the next picture starts with the code that V8 has already optimised. */
function compiled(format: Format): Promise<WebAssembly.Module> {
  let module = modules.get(format);
  if (!module) {
    module = readFile(locate(format, 'module')).then((bytes) => WebAssembly.compile(bytes));
    modules.set(format, module);
  }
  return module;
}

async function runThread(
  format: Format,
  file: Uint8Array,
  { width, height }: Size,
  limits: Limits,
  deadline: AbortSignal,
): Promise<Answer> {
  const script = locate(format, 'script');
  const wanted = OWN_BYTES + PER_FILE_BYTE * file.length + PER_PIXEL[format] * width * height;
  const maxBytes = Math.min(wanted, MOST_BYTES);
  const workerData = { format, script, module: await compiled(format), file, maxBytes };
  const thread = new Worker(fileURLToPath(new URL('./thread.mjs', import.meta.url)), {
    workerData,
    env: {},
    execArgv: [],
    stdout: true, // discards what a library prints
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 4 },
  });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const late = () => reject(tookTooLong(format, limits));
      deadline.addEventListener('abort', late, { once: true });
      if (deadline.aborted) late();
      thread.once('message', resolve);
      thread.once('error', ({ message }) => resolve({ failure: 'damaged', why: message }));
      thread.once('exit', () => resolve({ failure: 'damaged', why: 'the thread ended' }));
    });
  } finally {
    await thread.terminate();
  }
}

function tookTooLong(format: Format, { timeoutMs }: Limits): SidecarError {
  return new SidecarError(
    'timeout',
    `the ${format} picture took more than ${timeoutMs / 1000} s to decode: shrink it or raise FR_TIMEOUT_MS`,
  );
}
