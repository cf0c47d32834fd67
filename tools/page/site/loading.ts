// Brings the program, its weights and the cohort from where the page came from, and then forbids the page every request.
import type { Parts } from './messages.ts';
import type { Decoders } from './reading.ts';

/** A file beside the page, and its bytes. The build writes them. */
export interface PartFile {
  name: string;
  bytes: number;
}

/** `libheif` is that library's script; `heic` and `avif` are the two decoders' programs, `decoder` what runs them. */
type PartName = 'program' | 'weights' | 'cohort' | 'worker' | 'decoder' | 'libheif' | 'heic' | 'avif';

declare const PART_FILES: Record<PartName, PartFile>;

/** After loading: no request, whatever the page, its worker or an error in them tries. Policies only ever add up. */
const LOCKED =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; img-src blob: data:; worker-src blob:; connect-src 'none'";

export interface Loaded {
  parts: Parts;
  /** The worker's script, as an address inside the page. */
  script: string;
  decoders: Decoders;
}

/** @param onProgress is told the share that has come, 0 to 1. @throws Error in words for a person. */
export async function load(onProgress: (share: number) => void): Promise<Loaded> {
  const files = Object.values(PART_FILES);
  const whole = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let come = 0;
  const onBytes = (bytes: number): void => {
    come += bytes;
    onProgress(come / whole);
  };
  const brought = await Promise.all(
    Object.entries(PART_FILES).map(async ([name, file]) => [name, await bring(file, onBytes)] as const),
  );
  const part = Object.fromEntries(brought) as Record<PartName, ArrayBuffer>;
  const program = await compile(part.program);
  lock();
  return {
    parts: { program, weights: part.weights, cohort: part.cohort },
    script: scriptOf(part.worker),
    decoders: { script: scriptOf(part.libheif, part.decoder), HEIC: part.heic, AVIF: part.avif },
  };
}

/** An address inside the page. */
function scriptOf(...texts: ArrayBuffer[]): string {
  return URL.createObjectURL(new Blob(texts, { type: 'text/javascript' }));
}

async function bring({ name, bytes }: PartFile, onBytes: (bytes: number) => void): Promise<ArrayBuffer> {
  const response = await fetch(name).catch(() => undefined);
  if (!response?.ok || !response.body)
    throw new Error(`${name} cannot be loaded: check the network, and load the page again`);
  const whole = new Uint8Array(bytes);
  let at = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes) throw new Error(`${name} is another version: load the page again`);
    whole.set(value, at);
    at += value.length;
    onBytes(value.length);
  }
  if (at !== bytes) throw new Error(`${name} is cut short: load the page again`);
  return whole.buffer;
}

async function compile(program: ArrayBuffer): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(program);
  } catch {
    throw new Error('This browser is too old: it needs WebAssembly with SIMD (Chrome 91, Firefox 89, Safari 16.4)');
  }
}

/** A worker that is made of a blob inherits what is in force now. */
function lock(): void {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = LOCKED;
  document.head.append(policy);
}
