// Describes the photos of a folder that holds one folder for each person.
import { join, relative, sep } from 'node:path';
import { allPicturesIn } from '../cli/folders.ts';
import { describeAll } from './describe-all.ts';
import { isHeldOut } from './hold-out.ts';
import type { Photo } from './trials.ts';

export interface PhotoChoice {
  /** Only pictures whose path inside the folder contains this. */
  only?: string | undefined;
  /** No pictures whose path inside the folder contains this. */
  skip?: string | undefined;
  /** Only people that fr-cohort build --hold-out leaves out. */
  heldOut?: boolean | undefined;
  thorough?: boolean | undefined;
  /** How many pictures to look at at a time; without it, one a core. */
  jobs?: number | undefined;
}

/** Loads the photos and prints a line of counts. A picture directly in `folder` counts as a person of its own. */
export async function loadPhotos(folder: string, choice: PhotoChoice = {}): Promise<Photo[]> {
  const { only = '', skip, heldOut, thorough, jobs } = choice;
  const pictures = await allPicturesIn(folder);
  const paths = pictures
    .map((path) => relative(folder, path))
    .filter((path) => path.includes(only) && !(skip && path.includes(skip)) && (!heldOut || isHeldOut(personOf(path))));
  const names = new Map<string, number>();
  const described = await describeAll(
    paths.map((path) => join(folder, path)),
    { thorough, jobs },
  );
  const photos = described.flatMap((rows, i): Photo[] => {
    const path = paths[i] as string;
    const name = personOf(path);
    if (!names.has(name)) names.set(name, names.size);
    return rows.length === 0 ? [] : [{ path, person: names.get(name) as number, rows }];
  });
  console.log(
    `${folder}: ${paths.length} pictures, ${paths.length - photos.length} with no face found, ${names.size} people`,
  );
  return photos;
}

/** The first part of a path inside the folder. */
export function personOf(path: string): string {
  return path.split(sep)[0] as string;
}
