// What the command lines read: pictures and models, from files, folders and standard input.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError, ModelError, RequestError } from '../handler/errors.ts';
import type { Person } from '../handler/identifier.ts';

const PICTURE = /\.(jpe?g|png|webp|gif)$/i;
const PICTURE_BYTES = /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP)/s;

/**
 * The bytes of a file, or of standard input for `-`. A file of more than `maxBytes` is refused unread.
 *
 * @throws RequestError when it cannot be opened or read, ImageError when it is too large.
 */
export async function readInput(path: string, maxBytes: number): Promise<Buffer> {
  if (path === '-') return collect(process.stdin, maxBytes);
  try {
    const about = await stat(path);
    if (about.isDirectory()) throw new RequestError('is a folder where a file is needed: name the file in it');
    if (about.size > maxBytes) throw tooLarge(maxBytes);
    // Not readFile: a pipe (process substitution) has no size, and a file may grow while it is read.
    return await collect(createReadStream(path), maxBytes);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException);
  }
}

/** A model CSV as text; still to be parsed. @throws ModelError when it is a picture, and as readInput. */
export async function readModel(path: string, maxBytes: number): Promise<string> {
  const bytes = await readInput(path, maxBytes);
  if (PICTURE_BYTES.test(bytes.toString('latin1', 0, 16))) {
    throw new ModelError('is a picture where a model is needed: make the model with fr-train PHOTO -o model.csv');
  }
  return bytes.toString('utf8');
}

/**
 * The people of a folder: `ann.csv` is Ann's model. What is hidden or no CSV is passed over.
 *
 * @throws RequestError when the folder cannot be read or holds no model, ModelError, as readModel.
 */
export async function readGallery(folder: string, maxBytes: number): Promise<Person[]> {
  const names = (await listFolder(folder)).filter((name) => /^[^.].*\.csv$/i.test(name)).sort();
  if (names.length === 0) throw new RequestError('holds no model: put one NAME.csv a person into it, made by fr-train');
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.csv'.length),
      model: await readModel(join(folder, name), maxBytes),
    })),
  );
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw new RequestError('is a file where a folder of models is needed: name the folder');
    throw explain(error as NodeJS.ErrnoException);
  }
}

export interface FoundPictures {
  /** In the order asked for; inside a folder sorted by path. */
  paths: string[];
  /** False only when one file was named: its answer then needs no name. */
  several: boolean;
}

/**
 * Files as they are named, and the pictures inside folders, however deep. In a folder other files are passed over by
 * their extension, and so is what is hidden (a name that starts with a dot).
 *
 * @throws RequestError when a folder cannot be read or holds no picture.
 */
export async function findPictures(operands: readonly string[]): Promise<FoundPictures> {
  const found: FoundPictures = { paths: [], several: operands.length > 1 };
  for (const operand of operands) {
    if (operand !== '-' && (await isFolder(operand))) {
      found.several = true;
      found.paths.push(...(await picturesIn(operand)));
    } else {
      found.paths.push(operand); // should it be missing, its turn will tell
    }
  }
  return found;
}

async function picturesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    for (const entry of await readdir(inside, { withFileTypes: true })) {
      const path = join(inside, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await visit(path);
      else if (PICTURE.test(entry.name) && !(await isFolder(path))) paths.push(path);
    }
  };
  try {
    await visit(folder);
  } catch (error) {
    throw new RequestError(`${folder}: ${explain(error as NodeJS.ErrnoException).message}`);
  }
  if (paths.length === 0) throw new RequestError(`${folder}: holds no picture (jpg, jpeg, png, webp, gif)`);
  return paths.sort((a, b) => (a < b ? -1 : 1));
}

/** Whether two paths are the same existing file. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  if (a === '-' || b === '-') return a === b;
  const [first, second] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function collect(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ImageError {
  return new ImageError(`is larger than ${maxBytes} bytes: use a smaller one or raise FR_MAX_BYTES`);
}

function explain(error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT') return new RequestError('there is no such file: check the name', { cause: error });
  if (error.code === 'EACCES') return new RequestError('may not be read: check its permissions', { cause: error });
  return error.syscall ? new RequestError(`cannot be read (${error.code})`, { cause: error }) : error;
}
