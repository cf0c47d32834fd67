// A model's text -> what matching needs of it, after a check that it is one person's. Recent models are remembered.
import { ModelError } from '../errors.ts';
import { textBeside } from '../numbers.ts';
import { Lru } from './lru.ts';
import { type Cohort, prepare, type Subject, toUnit } from './matcher.ts';
import { findRift, STRANGER_DISTANCE } from './rift.ts';
import { parsePhotos } from './vectors.ts';

export interface Known {
  subject: Subject;
  /** Its vectors at unit length. */
  rows: Float32Array[];
}

interface Remembered extends Known {
  cohort: Cohort;
  /** Whether we checked that it is one person's; otherwise the caller said so. */
  isChecked: boolean;
}

/** Of texts and vectors together. A request to AWS Lambda, of 6 MB at most, never needs more than a third of it. */
const MOST_BYTES = 64 * 2 ** 20;
const ROW_BYTES = 512;
const OTHER_BYTES = 2048;

const remembered = new Lru<Remembered>(MOST_BYTES);

/**
 * Prepares a model for matching.
 *
 * @param onePerson accepts a model whose photos seem to show two people.
 * @throws ModelError.
 */
export function knowModel(model: string, cohort: Cohort, onePerson = false): Known {
  const before = remembered.get(model);
  if (before?.cohort === cohort && (before.isChecked || onePerson)) return before;
  const photos = parsePhotos(model);
  if (!onePerson) refuseTwoPeople(photos, cohort);
  const vectors = photos.flat();
  const known = { subject: prepare(vectors, cohort), rows: vectors.map(toUnit), cohort, isChecked: !onePerson };
  remembered.set(model, known, model.length + vectors.length * ROW_BYTES + OTHER_BYTES);
  return known;
}

function refuseTwoPeople(photos: ReturnType<typeof parsePhotos>, cohort: Cohort): void {
  const rift = photos.length > 1 ? findRift(photos, cohort) : undefined;
  if (rift === undefined) return;
  const [a, b] = [...rift.pair].sort((one, other) => one - other).map((photo) => photo + 1);
  throw new ModelError(
    `the model seems to hold two people: its photos ${a} and ${b} are ${textBeside(rift.distance, STRANGER_DISTANCE, 2)} apart, ` +
      `and one person's are at most ${STRANGER_DISTANCE}: train each person separately, or insist with --one-person (one_person in a request)`,
    'OTHER_PERSON',
  );
}
