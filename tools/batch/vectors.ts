// What a run keeps of face vectors, by a digest of each picture's bytes: so that the next run need not look again.

import { Journal, type JournalKind } from './journal.ts';
import { forgetVectors, questionOf, type VectorsOf, vectorFile } from './journals.ts';

const VECTORS: JournalKind = {
  head: '# serverless-face-recognition vectors 1\n',
  what: 'a file of vectors',
  advice: 'set XDG_CACHE_HOME to a folder that can be written, or use --forget, which keeps none',
};

export interface KeptVectors {
  /** Where they are; undefined if none are kept. */
  readonly path: string | undefined;
  /** What an earlier run found in a picture (pictureKey). */
  find(picture: string): object | undefined;
  add(picture: string, found: object): void;
  close(): void;
}

const NONE: KeptVectors = { path: undefined, find: () => undefined, add: () => undefined, close: () => undefined };

/**
 * Opens the vectors of earlier runs that asked the same.
 *
 * @param asked options that change what is found in a picture.
 * @param forget deletes all vectors of this kind, and keeps none.
 * @throws RequestError when the file cannot be used.
 */
export function openVectors(of: VectorsOf, asked: object, forget = false): KeptVectors {
  if (forget) {
    forgetVectors(of);
    return NONE;
  }
  const question = questionOf({ of, ...asked });
  const path = vectorFile(of, question);
  const journal = Journal.open(path, question, VECTORS);
  return {
    path,
    find: (picture) => journal.find(picture),
    add: (picture, found) => journal.add(picture, found),
    close: () => journal.close(),
  };
}
