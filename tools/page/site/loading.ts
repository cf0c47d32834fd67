// Brings the program, its weights and the cohort from where the page came from, and then forbids the page every request.
import type { Parts } from './messages.ts';

/** A file beside the page, and its bytes. The build writes them. */
export interface PartFile {
  name: string;
  bytes: number;
}

declare const PART_FILES: Record<'program' | 'weights' | 'cohort' | 'worker', PartFile>;

/** After loading: no request, whatever the page, its worker or an error in them tries. Policies only ever add up. */
const LOCKED =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; img-src blob: data:; worker-src blob:; connect-src 'none'";

export interface Loaded {
  parts: Parts;
  /** The worker's script, as an address inside the page. */
  script: string;
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
  const [program, weights, cohort, worker] = (await Promise.all(
    [PART_FILES.program, PART_FILES.weights, PART_FILES.cohort, PART_FILES.worker].map((file) => bring(file, onBytes)),
  )) as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer];
  const module = await compile(program);
  lock();
  const script = URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }));
  return { parts: { program: module, weights, cohort }, script };
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
