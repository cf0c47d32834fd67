// fr-recognize on s3://: starts a run of the deployed map over a bucket, follows it, and prints its answers as if they were local.
import { randomBytes } from 'node:crypto';
import { describePlace } from '../../deploy/cloud/record.ts';
import type { Verdict } from '../../handler/answers.ts';
import type { BucketLine } from '../../handler/bucket.ts';
import { runsOf } from '../../handler/bucket.ts';
import { RequestError } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import { newSealKey, seal } from '../../handler/seal.ts';
import { EXIT, say } from '../cli/cli.ts';
import { type OutputOptions, PROGRAM, printHead, printRecord, statusOf, type Tally } from '../recognition-output.ts';
import { checkAccount } from '../remote/account.ts';
import { showUsd } from '../remote/cost.ts';
import { chooseDeployment, type Where } from '../remote/deployment.ts';
import { checkConcurrency, type RecognizeOptions } from '../remote/invoke.ts';
import { modelFields, optionFields } from '../remote/payload.ts';
import { RemoteError } from '../remote/refusals.ts';
import { type BucketAws, type Execution, openAws } from './aws.ts';
import { bucketCosts } from './cost.ts';
import { follow } from './follow.ts';
import { type BucketUrl, locate, type MapDeployment, parseUrl, withMap } from './place.ts';
import { type Child, lostItems, type MapOutput, readChildren, readLines, reasonOf } from './results.ts';

export interface BucketOptions extends Where, RecognizeOptions, OutputOptions {
  /** Leaves the run to itself, and says how to come back. */
  detach?: boolean | undefined;
  /** Batches at a time, at most; without it, what the account allowed at the deploy. */
  concurrency?: number | undefined;
  /** The ARN of an earlier run, whose answers are wanted. */
  resume?: string | undefined;
}

/** One person's model, or several people's. */
type Models = string | readonly Person[];

/** The most keys in a batch. At a second a picture it stays far below the 5 minutes of a child. */
const BATCH = 100;
/** So few lost pictures are judged again each in a batch of its own: one of them may have killed the function, and so its batch. */
const FEW_LOST = 1_000;

/** The input of an execution: what deploy/cloud/state-machine.ts reads. */
interface RunInput extends BucketUrl {
  batch: number;
  concurrency: number;
  results: { bucket: string; run: string; map: string };
  job: { key: string; seal: string };
  /** The key of a list of keys, in place of all below the prefix. */
  list?: string;
}

/** A run that has ended well. */
interface Ended {
  input: RunInput;
  children: Child[];
}

/** Judges the pictures below an s3:// address. @returns the exit status. */
export async function recognizeBucket(
  url: string,
  readModels: () => Promise<Models>,
  options: BucketOptions,
): Promise<number> {
  const wanted = parseUrl(url);
  const deployment = deploymentFor(options);
  const { prefix, runs } = locate(wanted, deployment);
  const models = await readModels();
  return withAws(deployment, async (aws) => {
    announce(deployment);
    const { arn } = await begin(aws, deployment, { ...wanted, prefix }, runs, models, options);
    if (options.detach) {
      process.stdout.write(`${arn}\n`);
      return EXIT.match;
    }
    const ended = await finish(aws, arn, options);
    return printAll(aws, deployment, ended, new Map(), options);
  });
}

/** Takes up an earlier run: follows it, prints its answers, and with a model judges again what it lost. */
export async function resumeBucket(
  arn: string,
  readModels: (() => Promise<Models>) | undefined,
  options: BucketOptions,
): Promise<number> {
  if (!/^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[\w-]+:[\w-]+$/.test(arn)) {
    throw new RequestError(`--resume ${arn} is not the ARN of a run: give the one that fr-recognize said`);
  }
  const deployment = deploymentFor(options);
  if (!arn.startsWith(`${deployment.map.machine.replace(':stateMachine:', ':execution:')}:`)) {
    throw new RequestError(
      `--resume ${arn} is not a run of this deployment: choose the --stage that it was started with`,
    );
  }
  const models = await readModels?.();
  return withAws(deployment, async (aws) => {
    announce(deployment);
    const ended = await finish(aws, arn, options);
    const lost = lostItems(ended.children);
    const instead = new Map<string, BucketLine>();
    if (models !== undefined && lost.length > 0) {
      const { bucket, prefix, results } = ended.input;
      const runs = runsOf(results.run);
      if (!options.quiet) say(`${PROGRAM}: judging ${lost.length} lost pictures again`);
      const again = await begin(aws, deployment, { bucket, prefix }, runs, models, options, lost);
      const second = await finish(aws, again.arn, options);
      for await (const line of readLines(aws, second.input.results, second.children)) instead.set(line.key, line);
    }
    return printAll(aws, deployment, ended, instead, options);
  });
}

function deploymentFor({ local, stage }: BucketOptions): MapDeployment {
  if (local)
    throw new RequestError('s3:// is judged where it is, on AWS: leave out --local, or copy the pictures here');
  const deployment = chooseDeployment({ remote: true, stage });
  if (!deployment) throw new RequestError('s3:// needs a deployment: run npm run deploy -- --buckets NAME/PREFIX');
  return withMap(deployment);
}

async function withAws(deployment: MapDeployment, work: (aws: BucketAws) => Promise<number>): Promise<number> {
  await checkAccount(deployment);
  const aws = await openAws(deployment);
  try {
    return await work(aws);
  } finally {
    aws.close();
  }
}

/** The model leaves this machine, so it is said even with --quiet. */
function announce(deployment: MapDeployment): void {
  say(`${PROGRAM}: running on AWS Step Functions and Lambda: ${describePlace(deployment)}`);
}

/** Seals the model, puts it into the bucket, and starts a run. */
async function begin(
  aws: BucketAws,
  deployment: MapDeployment,
  { bucket, prefix }: BucketUrl,
  runs: string,
  models: Models,
  options: BucketOptions,
  lost?: ReturnType<typeof lostItems>,
): Promise<{ arn: string; input: RunInput }> {
  const { map } = deployment;
  const concurrency = Math.min(map.concurrency, checkConcurrency(options.concurrency) ?? map.concurrency);
  const name = `${new Date().toISOString().slice(0, 19).replace(/[:]/g, '')}-${randomBytes(4).toString('hex')}`;
  const run = `${runs}${name}/`;
  const job = { key: `${run}job.sealed`, seal: newSealKey() };
  const input: RunInput = {
    ...{ bucket, prefix, batch: lost && lost.length <= FEW_LOST ? 1 : BATCH, concurrency },
    results: { bucket, run, map: `${run}map` },
    job,
    ...(lost && { list: `${run}list.json` }),
  };
  await aws.put(
    bucket,
    job.key,
    seal(JSON.stringify({ ...modelFields(models), ...optionFields(models, options) }), job.seal),
  );
  try {
    if (lost && input.list !== undefined) {
      const list = lost.map(({ key, size, etag }) => ({ Key: key, Size: size, Etag: etag }));
      await aws.put(bucket, input.list, JSON.stringify(list));
    }
    const arn = await aws.start(map.machine, name, JSON.stringify(input));
    if (!options.quiet || options.detach) {
      say(
        `${PROGRAM}: started on s3://${bucket}/${prefix}; it goes on without this command, and this comes back to it:`,
      );
      say(`${PROGRAM}:   fr-recognize --resume ${arn}`);
    }
    return { arn, input };
  } catch (error) {
    await aws.remove(bucket, job.key).catch(() => undefined);
    throw error;
  }
}

/** Waits for the end of a run, and reads how each batch ended. @throws RemoteError when the run failed. */
async function finish(aws: BucketAws, arn: string, options: BucketOptions): Promise<Ended> {
  const execution = await follow(aws, arn, options.quiet ? undefined : process.stderr);
  const input = JSON.parse(execution.input) as RunInput;
  if (execution.status !== 'SUCCEEDED') {
    // A run that failed has forgotten its model by itself; one that somebody stopped has not.
    await aws.remove(input.results.bucket, input.job.key).catch(() => undefined);
    throw failureOf(execution);
  }
  return {
    input,
    children: await readChildren(aws, input.results.run, JSON.parse(execution.output ?? '{}') as MapOutput),
  };
}

function failureOf({ status, error = '', cause = '' }: Execution): RemoteError {
  if (status === 'ABORTED') return new RemoteError('somebody stopped the run: start it again');
  return new RemoteError(`the run failed (${reasonOf(error || status, cause)}): start it again`);
}

async function printAll(
  aws: BucketAws,
  deployment: MapDeployment,
  { input, children }: Ended,
  instead: ReadonlyMap<string, BucketLine>,
  options: BucketOptions,
): Promise<number> {
  const where = `AWS Lambda in ${deployment.region}`;
  const tally: Tally = { True: 0, Unsure: 0, False: 0, refused: 0 };
  let lost = 0;
  printHead(options);
  for await (const { key, answer, error, ms } of readLines(aws, input.results, children, instead)) {
    const record = { path: `s3://${input.bucket}/${key}`, where, notes: [], charges: [] };
    if (answer) {
      printRecord({ ...record, answer, durationMs: ms }, true, options);
      tally[answer.face_present as Verdict] += 1;
    } else if (error) {
      printRecord({ ...record, error }, true, options);
      tally.refused += 1;
      if (error.code === 'REMOTE_FAILED') lost += 1;
    }
  }
  if (!options.quiet) say(`${PROGRAM}: ${summary(tally, children, deployment, options)}`);
  if (lost > 0) {
    const were = lost === 1 ? '1 picture was lost with its batch' : `${lost} pictures were lost with their batches`;
    say(`${PROGRAM}: ${were}: MODEL and --resume judge again what was lost`);
  }
  return statusOf(tally);
}

function summary(
  tally: Tally,
  children: readonly Child[],
  deployment: MapDeployment,
  { unsure }: BucketOptions,
): string {
  const sum = (field: 'Judged' | 'Refused' | 'Skipped' | 'Ms'): number =>
    children.reduce((total, child) => total + child[field], 0);
  const [pictures, skipped] = [sum('Judged') + sum('Refused'), sum('Skipped')];
  const calls = children.reduce((total, { Parts }) => total + Math.max(1, Parts.length), 0);
  const keys = pictures + skipped + lostItems(children).length;
  const spent = { ms: sum('Ms'), batches: children.length, calls, pictures, keys };
  const costs = bucketCosts(spent, deployment);
  const { True, Unsure, False, refused } = tally;
  const verdicts = `matched ${True}, ${unsure ? `unsure ${Unsure}, ` : ''}judged ${True + Unsure + False}`;
  if (children.length === 0) return `${verdicts}: there is no object below this prefix`;
  const list = `Lambda ${showUsd(costs.lambda)}, Step Functions ${showUsd(costs.stepFunctions)}, S3 ${showUsd(costs.s3)}`;
  return `${verdicts}, refused ${refused}, skipped ${skipped}; about USD ${showUsd(costs.total)} (${list})`;
}
