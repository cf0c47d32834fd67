// The WebAssembly sidecar, as the page's worker opens it.
import { Core } from '../../../native/wasm/fr-core.mjs';
import { LIMITS } from './limits.ts';

/** The core gives up before the page ends its worker. */
const SOONER_MS = 1_000;

/** @throws Error when the weights cannot be used. */
export function openCore(program: WebAssembly.Module, weights: ArrayBuffer): Core {
  const read = (room: Uint8Array): void => room.set(new Uint8Array(weights));
  return new Core(program, { size: weights.byteLength, read }, { ...LIMITS, timeoutMs: LIMITS.mostMs - SOONER_MS });
}
