// The decoder's thread: decodes one HEIC or AVIF file with a WebAssembly library. It ends with the picture, and with it
// whatever went wrong inside.
//
// Plain JavaScript, because Node starts this very file: from the sources, from dist/ and inside an image.
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { decodeFile } from './libraries.mjs';

/**
 * The thread's input: the path of the library's script, and what it decodes.
 *
 * @typedef {import('./libraries.mjs').Job & { script: string }} ThreadJob
 */

const { script, ...job } = /** @type {ThreadJob} */ (workerData);
const answer = await decodeFile(async () => (await import(pathToFileURL(script).href)).default, job);
parentPort?.postMessage(answer, 'pixels' in answer ? [answer.pixels.buffer] : []);
