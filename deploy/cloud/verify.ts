// Tries out what is deployed, as a client would: trains on a picture of nobody, recognises it, and does not recognise a
// stranger.

import { AwsError, DeployError } from '../failure.ts';
import { drawNobody } from '../image/portrait.ts';
import { ALIAS, type BucketPlace, type FunctionName, type Names, RUNS } from '../names.ts';
import { bucketsText } from '../option-values.ts';
import { poll } from '../wait.ts';
import type { Aws } from './aws/connect.ts';

/** Vectors in a model of one photo (native/align/variants.hh), and numbers in each (handler/matching/vectors.ts). */
export const MODEL_ROWS = 8;
const VECTOR_SIZE = 128;

/** After a long idle time the first call wakes a function and fails. We try again for this long. */
const WAKE_MS = 120_000;

/**
 * Calls the alias, then the functions without it, as the original's client does; then asks for each bucket, if any.
 *
 * @throws DeployError, AwsError.
 */
export async function verify(
  aws: Aws,
  names: Names,
  say: (text: string) => void,
  buckets: readonly BucketPlace[] = [],
): Promise<void> {
  const base64_image = (await drawNobody()).toString('base64');
  for (const qualifier of [ALIAS, undefined]) {
    const ask = (of: FunctionName, event: object): Promise<Answer> =>
      invoke(aws, names.functions[of], event, qualifier);
    const { facevectors } = await ask('trainer', { base64_image });
    const model = checkModel(facevectors);
    for (const [gallery, wanted] of [
      [model, 'True'],
      [stranger(model), 'False'],
    ] as const) {
      const query_facevectors = Buffer.from(gallery).toString('base64');
      const { face_present } = await ask('recognizer', { base64_image, query_facevectors });
      if (face_present === wanted) continue;
      const whose = wanted === 'True' ? 'its own model' : "a stranger's model";
      throw new DeployError(
        `${names.functions.recognizer} answers ${face_present} for a drawn face with ${whose}: run npm run deploy again`,
      );
    }
    const where = qualifier === undefined ? 'unqualified' : `on ${qualifier}`;
    say(`verified ${where}: trains a drawn face, recognises it, and no stranger`);
  }
  for (const place of buckets) await verifyBucket(aws, names, place);
  if (buckets.length > 0) say(`verified: the recognizer reaches ${bucketsText(buckets)}`);
}

/** S3's answers about an object that is not there: the second, to whom may not list the bucket. */
const ABSENT = /\((NoSuchKey|AccessDenied)\)/;

/** Asks the recognizer for a batch of no keys. It looks for the batch's model, which is not there, and says what S3 said. */
async function verifyBucket(aws: Aws, names: Names, { bucket, prefix }: BucketPlace): Promise<void> {
  const run = `${prefix}${RUNS}try-out/`;
  const BatchInput = { bucket, results: { bucket, run }, job: { key: `${run}job.sealed`, seal: '' } };
  const counts = { Pass: 0, Judged: 0, Refused: 0, Skipped: 0, Ms: 0 };
  const event = { BatchInput, Items: [], First: '', Parts: [], ...counts, Started: new Date().toISOString() };
  const answer = await call(aws, names.functions.recognizer, event, ALIAS);
  const { errorMessage = '' } = answer.body;
  if (answer.failed && ABSENT.test(errorMessage)) return;
  if (/NoSuchBucket/.test(errorMessage)) throw new DeployError(`there is no bucket ${bucket}: check --buckets`);
  if (/PermanentRedirect/.test(errorMessage)) {
    throw new DeployError(`the bucket ${bucket} is in another Region than ${aws.region}: deploy there, with --region`);
  }
  throw new DeployError(`${names.functions.recognizer} cannot read ${bucket} (${errorMessage || 'no reason given'})`);
}

interface Answer {
  facevectors?: string;
  face_present?: string;
  errorType?: string;
  errorMessage?: string;
}

async function invoke(aws: Aws, name: string, event: object, qualifier: string | undefined): Promise<Answer> {
  const { failed, body } = await call(aws, name, event, qualifier);
  if (!failed) return body;
  const why = [body.errorType, body.errorMessage].filter(Boolean).join(': ') || 'no reason given';
  throw new DeployError(`the function ${name} fails (${why}): look at its logs, /aws/lambda/${name}`);
}

async function call(
  aws: Aws,
  name: string,
  event: object,
  qualifier: string | undefined,
): Promise<{ failed: boolean; body: Answer }> {
  const answer = await poll(WAKE_MS, async () => {
    try {
      return await aws.invoke(name, event, qualifier);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (/ResourceNotReady|ResourceConflict/.test(error.code)) return undefined;
      if (!/NotFound/.test(error.code)) throw error;
      const called = qualifier === undefined ? name : `${name}:${qualifier}`;
      throw new DeployError(`there is no function ${called} in ${aws.region}: run npm run deploy`);
    }
  });
  if (!answer) throw new DeployError(`the function ${name} did not wake up: run npm run deploy again`);
  try {
    return { failed: answer.failed, body: JSON.parse(answer.text) as Answer };
  } catch {
    return { failed: answer.failed, body: {} };
  }
}

function checkModel(model: string | undefined): string {
  const rows = (model ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const isWhole = rows.length === MODEL_ROWS && rows.every((row) => row.split(',').length === VECTOR_SIZE);
  if (isWhole) return model as string;
  throw new DeployError(
    `the trainer gives a model of ${rows.length} rows, not ${MODEL_ROWS}: run npm run deploy again`,
  );
}

/** A model of one invented vector that is far from any face: pseudo-random numbers from a fixed seed. */
export function stranger(model: string): string {
  const comment = model.split('\n').find((line) => line.startsWith('#'));
  let seed = 20_171;
  const row = Array.from({ length: VECTOR_SIZE }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647 - 0.5).toFixed(4);
  });
  return `${comment === undefined ? '' : `${comment}\n`}${row.join(',')}\n`;
}
