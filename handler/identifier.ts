// The identifier: many people's models and a picture -> who is in it?

import type { IdentifyAnswer, NamedFace } from './answers.ts';
import { ModelError, RequestError } from './errors.ts';
import { falseMatchRate, LEAST_FMR, thresholdFor } from './matching/calibration.ts';
import { EMBEDDER } from './matching/embedder.ts';
import { type Cohort, compare, indexOfLeast, type Subject } from './matching/matcher.ts';
import { knowModel } from './matching/models.ts';
import { packVector } from './matching/vectors.ts';
import { computedFrom, prepareProbe, turnedNotes } from './probe.ts';
import { shippedCohort } from './shipped-cohort.ts';
import { byFace, type Face, reportFace } from './sidecar/faces.ts';
import { type FaceFinder, processSidecar } from './sidecar/sidecar.ts';

/** The chance that a stranger's face is given a name, by default. */
export const DEFAULT_IDENTIFICATION_FMR = 1e-3;

export const UNKNOWN = 'unknown';

/** Someone to look for. */
export interface Person {
  name: string;
  /** The model CSV. */
  model: string;
}

export interface IdentifyOptions {
  /** The chance that a stranger's face is given any name, LEAST_FMR to MOST_FMR. */
  fmr?: number | undefined;
  /** The largest distance that is a match, instead of the one that `fmr` and the number of people give. */
  threshold?: number | undefined;
  thorough?: boolean | undefined;
  /** Adds each face's vector. */
  vectors?: boolean | undefined;
  cohort?: Cohort | undefined;
  /** Accepts models whose photos seem to show two people. */
  onePerson?: boolean | undefined;
}

/**
 * Names every face of a picture, or calls it unknown. A stranger is compared with everyone, so `fmr` is shared out
 * among the people: the more there are, the closer a face must come. A person gets at most one face of the picture, the
 * nearest; the other faces are unknown.
 *
 * @throws RequestError when there is nobody to look for or a name is taken, ModelError, ImageError, SidecarError.
 */
export async function identify(
  image: Uint8Array,
  people: readonly Person[],
  options: IdentifyOptions = {},
  sidecar: FaceFinder = processSidecar(),
): Promise<IdentifyAnswer> {
  refuseNames(people);
  const cohort = options.cohort ?? shippedCohort();
  const gallery = people.map((person, i) => onEntry(i, () => knowPerson(person, cohort, options.onePerson)));
  const threshold = galleryThreshold(people.length, options);
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const found = byFace(await sidecar.describe(image, { probe: true, thorough: options.thorough, onNote }));
  notes.push(...found.flatMap(turnedNotes));
  const faces = assign(found, gallery, people, cohort, threshold, options.vectors);
  return {
    face_present: faces.some(({ name }) => name !== UNKNOWN) ? 'True' : 'False',
    threshold,
    embedder: EMBEDDER,
    people: people.length,
    ...(notes.length > 0 && { notes }),
    faces,
  };
}

/** The largest distance at which a face gets a name. */
export function galleryThreshold(
  people: number,
  { fmr = DEFAULT_IDENTIFICATION_FMR, threshold }: Pick<IdentifyOptions, 'fmr' | 'threshold'>,
): number {
  return threshold ?? thresholdFor(Math.max(LEAST_FMR / 1000, fmr / people));
}

// Messages hold no names, because AWS Lambda logs them.
function refuseNames(people: readonly Person[]): void {
  if (people.length === 0) throw new RequestError('the request cannot be used: the gallery is empty');
  const names = new Map<string, number>();
  for (const [i, { name }] of people.entries()) {
    const before = names.get(name);
    if (before !== undefined) {
      throw new RequestError(
        `entries ${before + 1} and ${i + 1} of the gallery have the same name: join them, or rename one`,
      );
    }
    if (name === UNKNOWN) {
      throw new RequestError(`entry ${i + 1} of the gallery is named ${UNKNOWN}, which stands for nobody: rename it`);
    }
    names.set(name, i);
  }
}

/** Adds the number of the entry to a failure. */
function onEntry<Result>(index: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof ModelError) error.message = `entry ${index + 1} of the gallery: ${error.message}`;
    throw error;
  }
}

// A caller asks about the same people in many pictures, so each person is prepared once and kept as long as the caller
// keeps the object.
const known = new WeakMap<Person, { model: string; cohort: Cohort; isChecked: boolean; subject: Subject }>();

/** Prepares a person for matching. @throws ModelError, as knowModel. */
export function knowPerson(person: Person, cohort: Cohort, onePerson = false): Subject {
  const { model } = person;
  const before = known.get(person);
  if (before?.model === model && before.cohort === cohort && (before.isChecked || onePerson)) return before.subject;
  const { subject } = knowModel(model, cohort, onePerson);
  known.set(person, { model, cohort, isChecked: !onePerson, subject });
  return subject;
}

/** Pairs faces and people greedily: the nearest pair first, then the nearest of those that are left, and so on. */
function assign(
  found: readonly Face[][],
  gallery: readonly Subject[],
  people: readonly Person[],
  cohort: Cohort,
  threshold: number,
  vectors = false,
): NamedFace[] {
  const probes = found.map((looks) => prepareProbe(looks, cohort));
  const distances = probes.map((probe) => gallery.map((subject) => compare(probe, subject).distance));
  const matches: { face: number; person: number; distance: number }[] = [];
  for (const [face, row] of distances.entries()) {
    for (const [person, distance] of row.entries()) {
      if (distance <= threshold) matches.push({ face, person, distance });
    }
  }
  matches.sort((a, b) => a.distance - b.distance);
  const names = new Map<number, number>();
  const taken = new Set<number>();
  for (const { face, person } of matches) {
    if (names.has(face) || taken.has(person)) continue;
    names.set(face, person);
    taken.add(person);
  }
  return found.map((looks, face) => {
    const row = distances[face] as number[];
    const person = names.get(face);
    const nearest = person ?? indexOfLeast(row);
    const [probe, subject] = [probes[face] as Subject, gallery[nearest] as Subject];
    const comparison = compare(probe, subject);
    const { distance } = comparison;
    return {
      ...reportFace(looks[0] as Face),
      name: person === undefined ? UNKNOWN : (people[person] as Person).name,
      verdict: person === undefined ? 'False' : 'True',
      nearest: (people[nearest] as Person).name,
      distance,
      false_match_rate: Math.min(1, Number((people.length * falseMatchRate(distance)).toPrecision(2))),
      computed_from: computedFrom(probe, subject, comparison),
      ...(vectors && { vector: packVector(probe.unit) }),
    };
  });
}
