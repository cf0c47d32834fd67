// --annotate: decides where the drawings go: one into a file, several into a folder.
import { statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { FaceReport } from '../handler/answers.ts';
import { RequestError } from '../handler/errors.ts';
import { encodeName, showName } from './cli/names.ts';
import { NEEDS, withPackages } from './cli/optional.ts';
import { checkDestination, saveWhole } from './cli/output.ts';

type Annotate = typeof import('./annotate.ts').annotate;

const DRAWN = /\.(png|jpe?g|webp)$/i;

export class Annotations {
  readonly #files: ReadonlyMap<string, string>;
  readonly #annotate: Annotate;

  private constructor(files: ReadonlyMap<string, string>, annotate: Annotate) {
    this.#files = files;
    this.#annotate = annotate;
  }

  /**
   * Checks, before any work is done, that the drawings can be written.
   *
   * @param several whether several pictures were named, or a folder: the destination is then a folder.
   * @param read files that must not be overwritten, besides the pictures.
   * @throws RequestError, ConfigError where the packages that draw are not installed.
   */
  static async plan(
    destination: string,
    pictures: readonly string[],
    several: boolean,
    read: readonly string[],
  ): Promise<Annotations> {
    const isFolder = statSync(encodeName(destination), { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (several && !isFolder) {
      throw new RequestError(`${showName(destination)}: is not a folder, and several pictures need one: make it first`);
    }
    if (!isFolder && !DRAWN.test(destination)) {
      throw new RequestError(
        `${showName(destination)}: cannot be drawn: choose a name that ends in .png, .jpg or .webp`,
      );
    }
    const files = isFolder ? namesIn(destination, pictures) : new Map(pictures.map((path) => [path, destination]));
    for (const [path, file] of files) {
      // In a folder a drawing has its picture's name, so it could only overwrite a picture of that name.
      const sources = isFolder ? pictures.filter((one) => basename(one) === basename(file)) : pictures;
      await checkDestination(file, [...read, ...sources, path]);
    }
    const { annotate } = await withPackages('--annotate', NEEDS.drawing, () => import('./annotate.ts'));
    return new Annotations(files, annotate);
  }

  /** Draws the faces on their picture. @throws ImageError or RequestError when it cannot be drawn or written. */
  async save(
    path: string,
    image: Uint8Array,
    faces: readonly FaceReport[],
    onNote: (text: string) => void,
  ): Promise<void> {
    const file = this.#files.get(path);
    if (file === undefined) return;
    await saveWhole(file, await this.#annotate(image, faces, extname(file).slice(1).toLowerCase(), onNote));
  }
}

/** The pictures' own names, numbered where two are the same; .png if the format cannot be written. */
function namesIn(folder: string, pictures: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const files = new Map<string, string>();
  for (const path of new Set(pictures)) {
    const name = path === '-' ? 'standard-input' : basename(path);
    const extension = DRAWN.test(name) ? extname(name) : '.png';
    const stem = name.slice(0, name.length - extname(name).length);
    let unique = `${stem}${extension}`;
    for (let i = 2; taken.has(unique.toLowerCase()); i += 1) unique = `${stem}-${i}${extension}`;
    taken.add(unique.toLowerCase());
    files.set(path, join(folder, unique));
  }
  return files;
}
