// Where the work is done: in this process, or by the deployed functions on AWS Lambda. Both answer alike.
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import {
  ConfigError,
  FaceError,
  ImageError,
  ManyFacesError,
  ModelError,
  NoFaceError,
  RequestError,
  SidecarError,
} from '../handler/errors.ts';
import type { RecognizeAnswer, TrainAnswer } from '../handler/protocol.ts';
import { type Deployment, readDeployment } from './deployment.ts';

export interface TrainOptions {
  face?: number | undefined;
  thorough?: boolean | undefined;
}

export interface RecognizeOptions {
  threshold?: number | undefined;
  explain?: boolean | undefined;
  thorough?: boolean | undefined;
}

/** The trainer and the recognizer. Failures are those of handler/errors.ts, wherever they happen. */
export interface Backend {
  /** `this machine`, or `AWS Lambda in eu-west-1`. */
  readonly where: string;
  train(image: Uint8Array, options: TrainOptions): Promise<TrainAnswer>;
  recognize(image: Uint8Array, model: string, options: RecognizeOptions): Promise<RecognizeAnswer>;
  /** Ends what was started; the backend cannot be used after. */
  close(): void;
}

/** What the user asked for; neither means remote where a deployment is recorded, and local elsewhere. */
export interface Place {
  local?: boolean | undefined;
  remote?: boolean | undefined;
}

/** Lambda's limit on a synchronous request. */
const MAX_PAYLOAD_BYTES = 6 * 2 ** 20;

/** @throws RequestError when both places are asked for, ConfigError when there is no deployment to run on. */
export async function openBackend(place: Place): Promise<Backend> {
  if (place.local && place.remote) throw new RequestError('--local and --remote exclude each other: give one of them');
  const deployment = place.local ? undefined : readDeployment();
  if (deployment) return openRemote(deployment);
  if (place.remote) throw new ConfigError('no deployment is recorded here: run npm run deploy');
  return openLocal();
}

async function openLocal(): Promise<Backend> {
  const { processSidecar } = await import('../handler/sidecar.ts');
  const sidecar = processSidecar();
  sidecar.start(); // it loads its models while we load the rest
  const { train } = await import('../handler/trainer.ts');
  const { recognize } = await import('../handler/recognizer.ts');
  return {
    where: 'this machine',
    train: (image, options) => train(image, options, sidecar),
    recognize: (image, model, options) => recognize(image, model, options, sidecar),
    close: () => sidecar.close(),
  };
}

const TrainAnswerText = z.looseObject({ facevectors: z.string() });
const RecognizeAnswerText = z.looseObject({
  face_present: z.enum(['True', 'False']),
  faces: z.array(z.looseObject({ verdict: z.enum(['True', 'False']), distance: z.number() })),
});

async function openRemote(deployment: Deployment): Promise<Backend> {
  const { region, trainer, recognizer, qualifier } = deployment;
  // The SDK warns users of Node 20 of its own future; what is installed works.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({ region });

  const invoke = async (name: string, request: object, schema: z.ZodType): Promise<unknown> => {
    const payload = Buffer.from(JSON.stringify(request));
    refuseLargePayload(payload.length);
    const command = new InvokeCommand({ FunctionName: name, Qualifier: qualifier, Payload: payload });
    const answer = await client.send(command).catch((error: unknown) => {
      throw explainRefusal(error as Error, name, region);
    });
    return readAnswer(answer, name, schema);
  };
  return {
    where: `AWS Lambda in ${region}`,
    train: (image, { face, thorough }) =>
      invoke(trainer, { base64_image: base64(image), face, thorough }, TrainAnswerText) as Promise<TrainAnswer>,
    recognize: (image, model, { threshold, explain, thorough }) => {
      const query_facevectors = base64(Buffer.from(model));
      const request = { base64_image: base64(image), query_facevectors, threshold, explain, thorough };
      return invoke(recognizer, request, RecognizeAnswerText) as Promise<RecognizeAnswer>;
    },
    close: () => client.destroy(),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function refuseLargePayload(bytes: number): void {
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  const megabytes = (bytes / 2 ** 20).toFixed(1);
  throw new RequestError(
    `is too large for AWS Lambda: ${megabytes} MB in base64 with its request, of at most 6: shrink it or use --local`,
  );
}

function readAnswer(answer: InvokeCommandOutput, name: string, schema: z.ZodType): unknown {
  const text = Buffer.from(answer.Payload ?? []).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (answer.FunctionError) throw remoteFailure(body, name);
  const parsed = schema.safeParse(body);
  if (!parsed.success)
    throw new RemoteError(`the function ${name} gave an answer that is not ours: run npm run deploy`);
  return parsed.data;
}

const FAILURES: Record<string, (message: string) => FaceError> = {
  RequestError: (message) => new RequestError(message),
  ImageError: (message) => new ImageError(message),
  NoFaceError: (message) => new NoFaceError(message),
  ManyFacesError: (message) => new ManyFacesError(message),
  ModelError: (message) => new ModelError(message),
  SidecarError: (message) => new SidecarError('exit', message),
  ConfigError: (message) => new ConfigError(message),
};

function remoteFailure(body: unknown, name: string): FaceError {
  const { errorType = '', errorMessage = '' } = (body ?? {}) as { errorType?: string; errorMessage?: string };
  const known = FAILURES[errorType];
  if (known) return known(errorMessage);
  // Lambda's own: Runtime.ExitError, Runtime.OutOfMemory, Sandbox.Timedout, "Task timed out after 30.00 seconds".
  const what = [errorType, errorMessage].filter(Boolean).join(': ') || 'no reason given';
  return new RemoteError(`the function ${name} failed (${what}): try again, or use --local`);
}

function explainRefusal(error: Error, name: string, region: string): FaceError {
  const cause = { cause: error };
  if (error.name === 'ResourceNotFoundException') {
    return new ConfigError(`there is no function ${name} in ${region}: run npm run deploy`, cause);
  }
  if (/Credentials|ExpiredToken|UnrecognizedClient|InvalidSignature/.test(error.name)) {
    return new ConfigError(
      `AWS has no use for the credentials (${error.message}): log in to AWS, or use --local`,
      cause,
    );
  }
  if (error.name === 'AccessDeniedException') {
    return new ConfigError(`these credentials may not call the function ${name}: allow lambda:InvokeFunction`, cause);
  }
  return new RemoteError(`AWS Lambda in ${region} did not answer (${error.name}: ${error.message}): try again`, cause);
}

/** AWS failed, or the function did in a way that is not ours. */
class RemoteError extends FaceError {
  constructor(message: string, options?: ErrorOptions) {
    super('RemoteError', 'REMOTE_FAILED', message, options);
  }
}
