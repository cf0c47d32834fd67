// A run's results in the bucket -> what became of each picture, in the order of the keys.
import { type BucketItem, type BucketLine, PARTS, runsOf } from '../../handler/bucket.ts';
import { runMany } from '../batch/run.ts';
import type { BucketAws } from './aws.ts';

/** Objects of answers that are read at a time. */
const AT_ONCE = 8;

/** What the execution gives when it has succeeded. */
export interface MapOutput {
  ResultWriterDetails: { Bucket: string; Key: string };
}

/** manifest.json, as AWS documents it in "ResultWriter (Map)". */
interface Manifest {
  ResultFiles: Record<'SUCCEEDED' | 'FAILED' | 'PENDING', { Key: string }[]>;
}

/** What a batch's child told at its end (deploy/cloud/state-machine.ts). */
export interface Child {
  First: string;
  Parts: string[];
  Judged: number;
  Refused: number;
  Skipped: number;
  Ms: number;
  /** Keys that were not judged, because a call failed again and again. */
  LostItems?: BucketItem[];
  Error?: string;
  Cause?: string;
}

/** A child that failed as a whole is written with its input, and the rest of them with their output alone. */
interface FailedChild {
  Input: string;
  Error?: string;
  Cause?: string;
  Status?: string;
}

/** The order of keys in a listing. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Every batch of a run, in the order of the keys. `run` is the run's folder. */
export async function readChildren(
  aws: BucketAws,
  run: string,
  { ResultWriterDetails: { Bucket, Key } }: MapOutput,
): Promise<Child[]> {
  const { ResultFiles } = JSON.parse(await aws.get(Bucket, Key)) as Manifest;
  const read = async (files: readonly { Key: string }[] = []): Promise<unknown[]> => {
    const texts = await Promise.all(files.map((file) => aws.get(Bucket, file.Key)));
    return texts.flatMap(parseRecords);
  };
  const succeeded = (await read(ResultFiles.SUCCEEDED)) as Child[];
  const failed = (await read([...ResultFiles.FAILED, ...ResultFiles.PENDING])) as FailedChild[];
  const children = [...succeeded, ...failed.map(failedChild)].map((child) => withoutRuns(child, runsOf(run)));
  return children.sort((a, b) => byBytes(a.First, b.First));
}

/** What is below the folder of runs was listed with the pictures, and is none. */
function withoutRuns(child: Child, runs: string): Child {
  const { LostItems } = child;
  return LostItems ? { ...child, LostItems: LostItems.filter(({ key }) => !key.startsWith(runs)) } : child;
}

/** A JSON array, or an object a line: AWS writes failures as the first and the rest as the second. */
function parseRecords(text: string): unknown[] {
  if (text.trimStart().startsWith('[')) return JSON.parse(text) as unknown[];
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
}

function failedChild({ Input, Error: error, Cause, Status }: FailedChild): Child {
  const { Items } = JSON.parse(Input) as { Items: BucketItem[] };
  const none = { Parts: [], Judged: 0, Refused: 0, Skipped: 0, Ms: 0 };
  return {
    First: Items[0]?.key ?? '',
    ...none,
    LostItems: Items,
    Error: error ?? Status ?? 'Failed',
    Cause: Cause ?? '',
  };
}

/** The keys of a run that no call could judge. */
export function lostItems(children: readonly Child[]): BucketItem[] {
  return children.flatMap(({ LostItems = [] }) => LostItems);
}

/**
 * What became of each picture, in the order of the keys. The answers of later batches are read ahead.
 *
 * @param run the run's folder.
 * @param instead lines of another run, which judged some of the lost keys.
 */
export async function* readLines(
  aws: BucketAws,
  { bucket, run }: { bucket: string; run: string },
  children: readonly Child[],
  instead: ReadonlyMap<string, BucketLine> = new Map(),
): AsyncGenerator<BucketLine> {
  const read = async (child: Child): Promise<BucketLine[]> => {
    const parts = await Promise.all(child.Parts.map((part) => aws.get(bucket, run + part)));
    const lines = parts.flatMap((text) => parseRecords(text) as BucketLine[]);
    const lost = (child.LostItems ?? []).map((item) => instead.get(item.key) ?? lostLine(item, child));
    return [...lines, ...lost].sort((a, b) => byBytes(a.key, b.key));
  };
  for await (const done of runMany(children, read, { atOnce: () => AT_ONCE, window: 4 * AT_ONCE })) {
    if (!done.result) throw done.error;
    yield* done.result;
  }
}

/** What became of the pictures of a run that was stopped, as far as it was answered; in no order. */
export async function* linesBefore(
  aws: BucketAws,
  { bucket, run }: { bucket: string; run: string },
): AsyncGenerator<BucketLine> {
  for await (const page of aws.list(bucket, `${run}${PARTS}`)) {
    for (const { key } of page) yield* parseRecords(await aws.get(bucket, key)) as BucketLine[];
  }
}

function lostLine({ key, etag }: BucketItem, { Error: error = '', Cause = '' }: Child): BucketLine {
  const message = `was not judged: its batch failed (${reasonOf(error, Cause)}): run it again with MODEL and --resume`;
  return { key, etag, error: { name: 'RemoteError', code: 'REMOTE_FAILED', message }, ms: 0 };
}

/** Lambda's cause is the failure as JSON, with a trace. */
export function reasonOf(error: string, cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: string };
    return [error, errorMessage].filter(Boolean).join(': ');
  } catch {
    return [error, cause].filter(Boolean).join(': ');
  }
}
