// The recognizer: a model and a picture -> is that person in it? The Lambda entry, and the same in-process.
import type { IdentifyAnswer, RecognizeAnswer, SeveralAnswer } from './answers.ts';
import { RequestError } from './errors.ts';
import { identify } from './identifier.ts';
import { judge, type RecognizeOptions } from './judging.ts';
import { knowModel } from './matching/models.ts';
import { type JudgeFields, parseRequest, RecognizeRequest, RecognizeSeveralRequest } from './protocol.ts';
import { type Invocation, judgeSeveral } from './several.ts';
import { shippedCohort } from './shipped-cohort.ts';
import { processPool } from './sidecar/pool.ts';
import { type FaceFinder, processSidecar } from './sidecar/sidecar.ts';

/** AWS Lambda's entry. Failures are thrown; Lambda puts the class's name into `errorType`. */
export async function handler(
  event: unknown,
  invocation?: Invocation,
): Promise<RecognizeAnswer | IdentifyAnswer | SeveralAnswer> {
  const pool = processPool();
  if (!isOfSeveral(event)) {
    const { base64_image, ...asked } = parseRequest(RecognizeRequest, event);
    return judgeBy(asked, pool)(base64_image);
  }
  const { images, ...asked } = parseRequest(RecognizeSeveralRequest, event);
  const judgeOne = judgeBy(asked, pool);
  const judges = images.map((image) => async () => {
    if (image instanceof RequestError) throw image;
    return judgeOne(image);
  });
  const answers = await judgeSeveral(judges, { atOnce: pool.jobs, invocation, onTimeUp: () => pool.close() });
  const environment = process.env.AWS_LAMBDA_LOG_STREAM_NAME;
  return { answers, ...(environment !== undefined && { environment }) };
}

function isOfSeveral(event: unknown): boolean {
  if (typeof event !== 'object' || event === null || !('images' in event)) return false;
  if (!('base64_image' in event)) return true;
  throw new RequestError('the request cannot be used: only one of base64_image and images is allowed');
}

/** What judges each picture of a request. */
function judgeBy({ query_facevectors, gallery, one_person, ...rest }: JudgeFields, finder: FaceFinder) {
  const options = { ...rest, onePerson: one_person };
  if ((query_facevectors === undefined) === (gallery === undefined)) {
    throw new RequestError('the request cannot be used: one of query_facevectors and gallery is needed');
  }
  const model = query_facevectors?.toString('utf8');
  if (model !== undefined) return (image: Uint8Array) => recognize(image, model, options, finder);
  const people = (gallery ?? []).map(([name, text]) => ({ name, model: text.toString('utf8') }));
  return (image: Uint8Array) => identify(image, people, options, finder);
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
  sidecar: FaceFinder = processSidecar(),
): Promise<RecognizeAnswer> {
  const cohort = options.cohort ?? shippedCohort();
  const gallery = knowModel(model, cohort, options.onePerson);
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const rows = await sidecar.describe(image, { probe: true, thorough: options.thorough, onNote });
  return judge(rows, gallery, cohort, options, notes);
}
