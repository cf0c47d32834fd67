// What fr-recognize compares with: one person's model, or the people of a gallery; and the cohort.

import { knowPerson } from '../handler/identifier.ts';
import { parseCohortCsv } from '../handler/matching/cohort.ts';
import type { Cohort } from '../handler/matching/matcher.ts';
import { knowModel } from '../handler/matching/models.ts';
import { shippedCohort } from '../handler/shipped-cohort.ts';
import { displayName, on } from './cli/cli.ts';
import { readModel } from './cli/input.ts';
import { type GalleryPerson, readPeople } from './gallery.ts';
import { PROGRAM } from './recognition-output.ts';
import { announce, type Backend, type BackendChoice, openBackend } from './remote/invoke.ts';

export interface ModelOptions extends Omit<BackendChoice, 'cohort'> {
  gallery?: string | undefined;
  onePerson?: boolean | undefined;
  forget?: boolean | undefined;
  quiet?: boolean | undefined;
}

/** Gives the backend; the first call says where the work is done. */
export function announcedOnce(backend: Backend, quiet: boolean | undefined): () => Backend {
  let isAnnounced = false;
  return () => {
    if (!isAnnounced) announce(PROGRAM, backend, quiet);
    isAnnounced = true;
    return backend;
  };
}

/**
 * Reads one person's model, or a gallery. Each model is checked: it can be read, and is of one person.
 *
 * @param open gives the backend that enrols a gallery's photos.
 */
export async function readModels(
  path: string,
  cohort: Cohort,
  options: ModelOptions,
  open: () => Backend | Promise<Backend>,
): Promise<string | GalleryPerson[]> {
  if (options.gallery === undefined) {
    return on(displayName(path), async () => {
      const text = await readModel(path);
      knowModel(text, cohort, options.onePerson);
      return text;
    });
  }
  const people = await readPeople(path, open, { ...options, program: PROGRAM });
  for (const person of people) {
    const source = person.photo === undefined ? `${person.name}.csv` : person.name;
    await on(displayName(source), () => knowPerson(person, cohort, options.onePerson));
  }
  return people;
}

/** readModels with a backend of its own, for a run that has none. */
export async function readModelsApart(path: string, options: ModelOptions): Promise<string | GalleryPerson[]> {
  let backend: Backend | undefined;
  const open = async (): Promise<Backend> => {
    const { local, remote, stage, jobs, budget, concurrency } = options;
    backend = await openBackend({ local, remote, stage, jobs, budget, concurrency });
    return announcedOnce(backend, options.quiet)();
  };
  try {
    return await readModels(path, shippedCohort(), options, open);
  } finally {
    backend?.close();
  }
}

/** A cohort of the user's own, if there is one. */
export async function readCohort(path: string | undefined): Promise<Cohort | undefined> {
  if (path === undefined) return undefined;
  return on(displayName(path), async () => parseCohortCsv(await readModel(path)));
}
