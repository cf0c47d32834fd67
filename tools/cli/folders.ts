// Finds the pictures that a command line names, as files or inside folders, and counts what is skipped in folders.
import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestError } from '../../handler/errors.ts';
import { isOpenName, isPictureName } from '../../handler/picture-name.ts';
import { explain, HEAD_BYTES, isPicture } from './input.ts';
import { decodeName, encodeName, showName } from './names.ts';

/** Phones save these beside pictures: a Live Photo is two files. */
export const VIDEO = /\.(mov|mp4|m4v|3gp|avi|mkv|webm)$/is;

/** How many files and links were skipped in folders. */
export interface Skipped {
  videos: number;
  linkedFolders: number;
  others: number;
}

export interface FoundPictures {
  /** In the order given; inside a folder, by path. A folder that cannot be read is listed too. */
  paths: string[];
  /** Why a folder cannot be read, by its path. */
  failures: ReadonlyMap<string, RequestError>;
  /** Whether answers need the picture's name. False only when a single file was named. */
  several: boolean;
  skipped: Skipped;
}

/**
 * The files that are named, and the pictures inside folders, however deep: files with a picture's extension, and files that
 * end in .jfif or have no extension, if they begin as a picture does. Hidden files (whose name starts with a dot) are ignored.
 *
 * @param onVideos what to do about videos, for the message about a folder that holds nothing else.
 * @throws RequestError when the only operand is a folder that cannot be read or holds no picture.
 */
export async function findPictures(operands: readonly string[], onVideos = ''): Promise<FoundPictures> {
  const failures = new Map<string, RequestError>();
  const found = { paths: [] as string[], failures, several: operands.length > 1, skipped: nothing() };
  for (const operand of operands) {
    if (operand === '-' || !(await isFolder(operand))) {
      found.paths.push(operand); // if it is missing, reading it will say so
      continue;
    }
    found.several = true;
    const inside = await picturesIn(operand, failures, onVideos);
    found.paths.push(...inside.paths);
    for (const kind of Object.keys(found.skipped) as (keyof Skipped)[]) {
      found.skipped[kind] += inside.skipped[kind];
    }
  }
  const [only, ...more] = found.paths;
  const failure = failures.get(only ?? '');
  if (failure && more.length === 0) throw new RequestError(`${showName(only as string)}: ${failure.message}`);
  return found;
}

/** All pictures of one folder. @throws RequestError when any part of it cannot be read. */
export async function allPicturesIn(folder: string): Promise<string[]> {
  if (!(await isFolder(folder))) throw new RequestError(`${showName(folder)}: there is no such folder: check the name`);
  const { paths, failures } = await findPictures([folder]);
  for (const [path, { message }] of failures) throw new RequestError(`${showName(path)}: ${message}`);
  return paths;
}

/** `2 videos, 1 linked folder, 3 other files`, or nothing. */
export function describeSkipped({ videos, linkedFolders, others }: Skipped): string {
  const count = (number: number, what: string): string =>
    number > 0 ? `${number} ${what}${number > 1 ? 's' : ''}` : '';
  return [count(videos, 'video'), count(linkedFolders, 'linked folder'), count(others, 'other file')]
    .filter(Boolean)
    .join(', ');
}

function nothing(): Skipped {
  return { videos: 0, linkedFolders: 0, others: 0 };
}

async function picturesIn(
  folder: string,
  failures: Map<string, RequestError>,
  onVideos: string,
): Promise<{ paths: string[]; skipped: Skipped }> {
  const paths: string[] = [];
  const skipped = nothing();
  const fail = (path: string, failure: RequestError): void => {
    failures.set(path, failure);
    paths.push(path);
  };
  const visit = async (inside: string): Promise<void> => {
    for (const entry of await list(inside)) {
      const path = join(inside, entry.name);
      if (entry.name.startsWith('.')) continue;
      const kind = await kindOf(path, entry);
      if (kind === 'folder') await visit(path).catch((error) => fail(path, explain(error) as RequestError));
      else if (kind === 'picture') paths.push(path);
      else skipped[kind] += 1;
    }
  };
  try {
    await visit(folder);
  } catch (error) {
    fail(folder, explain(error as NodeJS.ErrnoException) as RequestError);
  }
  if (paths.length === 0) {
    const others = describeSkipped(skipped);
    const why = `holds no picture (jpg, jpeg, png, webp, gif, heic, avif)${others && `, but ${others}`}${skipped.videos > 0 ? onVideos : ''}`;
    fail(folder, new RequestError(why));
  }
  return { paths: paths.sort((a, b) => (a < b ? -1 : 1)), skipped };
}

type Entry = Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink'> & { name: string };

async function list(folder: string): Promise<Entry[]> {
  const entries = await readdir(encodeName(folder), { encoding: 'buffer', withFileTypes: true });
  return entries.map((entry) => ({
    name: decodeName(entry.name as unknown as Buffer),
    isDirectory: () => entry.isDirectory(),
    isFile: () => entry.isFile(),
    isSymbolicLink: () => entry.isSymbolicLink(),
  }));
}

async function kindOf(path: string, entry: Entry): Promise<'folder' | 'picture' | keyof Skipped> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) {
    const target = await stat(encodeName(path)).catch(() => undefined);
    if (target?.isDirectory()) return 'linkedFolders';
    if (target && !target.isFile()) return 'others';
    if (!target) return isPictureName(entry.name) ? 'picture' : 'others'; // reading a broken link reports it
  } else if (!entry.isFile()) {
    return 'others'; // reading a pipe or a device might never end
  }
  if (isPictureName(entry.name)) return 'picture';
  if (VIDEO.test(entry.name)) return 'videos';
  return isOpenName(entry.name) ? kindOfBytes(path) : 'others';
}

/** Judges by content. An unreadable file counts as a picture, so that reading it later reports why. */
async function kindOfBytes(path: string): Promise<'picture' | 'others'> {
  try {
    const file = await open(encodeName(path));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return isPicture(buffer.subarray(0, bytesRead)) ? 'picture' : 'others';
    } finally {
      await file.close();
    }
  } catch {
    return 'picture';
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(encodeName(path)).catch(() => undefined))?.isDirectory() ?? false;
}
