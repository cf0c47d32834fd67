// The WebAssembly sidecar, as the page's worker opens it.
import { Core } from '../../../native/wasm/fr-core.mjs';

/** The limits are handler/config.ts's. The core gives up a second before the page ends its worker. */
const LIMITS = { maxBytes: 64 * 2 ** 20, maxPixels: 50_000_000, timeoutMs: 29_000 };

/** @throws Error when the weights cannot be used. */
export function openCore(program: WebAssembly.Module, weights: ArrayBuffer): Core {
  const read = (room: Uint8Array): void => room.set(new Uint8Array(weights));
  return new Core(program, { size: weights.byteLength, read }, LIMITS);
}
