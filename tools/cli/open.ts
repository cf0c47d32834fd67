// Reads and writes pipes, terminals and devices so that the process can always end: a thread that waits inside open or read
// would prevent that.
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeName } from './names.ts';

const { O_NONBLOCK, O_WRONLY } = constants;
const RETRY_MS = 50;

/**
 * Reads what was opened with O_NONBLOCK, and closes it; waits for a writer in the event loop. A pipe must be opened only once:
 * whoever writes into it goes on at the first, and has lost its reader at the second. Throws the system's errors.
 */
export async function readSpecial(fd: number, isPipe: boolean): Promise<AsyncIterable<Buffer>> {
  if (isPipe) {
    const { Socket } = await import('node:net');
    return new Socket({ fd, readable: true, writable: false });
  }
  const { isatty, ReadStream } = await import('node:tty');
  return isatty(fd) ? new ReadStream(fd) : createReadStream('', { fd });
}

/** Writes; waits for a reader in the event loop. Throws the system's errors. */
export async function writeSpecial(path: string, content: string | Uint8Array, isPipe: boolean): Promise<void> {
  const fd = await openToWrite(path, isPipe);
  if (isPipe) {
    const { Socket } = await import('node:net');
    const socket = new Socket({ fd, readable: false, writable: true });
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.end(content);
    });
    return;
  }
  try {
    const bytes = Buffer.from(content as Uint8Array);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}

async function openToWrite(path: string, isPipe: boolean): Promise<number> {
  for (;;) {
    try {
      return openSync(encodeName(path), isPipe ? O_WRONLY | O_NONBLOCK : O_WRONLY);
    } catch (error) {
      // ENXIO: no process has opened this pipe to read yet.
      if (!isPipe || (error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await sleep(RETRY_MS);
    }
  }
}
