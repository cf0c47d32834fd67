// fr-recognize --gallery: the people of a folder, by their models or by photos, which are enrolled on the first use.
import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { processConfig } from '../handler/config.ts';
import { FaceError, RequestError, stopsEverything } from '../handler/errors.ts';
import type { Person } from '../handler/identifier.ts';
import { type FaceVector, formatModel, packVector, parseModel, unpackVector } from '../handler/matching/vectors.ts';
import { isPictureName } from '../handler/picture-name.ts';
import { pictureKey } from './batch/journal.ts';
import { overPictures, type Picture } from './batch/pictures.ts';
import { type KeptVectors, openVectors } from './batch/vectors.ts';
import { displayName, on, say } from './cli/cli.ts';
import { findPictures } from './cli/folders.ts';
import { listFolder, readGallery } from './cli/input.ts';
import { encodeName, showName } from './cli/names.ts';
import { ProgressLine } from './cli/progress-line.ts';
import type { Backend } from './remote/invoke.ts';

/** Somebody to look for. */
export interface GalleryPerson extends Person {
  /** A photo that was enrolled, if any was. */
  photo?: string | undefined;
}

export interface GalleryOptions {
  /** The program's name, for what is said. */
  program: string;
  /** Deletes the vectors of enrolled photos, and keeps none. */
  forget?: boolean | undefined;
  quiet?: boolean | undefined;
}

/** A photo of somebody. */
interface Photo {
  name: string;
  path: string;
}

/**
 * The people of a folder: `ann.csv` is Ann's model, `ben.jpg` a photo of Ben, and all pictures in the folder `eve` are photos of Eve. A picture
 * beside a model of its name only shows the person. Photos that cannot be enrolled are left out, with a line each.
 *
 * @param openBackend is called when a photo has to be enrolled or looked up.
 * @throws RequestError when the folder cannot be read, holds nobody, or no photo of somebody can be used.
 */
export async function readPeople(
  folder: string,
  openBackend: () => Backend | Promise<Backend>,
  options: GalleryOptions,
): Promise<GalleryPerson[]> {
  const people: GalleryPerson[] = await on(displayName(folder), () => readGallery(folder));
  const photos = await on(displayName(folder), () => findPhotos(folder, new Set(people.map(({ name }) => name))));
  const enrolled = photos.length > 0 ? await enrolAll(photos, await openBackend(), options) : new Map();
  for (const [name, { vectors, photo }] of enrolled) {
    const known = people.find((person) => person.name === name);
    const model = formatModel(vectors);
    if (known) Object.assign(known, { model: `${known.model}\n${model}`, photo });
    else people.push({ name, model, photo });
  }
  if (people.length === 0) {
    const wanted = 'put NAME.csv, made by fr-train, or NAME.jpg, or a folder NAME of photos into it for each person';
    throw new RequestError(`${showName(folder)}: holds no model and no photo: ${wanted}`);
  }
  return people.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param models names that have a model. */
async function findPhotos(folder: string, models: ReadonlySet<string>): Promise<Photo[]> {
  const photos: Photo[] = [];
  for (const entry of (await listFolder(folder)).sort()) {
    const path = join(folder, entry);
    if (entry.startsWith('.')) continue;
    if ((await stat(encodeName(path)).catch(() => undefined))?.isDirectory()) {
      const { paths, failures } = await findPictures([path]).catch(() => ({ paths: [], failures: new Map() }));
      photos.push(...paths.filter((one) => !failures.has(one)).map((one) => ({ name: entry, path: one })));
    } else if (isPictureName(entry)) {
      const name = basename(entry, extname(entry));
      if (!models.has(name)) photos.push({ name, path });
    }
  }
  return photos;
}

interface Enrolled {
  vectors: FaceVector[];
  photo: string;
}

/** What is kept of a photo. */
type Kept = { vectors: string[] } | { unusable: string };

async function enrolAll(
  photos: readonly Photo[],
  backend: Backend,
  { program, forget, quiet }: GalleryOptions,
): Promise<Map<string, Enrolled>> {
  const kept = openVectors('people', {}, forget);
  if (kept.path && !quiet) {
    say(`${program}: vectors of enrolled photos are kept in ${showName(kept.path)} until ${program} --forget`);
  }
  const progress = new ProgressLine(photos.length, quiet ? undefined : process.stderr);
  const how = {
    maxBytes: processConfig().maxBytes,
    atOnce: () => backend.atOnce(),
    pathOf: ({ path }: Photo) => path,
  };
  const enrolled = new Map<string, Enrolled>();
  try {
    for await (const { item, result, error } of overPictures(photos, (picture) => enrol(picture, backend, kept), how)) {
      progress.advance();
      if (result) {
        const known = enrolled.get(item.name);
        enrolled.set(item.name, { photo: item.path, ...known, vectors: [...(known?.vectors ?? []), ...result] });
        continue;
      }
      if (!(error instanceof FaceError) || stopsEverything(error)) throw error;
      progress.clear();
      say(`${program}: left out: ${displayName(item.path)}: ${error.message}`);
    }
  } finally {
    progress.clear();
    kept.close();
  }
  const missing = photos.find(({ name }) => !enrolled.has(name));
  if (missing) throw new RequestError(`${showName(missing.name)}: no photo can be used: the lines above say why`);
  return enrolled;
}

function isWhole(vectors: (FaceVector | undefined)[]): vectors is FaceVector[] {
  return vectors.every((vector) => vector !== undefined);
}

async function enrol({ read }: Picture<Photo>, backend: Backend, kept: KeptVectors): Promise<FaceVector[]> {
  const image = await read();
  const key = pictureKey(image);
  const before = kept.find(key) as Kept | undefined;
  const again = before && 'vectors' in before && before.vectors.map(unpackVector);
  if (again && isWhole(again)) return again;
  if (before && 'unusable' in before) throw new RequestError(before.unusable);
  try {
    const vectors = parseModel((await backend.train(image, {})).facevectors);
    kept.add(key, { vectors: vectors.map(packVector) });
    return vectors;
  } catch (error) {
    const isItsOwn = error instanceof FaceError && PHOTO_FAILURES.has(error.name);
    if (isItsOwn) kept.add(key, { unusable: error.message });
    throw error;
  }
}

/** Failures that a photo will have again. */
const PHOTO_FAILURES = new Set(['ImageError', 'NoFaceError', 'ManyFacesError']);
