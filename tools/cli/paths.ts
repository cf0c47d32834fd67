// What a path says of itself, on this system or as another system reads it.
import nodePath, { type PlatformPath } from 'node:path';

/**
 * Whether a path leads into a folder. The folder itself is not inside.
 *
 * @param paths the rules of a system: Windows has drives, backslashes, and names that differ only in capitals are one.
 */
export function isInside(folder: string, path: string, paths: PlatformPath = nodePath): boolean {
  const way = paths.relative(folder, path);
  return way !== '' && way.split(paths.sep)[0] !== '..' && !paths.isAbsolute(way);
}

/** The file's name in a path that was made safe to show, or given with the other slash that Windows takes. */
export function shownName(shown: string, { sep }: PlatformPath = nodePath): string {
  return shown.slice(Math.max(shown.lastIndexOf('/'), shown.lastIndexOf(sep)) + 1);
}
