// fr-recognize's journal: whether a run keeps one, where, and what its answers depend on.
import { createHash } from 'node:crypto';
import type { Person } from '../handler/identifier.ts';
import type { Cohort } from '../handler/matching/matcher.ts';
import { Journal } from './batch/journal.ts';
import { forgetJournals, forgetVectors, journalFile, questionOf } from './batch/journals.ts';
import { say } from './cli/cli.ts';
import type { RecognizeOptions } from './remote/invoke.ts';

export interface Remembering extends RecognizeOptions {
  /** The journal's file; without it, one in the folder of journals. */
  journal?: string | undefined;
  /** Deletes the journal, and keeps none. */
  forget?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Opens the journal of a run: always if its file is named, otherwise for several pictures.
 *
 * @param cohort another cohort than ours, if one is used.
 * @param pictures how many pictures or films there are.
 * @param more what else the answers depend on.
 * @throws RequestError when the file named cannot be used.
 */
export function openJournal(
  model: string | readonly Person[],
  cohort: Cohort | undefined,
  pictures: number,
  options: Remembering,
  more: object = {},
): Journal | undefined {
  const { journal, forget, quiet, fmr, threshold, unsure, explain, thorough } = options;
  if (!forget && journal === undefined && pictures < 2) return undefined;
  const models = typeof model === 'string' ? sha256(model) : model.map((one) => [one.name, sha256(one.model)]);
  const asked = {
    models,
    cohort: cohort && sha256(Buffer.from(cohort.values.buffer)),
    fmr,
    threshold,
    unsure,
    explain,
    thorough,
    ...more,
  };
  const question = questionOf(asked);
  if (journal !== undefined) return forget ? Journal.remove(journal) : Journal.open(journal, question);
  try {
    const file = journalFile(question);
    return forget ? Journal.remove(file) : Journal.open(file, question);
  } catch (error) {
    if (!quiet)
      say(`fr-recognize: this run keeps no journal, so it cannot be taken up later: ${(error as Error).message}`);
    return undefined;
  }
}

/** `fr-recognize --forget` by itself: deletes every journal that no file was named for, and vectors of a gallery's photos. */
export function forgetAll(): string {
  const count = forgetJournals();
  const vectors = forgetVectors('people');
  const also = vectors === 0 ? '' : `, and the face vectors of enrolled photos`;
  return `${count} ${count === 1 ? 'journal was' : 'journals were'} deleted${also}`;
}

function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
