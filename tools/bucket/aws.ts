// The calls to S3 and Step Functions, and what their refusals mean.
import type { BucketItem } from '../../handler/bucket.ts';
import { ConfigError, type FaceError, RequestError } from '../../handler/errors.ts';
import { NEEDS, withPackages } from '../cli/optional.ts';
import { proxies } from '../remote/proxies.ts';
import { RemoteError } from '../remote/refusals.ts';

const CONNECT_MS = 5_000;
const SILENCE_MS = 60_000;

export interface Execution {
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  input: string;
  output: string | undefined;
  /** Why it failed. */
  error: string | undefined;
  cause: string | undefined;
}

/** How many pictures of a run are done; undefined before its map has begun. */
export interface Counts {
  total: number;
  done: number;
  running: number;
}

/** Every call throws one of our errors. */
export type BucketAws = Awaited<ReturnType<typeof openAws>>;

export async function openAws({ region, profile }: { region: string; profile?: string | undefined }) {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const [s3, sfn] = await withPackages('s3://', NEEDS.bucket, () =>
    Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/client-sfn')]),
  );
  const requestHandler = { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, ...(await proxies()) };
  const settings = { region, requestHandler, ...(profile === undefined ? {} : { profile }) };
  // Emulators have no host of its own for each bucket.
  const store = new s3.S3Client({ ...settings, forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined });
  const states = new sfn.SFNClient(settings);
  return {
    put: async (Bucket: string, Key: string, Body: Uint8Array | string): Promise<void> => {
      await explained(
        `s3://${Bucket}`,
        region,
        's3:PutObject',
        store.send(new s3.PutObjectCommand({ Bucket, Key, Body })),
      );
    },
    get: async (Bucket: string, Key: string): Promise<string> => {
      const asked = store.send(new s3.GetObjectCommand({ Bucket, Key }));
      const { Body } = await explained(`s3://${Bucket}`, region, 's3:GetObject', asked);
      return (await Body?.transformToString()) ?? '';
    },
    remove: async (Bucket: string, Key: string): Promise<void> => {
      const asked = store.send(new s3.DeleteObjectCommand({ Bucket, Key }));
      await explained(`s3://${Bucket}`, region, 's3:DeleteObject', asked);
    },
    list: async function* (Bucket: string, Prefix: string): AsyncGenerator<BucketItem[]> {
      let token: { ContinuationToken?: string } = {};
      do {
        const asked = store.send(new s3.ListObjectsV2Command({ Bucket, Prefix, ...token }));
        const page = await explained(`s3://${Bucket}`, region, 's3:ListBucket', asked);
        yield (page.Contents ?? []).map(({ Key: key = '', Size: size = 0, ETag: etag = '' }) => ({ key, size, etag }));
        token = page.NextContinuationToken === undefined ? {} : { ContinuationToken: page.NextContinuationToken };
      } while (token.ContinuationToken !== undefined);
    },
    start: async (stateMachineArn: string, name: string, input: string): Promise<string> => {
      const asked = states.send(new sfn.StartExecutionCommand({ stateMachineArn, name, input }));
      const { executionArn = '' } = await explained('the state machine', region, 'states:StartExecution', asked);
      return executionArn;
    },
    /** The batches under way are ended too, though not the function's calls in them. */
    stop: async (executionArn: string): Promise<void> => {
      const asked = states.send(new sfn.StopExecutionCommand({ executionArn }));
      await explained('the run', region, 'states:StopExecution', asked);
    },
    describe: async (executionArn: string): Promise<Execution> => {
      const asked = states.send(new sfn.DescribeExecutionCommand({ executionArn }));
      const found = await explained('the run', region, 'states:DescribeExecution', asked);
      const { status = 'RUNNING', input = '{}', output, error, cause } = found;
      return { status, input, output, error, cause };
    },
    counts: async (executionArn: string): Promise<Counts | undefined> => {
      const listed = states.send(new sfn.ListMapRunsCommand({ executionArn }));
      const { mapRuns } = await explained('the run', region, 'states:ListMapRuns', listed);
      const mapRunArn = mapRuns?.at(-1)?.mapRunArn;
      if (mapRunArn === undefined) return undefined;
      const asked = states.send(new sfn.DescribeMapRunCommand({ mapRunArn }));
      const { itemCounts: items, executionCounts: children } = await explained(
        'the run',
        region,
        'states:DescribeMapRun',
        asked,
      );
      const { total = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0 } = items ?? {};
      return { total, done: succeeded + failed + timedOut + aborted, running: children?.running ?? 0 };
    },
    close: (): void => {
      store.destroy();
      states.destroy();
    },
  };
}

async function explained<T>(what: string, region: string, action: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw explain(error as Error, what, region, action);
  }
}

function explain(error: Error, what: string, region: string, action: string): FaceError {
  const cause = { cause: error };
  const told = `${error.name}: ${error.message}`;
  if (/PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint/.test(error.name)) {
    return new RequestError(`${what} is in another Region than ${region}: deploy there, with --region`, cause);
  }
  if (error.name === 'NoSuchBucket') return new RequestError(`${what}: there is no such bucket: check its name`, cause);
  if (error.name === 'NoSuchKey') return new RequestError(`${what} has no answers of this run any more`, cause);
  if (/StateMachineDoesNotExist|StateMachineDeleting/.test(error.name)) {
    return new ConfigError(`${what} is gone: run npm run deploy -- --buckets NAME/PREFIX`, cause);
  }
  if (/ExecutionDoesNotExist|InvalidArn/.test(error.name)) {
    return new RequestError('there is no such run: check the ARN after --resume; AWS keeps runs for 90 days', cause);
  }
  if (/AccessDenied|Forbidden/.test(error.name)) {
    return new ConfigError(`these credentials may not use ${what} (${told}): allow ${action}`, cause);
  }
  if (/Credentials|ExpiredToken|InvalidAccessKeyId|UnrecognizedClient|Signature/.test(error.name)) {
    return new ConfigError(`AWS does not accept the credentials (${error.message}): log in to AWS`, cause);
  }
  return new RemoteError(`AWS in ${region} did not answer (${action}: ${told}): try again`, cause);
}
