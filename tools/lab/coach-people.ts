// Lists the photos of each person in a folder, and finds that person's face in a photo.
import { relative, sep } from 'node:path';
import sharp from 'sharp';
import type { Face } from '../../handler/sidecar/faces.ts';
import type { DescribeOptions, Sidecar } from '../../handler/sidecar/sidecar.ts';
import { allPicturesIn } from '../cli/folders.ts';

export interface Subject {
  /** Paths of photos from the front, and of photos in a folder named `profile`. */
  frontal: string[];
  profile: string[];
}

/** The people of a folder that holds one folder for each, sorted by name. */
export async function subjectsIn(folder: string): Promise<Subject[]> {
  const people = new Map<string, Subject>();
  for (const path of await allPicturesIn(folder)) {
    const [name = '', ...rest] = relative(folder, path).split(sep);
    const subject = people.get(name) ?? { frontal: [], profile: [] };
    subject[rest.includes('profile') ? 'profile' : 'frontal'].push(path);
    people.set(name, subject);
  }
  return [...people.values()];
}

/** The looks at the face nearest the picture's middle; empty if no face is found. */
export async function looksOf(photo: Buffer, sidecar: Sidecar, options: DescribeOptions = {}): Promise<Face[]> {
  const { autoOrient } = await sharp(photo).metadata();
  const rows = await sidecar.describe(photo, options);
  const away = ({ box }: Face): number =>
    Math.hypot(box.left + box.right - autoOrient.width, box.top + box.bottom - autoOrient.height);
  const least = Math.min(...rows.map(away));
  const subject = rows.find((row) => away(row) === least);
  return rows.filter(({ face }) => face === subject?.face);
}
