// One Map Run of a Distributed Map: lists or reads items in S3, starts a child for each batch, and writes the results.
// The shapes are those that AWS recorded in localstack/localstack (tests/aws/services/stepfunctions/v2, "aws.validated") and
// documents in "ResultWriter (Map)" and "ItemBatcher (Map)".
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fill, inBatches, interpret, type Json, newRunId, StatesError, type StatesText, type World } from './asl.ts';
import type { Need } from './policy.ts';

type Fields = Record<string, Json>;

export interface MapRunState {
  mapRunArn: string;
  executionArn: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  startDate: Date;
  maxConcurrency: number;
  itemCounts: Counts;
  executionCounts: Counts;
}

interface Counts {
  pending: number;
  running: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  aborted: number;
  total: number;
  resultsWritten: number;
}

export interface MapRunMeans {
  /** A client that may do everything; `require` asks for what the machine's role may do. */
  s3: S3Client;
  require(need: Need, error: string): void;
  task: World['task'];
  executionArn: string;
  machineArn: string;
  /** Registers the run, so that it can be described. */
  begun(run: MapRunState): void;
  /** Whether a child runs twice: Express executions run at least once. */
  twice?: ((index: number) => boolean) | undefined;
}

const bucketArn = (bucket: string, key?: string): string =>
  `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;

export async function mapRun(state: Fields, input: Json, context: Fields, means: MapRunMeans): Promise<Json> {
  const { ItemReader, ItemSelector, ItemBatcher, ItemProcessor, ResultWriter, Label } = state as Record<string, Fields>;
  const id = newRunId();
  const [machine, name] = [means.machineArn, String(Label)];
  const mapRunArn = `${machine.replace(':stateMachine:', ':mapRun:')}/${name}:${id}`;
  const limit = Number((fill({ 'value.$': state.MaxConcurrencyPath ?? '' }, input, context) as Fields).value);
  const none = (): Counts => ({
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total: 0,
    resultsWritten: 0,
  });
  const run: MapRunState = {
    ...{ mapRunArn, executionArn: means.executionArn, status: 'RUNNING', startDate: new Date() },
    ...{ maxConcurrency: limit, itemCounts: none(), executionCounts: none() },
  };
  means.begun(run);
  const read = await readItems(ItemReader as Fields, input, context, means);
  const items = read.map((value, Index) =>
    fill(ItemSelector as Json, input, { ...context, Map: { Item: { Index, Value: value } } }),
  );
  const { MaxItemsPerBatchPath, MaxInputBytesPerBatch, BatchInput, ...rest } = ItemBatcher as Fields;
  if (Object.keys(rest).length > 0) throw new Error(`the interpreter knows nothing of ${Object.keys(rest)}`);
  const most = Number((fill({ 'value.$': MaxItemsPerBatchPath ?? '' }, input, context) as Fields).value);
  const shared = fill(BatchInput as Json, input, context);
  const room = Number(MaxInputBytesPerBatch) - Buffer.byteLength(JSON.stringify(shared));
  const batches = inBatches(items, most, room);
  run.itemCounts.total = items.length;
  run.executionCounts.total = batches.length;
  const { ProcessorConfig, ...processor } = ItemProcessor as Fields;
  if ((ProcessorConfig as Fields).Mode !== 'DISTRIBUTED') throw new Error('the interpreter knows only DISTRIBUTED');
  const records: { status: 'SUCCEEDED' | 'FAILED'; record: Fields; output: Json }[] = [];
  const child = async (batch: Json[], index: number): Promise<void> => {
    means.require({ action: 'states:StartExecution', resource: machine }, 'States.Runtime');
    const one = async () => {
      const StartTime = new Date().toISOString();
      const own = { ...context, Execution: { Id: `${mapRunArn}:${index}`, StartTime } };
      const text = { BatchInput: shared, Items: batch } as Json;
      const StartDate = StartTime;
      const about = {
        ...{
          ExecutionArn: `${machine.replace(':stateMachine:', ':execution:')}/${name}:${newRunId()}`,
          Name: newRunId(),
        },
        ...{ StateMachineArn: `${machine}/${name}`, StartDate, StopDate: StartDate },
        ...{ Input: JSON.stringify(text), InputDetails: { Included: true } },
      };
      try {
        const world: World = { task: means.task, map: () => Promise.reject(new Error('a map inside a map')) };
        const output = await interpret(processor as unknown as StatesText, text, own, world);
        return { status: 'SUCCEEDED' as const, record: about, output };
      } catch (error) {
        if (!(error instanceof StatesError)) throw error;
        const record = { ...about, Status: 'FAILED', Error: error.error, Cause: error.message };
        return { status: 'FAILED' as const, record, output: null };
      }
    };
    run.executionCounts.running += 1;
    run.itemCounts.running += batch.length;
    const [record] = await Promise.all([one(), ...(means.twice?.(index) ? [one()] : [])]);
    run.executionCounts.running -= 1;
    run.itemCounts.running -= batch.length;
    const field = record.status === 'SUCCEEDED' ? 'succeeded' : 'failed';
    run.executionCounts[field] += 1;
    run.itemCounts[field] += batch.length;
    records.push(record);
  };
  await atOnce(batches, Math.min(limit, 40), child);
  const failedShare = items.length === 0 ? 0 : (100 * run.itemCounts.failed) / items.length;
  if (failedShare > Number(state.ToleratedFailurePercentage)) {
    run.status = 'FAILED';
    throw new StatesError(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded',
    );
  }
  const output = await writeResults(ResultWriter as Fields, records, mapRunArn, input, context, means);
  run.status = 'SUCCEEDED';
  run.itemCounts.resultsWritten = items.length;
  run.executionCounts.resultsWritten = batches.length;
  return output;
}

async function atOnce<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
}

async function readItems(reader: Fields, input: Json, context: Fields, means: MapRunMeans): Promise<Json[]> {
  const { Bucket, Prefix, Key } = fill(reader.Parameters as Json, input, context) as Record<string, string>;
  const failed = 'States.ItemReaderFailed';
  const resource = String(reader.Resource).replace(/^arn:[a-z-]+:states:::/, '');
  try {
    if (resource === 's3:listObjectsV2') {
      means.require(
        { action: 's3:ListBucket', resource: bucketArn(Bucket ?? ''), context: { 's3:prefix': Prefix ?? '' } },
        failed,
      );
      return await listObjects(means.s3, Bucket ?? '', Prefix ?? '');
    }
    if (resource === 's3:getObject' && (reader.ReaderConfig as Fields).InputType === 'JSON') {
      means.require({ action: 's3:GetObject', resource: bucketArn(Bucket ?? '', Key) }, failed);
      const { Body } = await means.s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '') as Json[];
    }
  } catch (error) {
    if (error instanceof StatesError) throw error;
    throw new StatesError(failed, (error as Error).message);
  }
  throw new Error(`the interpreter knows no reader ${resource}`);
}

/** All pages. Step Functions writes Etag where S3 writes ETag (recorded 2023-09-21, test_map_item_reader_base_list_objects_v2). */
async function listObjects(s3: S3Client, Bucket: string, Prefix: string): Promise<Json[]> {
  const items: Json[] = [];
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    for (const { ETag = '', LastModified, Key = '', Size = 0, StorageClass = '' } of page.Contents ?? []) {
      items.push({ Etag: ETag, LastModified: (LastModified?.getTime() ?? 0) / 1000, Key, Size, StorageClass });
    }
    ContinuationToken = page.NextContinuationToken;
    if (ContinuationToken === undefined) return items;
  }
}

async function writeResults(
  writer: Fields,
  records: readonly { status: 'SUCCEEDED' | 'FAILED'; record: Fields; output: Json }[],
  MapRunArn: string,
  input: Json,
  context: Fields,
  means: MapRunMeans,
): Promise<Json> {
  const { Bucket = '', Prefix = '' } = fill(writer.Parameters as Json, input, context) as Record<string, string>;
  const { Transformation, OutputType } = writer.WriterConfig as Fields;
  if (Transformation !== 'COMPACT' || OutputType !== 'JSONL')
    throw new Error('the interpreter writes COMPACT JSONL only');
  const folder = `${Prefix}/${MapRunArn.split(':').at(-1)}`;
  const put = async (name: string, text: string): Promise<{ Key: string; Size: number }> => {
    const Key = `${folder}/${name}`;
    means.require({ action: 's3:PutObject', resource: bucketArn(Bucket, Key) }, 'States.ResultWriterFailed');
    await means.s3.send(new PutObjectCommand({ Bucket, Key, Body: text }));
    return { Key, Size: Buffer.byteLength(text) };
  };
  const ResultFiles: Record<string, Json> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const status of ['SUCCEEDED', 'FAILED'] as const) {
    const mine = records.filter((one) => one.status === status);
    if (mine.length === 0) continue;
    // A child that failed is written with its metadata, whatever the transformation ("ResultWriter (Map)").
    const lines = mine.map(({ record, output }) => `${JSON.stringify(status === 'SUCCEEDED' ? output : record)}\n`);
    ResultFiles[status] = [await put(`${status}_0.jsonl`, lines.join(''))] as never;
  }
  const { Key } = await put('manifest.json', JSON.stringify({ DestinationBucket: Bucket, MapRunArn, ResultFiles }));
  return { MapRunArn, ResultWriterDetails: { Bucket, Key } };
}
