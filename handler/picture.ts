// What a program may hand us as a picture -> its bytes, of which there may be no more than the limit.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { ImageError, RequestError } from './errors.ts';

/** A picture file: its bytes, its path as text or `file:` URL, a Blob or File, or a stream of its bytes. */
export type Picture = Uint8Array | ArrayBuffer | Blob | string | URL | AsyncIterable<Uint8Array>;

/**
 * Reads a picture whole.
 *
 * @param signal stops reading; a stream is then destroyed.
 * @throws ImageError when there are more than `maxBytes`, RequestError when it cannot be read. Messages hold no path, which may
 * name a person; the system's error is the cause.
 */
export async function readPicture(picture: Picture, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  if (picture instanceof Uint8Array) return limited(picture, maxBytes);
  if (picture instanceof ArrayBuffer) return limited(new Uint8Array(picture), maxBytes);
  if (picture instanceof Blob) {
    if (picture.size > maxBytes) throw tooLarge(maxBytes);
    return new Uint8Array(await picture.arrayBuffer());
  }
  if (typeof picture === 'string' || picture instanceof URL) return readFileOf(picture, maxBytes, signal);
  if (typeof picture !== 'object' || picture === null || !(Symbol.asyncIterator in picture)) {
    throw new RequestError('the picture cannot be read: give bytes, a path, a Blob or a stream of bytes');
  }
  return collect(picture, maxBytes, signal);
}

async function readFileOf(path: string | URL, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    const about = await stat(path);
    if (about.isDirectory())
      throw new RequestError('the picture cannot be read: the path is a folder: name the file in it');
    if (about.isFile() && about.size > maxBytes) throw tooLarge(maxBytes);
    return await collect(createReadStream(path), maxBytes, signal);
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined && code !== 'ERR_INVALID_URL_SCHEME') throw cause;
    throw new RequestError(`the picture cannot be read (${code}): check the path`, { cause });
  }
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (signal && (stream instanceof Readable || stream instanceof ReadableStream))
    addAbortSignal(signal, stream as Readable);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array))
      throw new RequestError('the picture cannot be read: its stream gives text, not bytes');
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function limited(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

function tooLarge(maxBytes: number): ImageError {
  return new ImageError(
    `the picture is larger than ${maxBytes} bytes: use a smaller one or raise maxBytes (FR_MAX_BYTES)`,
  );
}
