// Writes files whole or not at all: a draft beside the file first, then a rename.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A path as text, or as the system's bytes where they are not UTF-8. */
export type Path = string | Buffer;

const OWNER_ONLY = 0o600;

/**
 * Replaces a file, or makes it. There is no await in between, so no signal handler can run there.
 *
 * @param mode of a new file, before the process's umask.
 * @throws the system's errors; the file is then as it was.
 */
export function replaceFile(path: Path, content: string | Uint8Array, mode = OWNER_ONLY): void {
  const draft = openDraft(path, mode);
  try {
    try {
      writeFileSync(draft.file, content);
      fsyncSync(draft.file);
    } finally {
      closeSync(draft.file);
    }
    renameSync(draft.path, path);
  } catch (error) {
    rmSync(draft.path, { force: true });
    throw error;
  }
}

/** Checks that replaceFile could make its draft: the folder is there and may be written. @throws the system's errors. */
export function tryDraft(path: Path): void {
  const draft = openDraft(path, OWNER_ONLY);
  closeSync(draft.file);
  rmSync(draft.path);
}

/** Opens a new file in the folder of `path`, never an existing one. */
function openDraft(path: Path, mode: number): { path: Path; file: number } {
  for (;;) {
    const draft = beside(path, `.fr-${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
    try {
      return { path: draft, file: openSync(draft, 'wx', mode) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function beside(path: Path, name: string): Path {
  if (typeof path === 'string') return join(dirname(path), name);
  // In latin1 every byte is one character, so join changes no byte.
  return Buffer.from(join(dirname(path.toString('latin1')), name), 'latin1');
}
