// The recognizer: a model and a picture -> is that person in it? The Lambda entry, and the same in-process.
import type { IdentifyAnswer, RecognizeAnswer } from './answers.ts';
import { RequestError } from './errors.ts';
import { identify } from './identifier.ts';
import { judge, type RecognizeOptions } from './judging.ts';
import { knowModel } from './models.ts';
import { parseRequest, RecognizeRequest } from './protocol.ts';
import { shippedCohort } from './shipped-cohort.ts';
import { processSidecar, type Sidecar } from './sidecar.ts';

/** AWS Lambda's entry. Failures are thrown; Lambda puts the class's name into `errorType`. */
export async function handler(event: unknown): Promise<RecognizeAnswer | IdentifyAnswer> {
  const { base64_image, query_facevectors, gallery, one_person, ...rest } = parseRequest(RecognizeRequest, event);
  const options = { ...rest, onePerson: one_person };
  if ((query_facevectors === undefined) === (gallery === undefined)) {
    throw new RequestError('the request cannot be used: one of query_facevectors and gallery is needed');
  }
  if (query_facevectors) return recognize(base64_image, query_facevectors.toString('utf8'), options);
  const people = (gallery ?? []).map(([name, model]) => ({ name, model: model.toString('utf8') }));
  return identify(base64_image, people, options);
}

/**
 * Judges every face of a picture against a model CSV.
 *
 * @throws ModelError, ImageError, SidecarError.
 */
export async function recognize(
  image: Uint8Array,
  model: string,
  options: RecognizeOptions = {},
  sidecar: Sidecar = processSidecar(),
): Promise<RecognizeAnswer> {
  const cohort = options.cohort ?? shippedCohort();
  const gallery = knowModel(model, cohort, options.onePerson);
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const rows = await sidecar.describe(image, { probe: true, thorough: options.thorough, onNote });
  return judge(rows, gallery, cohort, options, notes);
}
