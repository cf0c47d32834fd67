// fr-recognize on s3://: judges what no journal knows by a run of the deployed map over a bucket, and prints all as if it were local.
import { describePlace } from '../../deploy/cloud/record.ts';
import { type BucketLine, runsOf } from '../../handler/bucket.ts';
import { RequestError } from '../../handler/errors.ts';
import type { Journal } from '../batch/journal.ts';
import { EXIT, say } from '../cli/cli.ts';
import { type OutputOptions, PROGRAM } from '../recognition-output.ts';
import { checkAccount } from '../remote/account.ts';
import { chooseDeployment, type Where } from '../remote/deployment.ts';
import { checkConcurrency, type RecognizeOptions } from '../remote/invoke.ts';
import { RemoteError } from '../remote/refusals.ts';
import { type BucketAws, type Counts, openAws } from './aws.ts';
import { Spending } from './cost.ts';
import { begin, type Ended, finish, type Models, refuseOtherModel, TooDear, type Wish } from './execution.ts';
import { listPictures } from './listing.ts';
import { inOrder, Memory } from './memory.ts';
import { locate, type MapDeployment, parseUrl, withMap } from './place.ts';
import { planRest } from './planning.ts';
import { printAll } from './printing.ts';
import { linesBefore, lostItems, readLines } from './results.ts';

export interface BucketOptions extends Where, RecognizeOptions, OutputOptions {
  /** Leaves the run to itself, and says how to come back. */
  detach?: boolean | undefined;
  /** Batches at a time, at most; without it, what the account allowed at the deploy. */
  concurrency?: number | undefined;
  /** The ARN of an earlier run, whose answers are wanted. */
  resume?: string | undefined;
  /** USD. A run whose forecast is above it is not started, and one that turns out to be dearer is stopped. */
  budget?: number | undefined;
}

/** So few lost pictures are judged again each in a batch of its own: one of them may have killed the function, and so its batch. */
const FEW_LOST = 1_000;

/** Judges the pictures below an s3:// address. @returns the exit status. */
export async function recognizeBucket(
  url: string,
  readModels: () => Promise<Models>,
  openJournal: (models: Models) => Journal | undefined,
  options: BucketOptions,
): Promise<number> {
  const wanted = parseUrl(url);
  const deployment = deploymentFor(options);
  const { prefix, runs } = locate(wanted, deployment);
  const where = { ...wanted, prefix };
  const concurrency = concurrencyFor(deployment, options);
  const models = await readModels();
  return withAws(deployment, async (aws) => {
    announce(deployment);
    let memory = new Memory(openJournal(models), where);
    try {
      if (await readUnread(aws, memory, deployment, options)) {
        memory.close(); // a journal finds what was in it when it was opened
        memory = new Memory(openJournal(models), where);
      }
      const listing = await listPictures(aws, where, runs);
      const rest = planRest(listing, memory, {
        where,
        deployment,
        concurrency,
        budget: options.budget,
        quiet: options.quiet,
      });
      const known = memory.lines(listing?.pictures ?? []);
      const report = { deployment, bucket: where.bucket, options };
      if (listing && rest?.length === 0) return await printAll({ lines: inOrder(known, none()), children: [] }, report);
      const isPart = listing !== undefined && rest !== undefined && rest.length < listing.pictures.length;
      const wish: Wish = { where, runs, models, options, concurrency, ...(isPart && { list: rest }) };
      const { arn } = await begin(aws, deployment.map.machine, wish);
      memory.started(arn);
      if (options.detach) {
        process.stdout.write(`${arn}\n`);
        return EXIT.match;
      }
      const ended = await finish(aws, arn, withinBudget(deployment, options));
      const lines = inOrder(known, remembered(linesOf(aws, ended), memory));
      const status = await printAll({ lines, children: ended.children }, report);
      memory.read();
      return status;
    } catch (error) {
      if (error instanceof TooDear) {
        for await (const line of linesBefore(aws, error.results)) memory.add(line);
        memory.read();
      }
      throw error;
    } finally {
      memory.close();
    }
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
  const concurrency = concurrencyFor(deployment, options);
  const models = await readModels?.();
  return withAws(deployment, async (aws) => {
    announce(deployment);
    if (models !== undefined) await refuseOtherModel(aws, arn, models, options);
    const ended = await finish(aws, arn, options);
    const lost = lostItems(ended.children);
    const instead = new Map<string, BucketLine>();
    const { bucket, prefix, results } = ended.input;
    if (models !== undefined && lost.length > 0) {
      if (!options.quiet) say(`${PROGRAM}: judging ${lost.length} lost pictures again`);
      const batch = lost.length <= FEW_LOST ? { batch: 1 } : {};
      const wish = { where: { bucket, prefix }, runs: runsOf(results.run), models, options, concurrency, list: lost };
      const again = await begin(aws, deployment.map.machine, { ...wish, ...batch });
      for await (const line of linesOf(aws, await finish(aws, again.arn, options))) instead.set(line.key, line);
    }
    const lines = readLines(aws, results, ended.children, instead);
    return printAll({ lines, children: ended.children }, { deployment, bucket, options });
  });
}

function deploymentFor({ local, stage }: BucketOptions): MapDeployment {
  if (local)
    throw new RequestError('s3:// is judged where it is, on AWS: leave out --local, or copy the pictures here');
  const deployment = chooseDeployment({ remote: true, stage });
  if (!deployment) throw new RequestError('s3:// needs a deployment: run npm run deploy -- --buckets NAME/PREFIX');
  return withMap(deployment);
}

function concurrencyFor({ map }: MapDeployment, { concurrency }: BucketOptions): number {
  return Math.min(map.concurrency, checkConcurrency(concurrency) ?? map.concurrency);
}

/** How a run is followed: to its end, or until it costs more than the budget. */
function withinBudget(deployment: MapDeployment, { budget, quiet }: BucketOptions) {
  if (budget === undefined) return { quiet };
  const spending = new Spending(deployment);
  return { quiet, isTooDear: (counts: Counts, elapsedMs: number) => spending.usd(counts, elapsedMs) > budget };
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

/** Puts into the memory what a run has answered that was started before, and that no command has read to its end: if there is one. */
async function readUnread(
  aws: BucketAws,
  memory: Memory,
  deployment: MapDeployment,
  options: BucketOptions,
): Promise<boolean> {
  const arn = options.detach ? undefined : memory.unread;
  if (arn === undefined) return false;
  try {
    if (!options.quiet) say(`${PROGRAM}: taking up the run that was started before: ${arn}`);
    const ended = await finish(aws, arn, withinBudget(deployment, options));
    for await (const line of linesOf(aws, ended)) memory.add(line);
    memory.read();
    return true;
  } catch (error) {
    // It has failed, or is gone: what it would have answered is judged by the run that follows.
    if (!(error instanceof RemoteError || error instanceof RequestError)) throw error;
    return false;
  }
}

function linesOf(aws: BucketAws, { input, children }: Ended): AsyncGenerator<BucketLine> {
  const { bucket, run } = input.results;
  return readLines(aws, { bucket, run }, children);
}

async function* remembered(lines: AsyncIterable<BucketLine>, memory: Memory): AsyncGenerator<BucketLine> {
  for await (const line of lines) {
    memory.add(line);
    yield line;
  }
}

async function* none(): AsyncGenerator<BucketLine> {
  // Nothing had to be judged.
}
