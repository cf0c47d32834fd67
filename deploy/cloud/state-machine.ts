// The text of the state machine that judges a bucket: a Distributed Map over its keys, in the Amazon States Language. Pure.
//
// A run's input (tools/bucket/run.ts writes it):
//   { bucket, prefix, batch, concurrency, results: { bucket, run, map }, job: { key, seal } }
// or, for the keys that an earlier run lost, `list`, the key of a JSON list of { Key, Size, Etag }, beside `prefix`.
import { ALIAS, type Arns, type AwsPlace, MAP_LABEL } from '../names.ts';

type State = Record<string, unknown>;

/** A child's input, `BatchInput` included, may have 256 KiB. 100 keys of 1,024 bytes need half of that. */
const BATCH_BYTES = 131_072;

/**
 * Lambda's refusals pass: it adds 1,000 environments each ten seconds. In their sum the waits stay below the five minutes of an
 * Express execution (AWS's documentation of both).
 */
const RETRIES = [
  // Another try would end the same way.
  { ErrorEquals: ['RequestError', 'ModelError', 'ConfigError'], MaxAttempts: 0 },
  {
    ErrorEquals: ['Lambda.TooManyRequestsException', 'Lambda.SnapStartNotReadyException'],
    ...{ IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 20, MaxAttempts: 8, JitterStrategy: 'FULL' },
  },
  {
    ErrorEquals: ['States.TaskFailed'],
    ...{ IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3, JitterStrategy: 'FULL' },
  },
];

/** The fields of a batch that tell what became of it. */
const OUTCOME = pick('First', 'Parts', 'Judged', 'Refused', 'Skipped', 'Ms');

/** Each named field of the state's input, under its own name. */
function pick(...names: string[]): State {
  return Object.fromEntries(names.map((name) => [`${name}.$`, `$.${name}`]));
}

/** The whole machine. It names the recognizer by its alias. */
export function stateMachine({ partition }: AwsPlace, arns: Arns): object {
  const integration = (name: string): string => `arn:${partition}:states:::${name}`;
  const recognizer = `${arns.functions.recognizer}:${ALIAS}`;
  // The names of states are unique in the whole machine, children included.
  const map = (reader: object, suffix: '' | 'Again'): State => ({
    Type: 'Map',
    Label: MAP_LABEL + suffix,
    ItemReader: reader,
    // Of what S3 tells of an object, the batch needs this. S3's listing has ETag, and Step Functions makes Etag of it.
    ItemSelector: {
      'key.$': '$$.Map.Item.Value.Key',
      'size.$': '$$.Map.Item.Value.Size',
      'etag.$': '$$.Map.Item.Value.Etag',
    },
    ItemBatcher: {
      MaxItemsPerBatchPath: '$.batch',
      MaxInputBytesPerBatch: BATCH_BYTES,
      BatchInput: pick('bucket', 'results', 'job'),
    },
    MaxConcurrencyPath: '$.concurrency',
    // A child that fails costs its own batch: fr-recognize says which keys were lost, and judges them again.
    ToleratedFailurePercentage: 100,
    ItemProcessor: childOf(integration('lambda:invoke'), recognizer, suffix),
    ResultWriter: {
      Resource: integration('s3:putObject'),
      Parameters: { 'Bucket.$': '$.results.bucket', 'Prefix.$': '$.results.map' },
      WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
    },
    ResultPath: '$.map',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'ForgetModelAfterFailure' }],
    Next: 'ForgetModel',
  });
  const forget = (next: State): State => ({
    Type: 'Task',
    Resource: integration('aws-sdk:s3:deleteObject'),
    Parameters: { 'Bucket.$': '$.results.bucket', 'Key.$': '$.job.key' },
    Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 6 }],
    ResultPath: null,
    ...next,
  });
  return {
    Comment: 'Judges the pictures of a bucket: serverless-face-recognition',
    StartAt: 'Which',
    States: {
      Which: {
        Type: 'Choice',
        Choices: [{ Variable: '$.list', IsPresent: true, Next: 'JudgeList' }],
        Default: 'JudgePrefix',
      },
      JudgePrefix: map(
        {
          Resource: integration('s3:listObjectsV2'),
          Parameters: { 'Bucket.$': '$.bucket', 'Prefix.$': '$.prefix' },
        },
        '',
      ),
      JudgeList: map(
        {
          Resource: integration('s3:getObject'),
          ReaderConfig: { InputType: 'JSON' },
          Parameters: { 'Bucket.$': '$.results.bucket', 'Key.$': '$.list' },
        },
        'Again',
      ),
      // The output leaves out the input, which holds the key that opens the model.
      ForgetModel: forget({ OutputPath: '$.map', End: true }),
      ForgetModelAfterFailure: forget({ Next: 'Failed' }),
      Failed: { Type: 'Fail', ErrorPath: '$.failure.Error', CausePath: '$.failure.Cause' },
    },
  };
}

/** What each batch goes through: it is judged until no key is left. */
function childOf(invoke: string, FunctionName: string, suffix: string): object {
  const named = (name: string): string => name + suffix;
  const states: Record<string, State> = {
    Begin: {
      Type: 'Pass',
      Parameters: {
        ...pick('BatchInput', 'Items'),
        ...{ 'First.$': '$.Items[0].key', 'Started.$': '$$.Execution.StartTime' },
        ...{ Parts: [], Pass: 0, Judged: 0, Refused: 0, Skipped: 0, Ms: 0 },
      },
      Next: named('Judge'),
    },
    Judge: {
      Type: 'Task',
      Resource: invoke,
      Parameters: { FunctionName, 'Payload.$': '$' },
      OutputPath: '$.Payload',
      Retry: RETRIES,
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.Lost', Next: named('Lost') }],
      Next: named('Left'),
    },
    Left: {
      Type: 'Choice',
      Choices: [{ Variable: '$.Items[0]', IsPresent: true, Next: named('Judge') }],
      Default: named('Done'),
    },
    Done: { Type: 'Pass', Parameters: OUTCOME, End: true },
    Lost: {
      Type: 'Pass',
      Parameters: {
        ...OUTCOME,
        ...{ 'LostItems.$': '$.Items', 'Error.$': '$.Lost.Error', 'Cause.$': '$.Lost.Cause' },
      },
      End: true,
    },
  };
  return {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
    StartAt: named('Begin'),
    States: Object.fromEntries(Object.entries(states).map(([name, state]) => [named(name), state])),
  };
}
