// Writes files for the command lines: whole or not at all, readable by their owner only.
import { mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile, tryDraft } from '../../deploy/shell/save.ts';
import { RequestError } from '../../handler/errors.ts';
import { isSameFile } from './input.ts';
import { decodeName, encodeName, showName } from './names.ts';
import { writeSpecial } from './open.ts';

const REASONS: Record<string, string> = {
  EACCES: 'cannot be written: check the permissions of its folder',
  ELOOP: 'is a link that leads back to itself: choose another name',
  ENAMETOOLONG: 'has a name that is too long for a file: choose a shorter one',
  ENOTDIR: 'is inside a file, not a folder: choose another place',
  EROFS: 'lies on a disk that cannot be written: choose another place',
};

/**
 * Refuses a file that could not be written later, before any work is done. Tries to write in its folder.
 *
 * @throws RequestError when `path` is a folder, lies in none, cannot be written, or is one of the files being read.
 */
export async function checkDestination(path: string, sources: readonly string[]): Promise<void> {
  const about = explained(path, () => statOf(path));
  if (path === '' || about?.isDirectory())
    throw new RequestError(`${showName(path)}: is not a file's name: name a file`);
  for (const source of sources) {
    if (await isSameFile(path, source))
      throw new RequestError(`${showName(path)}: is also read, and would be overwritten: choose another name`);
  }
  if (about && !about.isFile()) return;
  if (!about && !explained(path, () => statOf(dirname(path)))?.isDirectory()) {
    throw new RequestError(`${showName(path)}: there is no folder ${showName(dirname(path))}: make it first`);
  }
  explained(path, () => tryDraft(encodeName(placeOf(path, about))));
}

/**
 * Writes a file of mode 0600, whole or not at all. A pipe or device (/dev/null) is written directly.
 *
 * @throws RequestError when it cannot be written.
 */
export async function saveWhole(path: string, content: string | Uint8Array): Promise<void> {
  const about = explained(path, () => statOf(path));
  if (!about || about.isFile()) replaceWhole(path, content);
  else
    await writeSpecial(path, content, about.isFIFO()).catch((error) =>
      explained(path, () => {
        throw error;
      }),
    );
}

/** saveWhole for a new or regular file, synchronous, so that a process can still call it while it ends. */
export function replaceWhole(path: string, content: string | Uint8Array): void {
  explained(path, () => replaceFile(encodeName(placeOf(path, statOf(path))), content));
}

function explained<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? `cannot be written (${code}): choose another place`;
    throw new RequestError(`${showName(path)}: ${reason}`, { cause: error });
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(encodeName(path), { throwIfNoEntry: false });
}

/** The path to replace: the file itself, or the target if it is a link. */
function placeOf(path: string, about: Stats | undefined): string {
  return about ? decodeName(realpathSync(encodeName(path), 'buffer')) : path;
}

/**
 * Makes a folder for what an option asks for, if it is not there.
 *
 * @param option as the person wrote it, such as `-o`.
 * @throws RequestError when it cannot be made, or is a file.
 */
export function makeFolder(folder: string, option: string): void {
  try {
    mkdirSync(encodeName(folder), { recursive: true, mode: 0o700 });
    if (statSync(encodeName(folder)).isDirectory()) return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') {
      throw new RequestError(`${showName(folder)}: cannot be made (${code}): choose another folder`);
    }
  }
  throw new RequestError(`${showName(folder)}: is not a folder: choose another name for ${option}`);
}
