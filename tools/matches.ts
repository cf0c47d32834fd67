// --matches-to: a folder of links to the pictures that match; with a gallery, one folder for each person.
import { copyFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { RequestError } from '../handler/errors.ts';
import { encodeName, showName } from './cli/names.ts';
import { makeFolder } from './cli/output.ts';
import { isInside } from './cli/paths.ts';
import type { Answer } from './recognition-output.ts';

const OWNER_ONLY = 0o600;
/** A file system that has no links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

export class Matches {
  readonly #folder: string;

  /** Makes the folder if it is not there. @throws RequestError when it cannot be made, or is a file. */
  constructor(folder: string) {
    this.#folder = folder;
    makeFolder(folder, '--matches-to');
  }

  /** Whether a path is inside the folder: what was found before is not looked at again. */
  holds(path: string): boolean {
    return isInside(this.#folder, path);
  }

  /**
   * Links to a picture where somebody is in it, or writes it if it came on standard input. A name that is taken by anything
   * else gets a number; nothing is ever overwritten.
   *
   * @throws RequestError when neither works.
   */
  add(path: string, image: Uint8Array | undefined, answer: Answer): void {
    if (answer.face_present !== 'True') return;
    if (!('people' in answer)) this.#place(this.#folder, path, image);
    else
      for (const { name, verdict } of answer.faces) {
        if (verdict !== 'True') continue;
        const folder = join(this.#folder, name);
        makeFolder(folder, '--matches-to');
        this.#place(folder, path, image);
      }
  }

  #place(folder: string, path: string, image: Uint8Array | undefined): void {
    const name = path === '-' ? 'standard-input' : basename(path);
    const [stem, extension] = [name.slice(0, name.length - extname(name).length), extname(name)];
    for (let i = 1; ; i += 1) {
      const place = join(folder, i === 1 ? name : `${stem}-${i}${extension}`);
      try {
        if (path === '-') writeFileSync(encodeName(place), image ?? '', { flag: 'wx', mode: OWNER_ONLY });
        else linkTo(resolve(path), place);
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EEXIST')
          throw new RequestError(`${showName(place)}: cannot be written (${code}): choose another folder`);
        if (path !== '-' && leadsTo(place, path)) return;
      }
    }
  }
}

function linkTo(path: string, place: string): void {
  try {
    symlinkSync(encodeName(path), encodeName(place));
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(encodeName(path), encodeName(place), 1); // COPYFILE_EXCL
  }
}

/** Whether a link of an earlier run leads to this picture. */
function leadsTo(place: string, path: string): boolean {
  try {
    return Buffer.from(encodeName(resolve(path))).equals(readlinkSync(encodeName(place), 'buffer'));
  } catch {
    return false;
  }
}
