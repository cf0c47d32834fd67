// Turns a HEIC or AVIF file into upright pixels for the sidecar, which does not read these formats. Limits are checked on the
// header. WebAssembly then decodes the file in its own thread, which has limited memory and time and ends with the picture.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ImageError, SidecarError } from '../errors.ts';
import type { Answer } from './libraries.mjs';
import { decodingFailure, type Format, type Plan, planDecoding } from './plan.ts';
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
} as const satisfies Record<Format, object>;

/**
 * Decodes the primary picture of the file.
 *
 * @param deadline when to stop the work.
 * @throws ImageError when the file cannot be used or its library is not installed, SidecarError when time is up.
 */
export async function decode(file: Uint8Array, limits: Limits, deadline: AbortSignal): Promise<Pixels> {
  const plan = planDecoding(file, limits.maxPixels);
  const answer = await runThread(plan, file, limits, deadline);
  if ('failure' in answer) throw decodingFailure(plan.format, answer.failure, answer.why);
  return uprightRgb(answer, plan.steps);
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
  { format, maxBytes }: Plan,
  file: Uint8Array,
  limits: Limits,
  deadline: AbortSignal,
): Promise<Answer> {
  const script = locate(format, 'script');
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
