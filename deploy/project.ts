// Where this software is installed: the folder that holds its package.json, built or not.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder, found upwards from this file: it lies in deploy/ or in dist/deploy/. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json above deploy/');
    folder = parent;
  }
  return folder;
}
