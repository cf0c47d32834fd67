// The interpreter against what AWS answered, as localstack/localstack recorded it (tests/aws/services/stepfunctions/v2/**/
// *.snapshot.json, tests marked `aws.validated`): listing, batching, the result writer and the counts. What was recorded is retold here.
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { fill, inBatches, interpret, type Json, StatesError, type World } from './asl.ts';
import { type MapRunState, mapRun } from './map-run.ts';
import { S3 } from './s3.ts';

const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine';

describe('a map run', () => {
  let s3: S3;
  let runs: MapRunState[];
  beforeEach(async () => {
    s3 = await S3.start(['photos']);
    runs = [];
  });

  /** A map whose children give back what they get. */
  function state(more: object = {}): Record<string, Json> {
    return {
      Label: 'TestMap',
      ItemReader: {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Parameters: { 'Bucket.$': '$.bucket', Prefix: 'in/' },
      },
      ItemSelector: { 'item.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index' },
      ItemBatcher: {
        MaxItemsPerBatchPath: '$.most',
        MaxInputBytesPerBatch: 100_000,
        BatchInput: { 'bucket.$': '$.bucket' },
      },
      MaxConcurrencyPath: '$.concurrency',
      ToleratedFailurePercentage: 100,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
        StartAt: 'Same',
        States: { Same: { Type: 'Pass', End: true } },
      },
      ResultWriter: {
        Resource: 'arn:aws:states:::s3:putObject',
        Parameters: { 'Bucket.$': '$.bucket', Prefix: 'mapJobs' },
        WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
      },
      ...more,
    } as Record<string, Json>;
  }

  const run = async (
    more?: object,
  ): Promise<{ MapRunArn: string; ResultWriterDetails: { Bucket: string; Key: string } }> =>
    (await mapRun(
      state(more),
      { bucket: 'photos', most: 2, concurrency: 1 },
      {},
      {
        s3: s3.client(),
        require: () => undefined,
        task: () => Promise.reject(new StatesError('Lambda.Unknown', 'down')),
        executionArn: MACHINE.replace('stateMachine', 'execution'),
        machineArn: MACHINE,
        begun: (one) => void runs.push(one),
      },
    )) as never;

  const get = async (Key: string): Promise<string> => {
    const { Body } = await s3.client().send(new GetObjectCommand({ Bucket: 'photos', Key }));
    return (await Body?.transformToString()) ?? '';
  };

  test('lists objects with AWS own names of their fields, and gives each child Items and BatchInput', async () => {
    for (const name of ['a', 'b', 'c']) {
      await s3.client().send(new PutObjectCommand({ Bucket: 'photos', Key: `in/${name}`, Body: 'twelve bytes' }));
    }
    const { MapRunArn, ResultWriterDetails } = await run();
    const id = MapRunArn.split(':').at(-1);
    // test_map_state_result_writer, recorded 2024-08-19.
    expect(MapRunArn).toMatch(/^arn:aws:states:eu-west-1:123456789012:mapRun:machine\/TestMap:[0-9a-f-]{36}$/);
    expect(ResultWriterDetails).toEqual({ Bucket: 'photos', Key: `mapJobs/${id}/manifest.json` });
    const manifest = JSON.parse(await get(ResultWriterDetails.Key));
    expect(manifest).toMatchObject({
      DestinationBucket: 'photos',
      MapRunArn,
      ResultFiles: { FAILED: [], PENDING: [] },
    });
    const [file] = manifest.ResultFiles.SUCCEEDED;
    const children = (await get(file.Key))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // test_map_item_reader_base_list_objects_v2, recorded 2023-09-21.
    const item = {
      Etag: expect.stringMatching(/^"\w+"$/),
      LastModified: expect.any(Number),
      Size: 12,
      StorageClass: 'STANDARD',
    };
    expect(children).toEqual([
      {
        BatchInput: { bucket: 'photos' },
        Items: ['a', 'b'].map((name, index) => ({ item: { ...item, Key: `in/${name}` }, index })),
      },
      { BatchInput: { bucket: 'photos' }, Items: [{ item: { ...item, Key: 'in/c' }, index: 2 }] },
    ]);
    // test_list_map_runs_and_describe_map_run, recorded 2023-09-21.
    const zero = { aborted: 0, failed: 0, pending: 0, running: 0, timedOut: 0 };
    expect(runs[0]).toMatchObject({
      ...{ status: 'SUCCEEDED', maxConcurrency: 1 },
      itemCounts: { ...zero, resultsWritten: 3, succeeded: 3, total: 3 },
      executionCounts: { ...zero, resultsWritten: 2, succeeded: 2, total: 2 },
    });
  });

  test('of nothing writes a manifest of nothing', async () => {
    const { ResultWriterDetails } = await run();
    expect(JSON.parse(await get(ResultWriterDetails.Key)).ResultFiles).toEqual({
      FAILED: [],
      PENDING: [],
      SUCCEEDED: [],
    });
  });

  test('writes a child that failed with its input, or fails when too many do', async () => {
    await s3.client().send(new PutObjectCommand({ Bucket: 'photos', Key: 'in/a', Body: 'a' }));
    const Down = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: {}, End: true };
    const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'Down', States: { Down } };
    const { ResultWriterDetails } = await run({ ItemProcessor });
    const [file] = JSON.parse(await get(ResultWriterDetails.Key)).ResultFiles.FAILED;
    const record = JSON.parse(await get(file.Key));
    expect(record).toMatchObject({ Status: 'FAILED', Error: 'Lambda.Unknown', Cause: 'down' });
    expect(JSON.parse(record.Input).Items).toHaveLength(1);
    await expect(run({ ItemProcessor, ToleratedFailurePercentage: 0 })).rejects.toMatchObject({
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });
});

describe('the interpreter', () => {
  const world: World = { task: async () => null, map: async () => null };

  test('fills paths, and fails where one leads nowhere', () => {
    expect(fill({ 'a.$': '$.x[0].y', b: { 'c.$': '$$.Now' } }, { x: [{ y: 1 }] }, { Now: 'now' })).toEqual({
      a: 1,
      b: { c: 'now' },
    });
    expect(() => fill({ 'a.$': '$.none' }, {}, {})).toThrow(StatesError);
  });

  test('makes batches of so many items and bytes', () => {
    expect(inBatches([1, 2, 3, 4, 5], 2, 1_000)).toEqual([[1, 2], [3, 4], [5]]);
    expect(inBatches(['aaaa', 'bbbb', 'cccccccccccccccccc'], 9, 14)).toEqual([
      ['aaaa', 'bbbb'],
      ['cccccccccccccccccc'],
    ]);
  });

  test('carries at most 256 KiB from state to state', async () => {
    const text = { StartAt: 'Same', States: { Same: { Type: 'Pass', End: true } } };
    await expect(interpret(text, 'x'.repeat(262_200), {}, world)).rejects.toMatchObject({
      error: 'States.DataLimitExceeded',
    });
  });

  test('is at fault for a field that it does not know', async () => {
    const text = { StartAt: 'Same', States: { Same: { Type: 'Pass', InputPath: '$.a', End: true } } };
    await expect(interpret(text, {}, {}, world)).rejects.toThrow('the interpreter knows no InputPath in Same, a Pass');
  });
});
