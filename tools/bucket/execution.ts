// One run of the deployed map: its input, its start with a sealed model, and its end.
import { createHash, randomBytes } from 'node:crypto';
import type { BucketItem } from '../../handler/bucket.ts';
import { ConfigError, RequestError } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import { newSealKey, seal } from '../../handler/seal.ts';
import { say } from '../cli/cli.ts';
import { type OutputOptions, PROGRAM } from '../recognition-output.ts';
import type { RecognizeOptions } from '../remote/invoke.ts';
import { modelFields, optionFields } from '../remote/payload.ts';
import { RemoteError } from '../remote/refusals.ts';
import type { BucketAws, Execution } from './aws.ts';
import { type Following, follow } from './follow.ts';
import type { BucketUrl } from './place.ts';
import { type Child, type MapOutput, readChildren, reasonOf } from './results.ts';

/** One person's model, or several people's. */
export type Models = string | readonly Person[];

type Options = RecognizeOptions & OutputOptions & { detach?: boolean | undefined };

/** The most keys in a batch. At a second a picture it stays far below the 5 minutes of a child. */
export const BATCH = 100;

/** The input of an execution: what deploy/cloud/state-machine.ts reads, and by what it judges. */
interface RunInput extends BucketUrl {
  batch: number;
  concurrency: number;
  results: { bucket: string; run: string; map: string };
  job: { key: string; seal: string };
  /** The key of a list of keys, in place of all below the prefix. */
  list?: string;
  /** A digest of the models and options. Runs of an older version have none. */
  asked?: string;
}

/** A run that has ended well. */
export interface Ended {
  input: RunInput;
  children: Child[];
}

/** What a run is to do. */
export interface Wish {
  where: BucketUrl;
  /** The folder of runs. */
  runs: string;
  models: Models;
  options: Options;
  concurrency: number;
  /** These, in place of all below the prefix. */
  list?: readonly BucketItem[];
  batch?: number;
}

/** Seals the model, puts it into the bucket, and starts a run. */
export async function begin(
  aws: BucketAws,
  machine: string,
  { where: { bucket, prefix }, runs, models, options, concurrency, list, batch = BATCH }: Wish,
): Promise<{ arn: string }> {
  const name = `${new Date().toISOString().slice(0, 19).replace(/[:]/g, '')}-${randomBytes(4).toString('hex')}`;
  const run = `${runs}${name}/`;
  const job = { key: `${run}job.sealed`, seal: newSealKey() };
  const input: RunInput = {
    ...{ bucket, prefix, batch, concurrency, asked: digestOf(models, options) },
    results: { bucket, run, map: `${run}map` },
    job,
    ...(list && { list: `${run}list.json` }),
  };
  await aws.put(bucket, job.key, seal(askedText(models, options), job.seal));
  try {
    if (list && input.list !== undefined) {
      const listed = list.map(({ key, size, etag }) => ({ Key: key, Size: size, Etag: etag }));
      await aws.put(bucket, input.list, JSON.stringify(listed));
    }
    const arn = await aws.start(machine, name, JSON.stringify(input));
    if (!options.quiet || options.detach) {
      say(
        `${PROGRAM}: started on s3://${bucket}/${prefix}; it goes on without this command, and this comes back to it:`,
      );
      say(`${PROGRAM}:   fr-recognize --resume ${arn}`);
    }
    return { arn };
  } catch (error) {
    await aws.remove(bucket, job.key).catch(() => undefined);
    throw error;
  }
}

/** A run was stopped because of its cost. */
export class TooDear extends ConfigError {
  /** Where its answers are. */
  readonly results: { bucket: string; run: string };

  constructor(message: string, results: { bucket: string; run: string }) {
    super(message);
    this.results = results;
  }
}

/**
 * Waits for the end of a run, and reads how each batch ended.
 *
 * @param isTooDear whether it costs more than it may.
 * @throws RemoteError when the run failed, TooDear when it was stopped for its cost.
 */
export async function finish(
  aws: BucketAws,
  arn: string,
  { quiet, isTooDear }: { quiet?: boolean | undefined; isTooDear?: Following['isTooDear'] },
): Promise<Ended> {
  const { execution, tooDear } = await follow(aws, arn, { terminal: quiet ? undefined : process.stderr, isTooDear });
  const input = JSON.parse(execution.input) as RunInput;
  const { results, job } = input;
  if (execution.status !== 'SUCCEEDED') {
    // A run that failed has forgotten its model by itself; one that somebody stopped has not.
    await aws.remove(results.bucket, job.key).catch(() => undefined);
    if (!tooDear) throw failureOf(execution);
    throw new TooDear(
      `the run would cost more than --budget, and was stopped after ${tooDear.done} of ${tooDear.total} keys: raise it and run this again`,
      results,
    );
  }
  return { input, children: await readChildren(aws, results.run, JSON.parse(execution.output ?? '{}') as MapOutput) };
}

/** @throws RequestError when the run was started with other models or options: its answers would not go together. */
export async function refuseOtherModel(aws: BucketAws, arn: string, models: Models, options: Options): Promise<void> {
  const { asked } = JSON.parse((await aws.describe(arn)).input) as RunInput;
  if (asked === undefined || asked === digestOf(models, options)) return;
  throw new RequestError(
    `--resume ${arn} was started with another model, or with other options that change answers: give the same, or no model to print its answers`,
  );
}

/** What every picture of a run is judged by. */
function askedText(models: Models, options: Options): string {
  return JSON.stringify({ ...modelFields(models), ...optionFields(models, options) });
}

function digestOf(models: Models, options: Options): string {
  return createHash('sha256').update(askedText(models, options)).digest('hex');
}

function failureOf({ status, error = '', cause = '' }: Execution): RemoteError {
  if (status === 'ABORTED') return new RemoteError('somebody stopped the run: start it again');
  return new RemoteError(`the run failed (${reasonOf(error || status, cause)}): start it again`);
}
