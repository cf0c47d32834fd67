// Places in S3: which of them a deployment may read, and where a run keeps what it writes. Pure; the functions, the deployer's
// policies and the command lines agree on it.
import type { IdentifyAnswer, RecognizeAnswer } from './answers.ts';
import { RequestError } from './errors.ts';

/** A bucket and what the keys in it begin with; empty for all of it. */
interface Place {
  bucket: string;
  prefix: string;
}

/** An object, as a listing has it. */
export interface BucketItem {
  key: string;
  size: number;
  etag: string;
}

/** What became of an object: a line of what a run writes. Exactly one of `answer` and `error` is there. */
export interface BucketLine {
  key: string;
  etag: string;
  answer?: RecognizeAnswer | IdentifyAnswer;
  error?: { name: string; code: string; message: string };
  ms: number;
}

/** The folder, in each place that may be read, that holds the runs: their sealed models, answers and manifests. */
export const RUNS = 'fr-results/';

/** The folder, in that of a run, that holds its answers. */
export const PARTS = 'parts/';

/** `NAME` or `NAME/PREFIX`. A prefix stands for a folder, so it ends with a slash. */
function parsePlace(text: string): Place {
  const [bucket = '', ...rest] = text.split('/');
  const prefix = rest.join('/').replace(/\/*$/, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** The places of a variable FR_BUCKETS. */
export function parsePlaces(text: string | undefined): Place[] {
  return (text ?? '').split(',').filter(Boolean).map(parsePlace);
}

/** Refuses a key outside the places. @throws RequestError. */
export function refuseOutside(places: readonly Place[], bucket: string, key: string, folder = ''): void {
  const inside = places.some((place) => place.bucket === bucket && key.startsWith(place.prefix + folder));
  if (inside) return;
  throw new RequestError(
    'the request cannot be used: a key is outside the buckets of this deployment: run npm run deploy -- --buckets NAME/PREFIX',
  );
}

/** The folder of all runs, of a run's folder in it. */
export function runsOf(run: string): string {
  return run.slice(0, run.lastIndexOf(RUNS) + RUNS.length);
}
