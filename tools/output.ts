// What the command lines write to files: whole or not at all, and for the owner's eyes only.
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RequestError } from '../handler/errors.ts';
import { isSameFile } from './input.ts';

const OWNER_ONLY = 0o600;

/**
 * Refuses what could only fail later, before any work is done.
 *
 * @throws RequestError when `path` is a folder, lies in none, or is one of the files being read.
 */
export async function checkDestination(path: string, sources: readonly string[]): Promise<void> {
  const about = statSync(path, { throwIfNoEntry: false });
  if (path === '' || about?.isDirectory()) throw new RequestError(`${path}: is not a file's name: name a file`);
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new RequestError(`${path}: there is no folder ${dirname(path)}: make it first`);
  }
  for (const source of sources) {
    if (await isSameFile(path, source))
      throw new RequestError(`${path}: would overwrite what is read: choose another name`);
  }
}

/**
 * Writes a file of mode 0600, whole or not at all: beside its place first, then moved there. Without an await
 * inside, so that no signal handler runs between. What is no regular file (a pipe, /dev/null) is written straight.
 *
 * @throws RequestError when it cannot be written.
 */
export function saveWhole(path: string, content: string | Uint8Array): void {
  try {
    const about = statSync(path, { throwIfNoEntry: false });
    if (about && !about.isFile()) writeFileSync(path, content);
    else replaceFile(about ? realpathSync(path) : path, content);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new RequestError(`${path}: cannot be written (${code}): choose another place`, { cause: error });
  }
}

function replaceFile(path: string, content: string | Uint8Array): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = openSync(draft, 'wx', OWNER_ONLY);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
