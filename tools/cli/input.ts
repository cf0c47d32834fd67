// Reads what the command lines are given: pictures and models, from files, folders of models and standard input.
import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isHeif } from '../../handler/decoder/sniff.ts';
import { FaceError, ImageError, ModelError, RequestError } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import { MOST_MODEL_BYTES } from '../../handler/matching/vectors.ts';
import { FailureOn } from './cli.ts';
import { decodeName, encodeName, showName } from './names.ts';
import { readSpecial } from './open.ts';

/** First bytes of the pictures that the sidecar reads. */
const PICTURE_BYTES = /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP)/s;
/** How many bytes are enough to recognise a picture. */
export const HEAD_BYTES = 512;

/** Whether a file with these first bytes is a picture that we can read. */
export function isPicture(head: Buffer): boolean {
  return PICTURE_BYTES.test(head.toString('latin1', 0, HEAD_BYTES)) || isHeif(head);
}

const FILES_AT_ONCE = 16;
const GROWTH_BYTES = 2 ** 20;
const { O_NONBLOCK, O_RDONLY } = constants;
const openFile = promisify<string | Buffer, number, number>(open);
const readFile = (fd: number, buffer: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, null, (error, count) => (error ? reject(error) : resolve(count)));
  });

/** Something to read whose size is known before its bytes are read. */
export interface OpenInput {
  /** How many bytes it has; 0 where only reading can tell, as of a pipe, and where it cannot be read. */
  readonly bytes: number;
  /**
   * Reads all of it, once, and closes it. Throws what readInput throws.
   *
   * @param into is used if it has room for `bytes` and one more.
   */
  read(into?: Buffer): Promise<Buffer>;
}

/**
 * The bytes of a file, or of standard input for `-`. A file above `maxBytes` is refused before it is read, a stream as soon
 * as it exceeds them.
 *
 * @throws RequestError when it cannot be opened or read, `tooLarge` when it is too large.
 */
export async function readInput(path: string, maxBytes: number, tooLarge?: FaceError): Promise<Buffer> {
  return (await openInput(path, maxBytes, tooLarge)).read();
}

/** Opens what readInput reads. Never fails: `read` does. */
export async function openInput(path: string, maxBytes: number, tooLarge?: FaceError): Promise<OpenInput> {
  if (path === '-') return { bytes: 0, read: () => collect(process.stdin, maxBytes, tooLarge) };
  const fail = (error: unknown): OpenInput => ({
    bytes: 0,
    read: () => Promise.reject(explain(error as NodeJS.ErrnoException)),
  });
  let fd: number | undefined;
  try {
    // A pipe opened like this does not wait for its writer.
    const file = await openFile(encodeName(path), O_RDONLY | O_NONBLOCK);
    fd = file;
    const about = fstatSync(file);
    if (about.isFile() && about.size <= maxBytes) {
      return { bytes: about.size, read: (into) => readOpen(file, about.size, { maxBytes, tooLarge, into }) };
    }
    if (!about.isDirectory() && !about.isFile()) {
      const read = async () =>
        collect(await readSpecial(file, about.isFIFO()).catch(throwExplained), maxBytes, tooLarge);
      return { bytes: 0, read };
    }
    closeSync(file);
    return fail(
      about.isFile()
        ? (tooLarge ?? largePicture(maxBytes))
        : new RequestError('is a folder where a file is needed: name the file in it'),
    );
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    return fail(error);
  }
}

interface Reading {
  maxBytes: number;
  tooLarge?: FaceError | undefined;
  into?: Buffer | undefined;
}

/** Reads in one go what the size promises, and on if the file has grown since. A stream takes three times the processor time for a small picture. */
async function readOpen(fd: number, size: number, { maxBytes, tooLarge, into }: Reading): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    for (let [total, room] = [0, size + 1]; ; room = GROWTH_BYTES) {
      const isFirst = chunks.length === 0 && into !== undefined && into.length >= room;
      const buffer = isFirst ? into.subarray(0, room) : Buffer.allocUnsafeSlow(room);
      const count = await readFile(fd, buffer);
      total += count;
      if (total > maxBytes) throw tooLarge ?? largePicture(maxBytes);
      chunks.push(buffer.subarray(0, count));
      // A short read of a file is its end. A file of /proc has no size, and is read until there is no more.
      if (count === 0 || (size > 0 && count < room && total >= size)) break;
    }
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  } catch (error) {
    return throwExplained(error);
  } finally {
    closeSync(fd);
  }
}

function throwExplained(error: unknown): never {
  throw explain(error as NodeJS.ErrnoException);
}

/** How many bytes an operand has; 0 where only reading it can tell, as of a pipe, or of a file that is not there. */
export async function sizeOfInput(path: string): Promise<number> {
  const about = path === '-' ? undefined : await stat(encodeName(path)).catch(() => undefined);
  return about?.isFile() ? about.size : 0;
}

/** A model's CSV text, not yet parsed. @throws ModelError when it is a picture or too large, and whatever readInput throws. */
export async function readModel(path: string): Promise<string> {
  const tooLarge = new ModelError('is larger than 64 MiB, and no model is: name a model made by fr-train');
  const bytes = await readInput(path, MOST_MODEL_BYTES, tooLarge);
  if (isPicture(bytes)) {
    throw new ModelError('is a picture where a model is needed: make the model with fr-train PHOTO -o model.csv');
  }
  return bytes.toString('utf8');
}

/**
 * The people of a folder who have a model: `ann.csv` is Ann's. Hidden files and other files are ignored.
 *
 * @throws RequestError when the folder cannot be read; FailureOn, when a model cannot be read.
 */
export async function readGallery(folder: string): Promise<Person[]> {
  const names = (await listFolder(folder)).filter((name) => /^[^.].*\.csv$/is.test(name)).sort();
  const people: Person[] = [];
  for (let at = 0; at < names.length; at += FILES_AT_ONCE) {
    const some = names.slice(at, at + FILES_AT_ONCE).map((name) => readPerson(folder, name));
    people.push(...(await Promise.all(some)));
  }
  return people;
}

async function readPerson(folder: string, file: string): Promise<Person> {
  try {
    return { name: file.slice(0, -'.csv'.length), model: await readModel(join(folder, file)) };
  } catch (error) {
    throw error instanceof FaceError ? new FailureOn(showName(join(folder, file)), error) : error;
  }
}

/** The names in a folder. @throws RequestError when it cannot be read. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(encodeName(folder), { encoding: 'buffer' })).map(decodeName);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw new RequestError('is a file where a folder of models is needed: name the folder');
    throw explain(error as NodeJS.ErrnoException);
  }
}

/** Whether two paths are the same existing file. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  if (a === '-' || b === '-') return a === b;
  // As whole numbers: Windows has file numbers beyond what a double holds exactly.
  const about = (path: string) => stat(encodeName(path), { bigint: true }).catch(() => undefined);
  const [first, second] = await Promise.all([a, b].map(about));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

async function collect(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
  tooLarge: FaceError | undefined,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge ?? largePicture(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function largePicture(maxBytes: number): ImageError {
  return new ImageError(`is larger than ${maxBytes} bytes: use a smaller one or raise FR_MAX_BYTES`);
}

const REASONS: Record<string, string> = {
  EACCES: 'cannot be read: check its permissions',
  ELOOP: 'is a link that leads back to itself: name the file',
  ENAMETOOLONG: 'has a name that is too long for a file: check the name',
  ENOENT: 'there is no such file: check the name',
  ENOTDIR: 'there is no such file: a part of its path is a file, not a folder: check the name',
};

/** Turns the system's error about a file into what failed and what to do. Returns any other error unchanged. */
export function explain(error: NodeJS.ErrnoException): Error {
  if (!error.syscall) return error;
  return new RequestError(REASONS[error.code ?? ''] ?? `cannot be read (${error.code}): name another file`, {
    cause: error,
  });
}
