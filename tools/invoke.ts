// Where the work is done: in this process, or by the deployed functions on AWS Lambda. Both answer alike.
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { processConfig } from '../handler/config.ts';
import { ConfigError, RequestError } from '../handler/errors.ts';
import type { FaceReport, RecognizeAnswer, TrainAnswer } from '../handler/protocol.ts';
import { Budget, type Charge, readReport } from './cost.ts';
import { type Deployment, readDeployment } from './deployment.ts';
import { explainRefusal, RemoteError, remoteFailure, tooLarge } from './refusals.ts';

/** Told of what happens on the way to an answer. */
export interface Listener {
  /** A line for people: the picture had to be made smaller. */
  onNote?: ((text: string) => void) | undefined;
  /** What the call cost, be it answered or failed. */
  onCharge?: ((charge: Charge) => void) | undefined;
}

export interface TrainOptions {
  face?: number | undefined;
}

export interface RecognizeOptions {
  threshold?: number | undefined;
  explain?: boolean | undefined;
}

/** The trainer and the recognizer. Failures are those of handler/errors.ts, wherever they happen. */
export interface Backend {
  /** `this machine`, or `AWS Lambda in eu-west-1`. */
  readonly where: string;
  train(image: Uint8Array, options: TrainOptions, listener?: Listener): Promise<TrainAnswer>;
  recognize(image: Uint8Array, model: string, options: RecognizeOptions, listener?: Listener): Promise<RecognizeAnswer>;
  /** Ends what was started; the backend cannot be used after. */
  close(): void;
}

/** What the user asked for; neither place means remote where a deployment is recorded, and local elsewhere. */
export interface Place {
  local?: boolean | undefined;
  remote?: boolean | undefined;
  /** USD that calls on AWS may cost. */
  budget?: number | undefined;
}

/** Lambda's limit on a synchronous request. */
const MAX_PAYLOAD_BYTES = 6 * 2 ** 20;
const CONNECT_MS = 5_000;
/** A little more than the longest that a function may run. */
const SILENCE_MS = 905_000;

/** @throws RequestError when both places are asked for, ConfigError when there is no deployment to run on. */
export async function openBackend(place: Place): Promise<Backend> {
  if (place.local && place.remote) throw new RequestError('--local and --remote exclude each other: give one of them');
  if (place.budget !== undefined && !(place.budget >= 0)) {
    throw new RequestError('--budget needs a sum in USD, from 0 up: 0.05 is five cents');
  }
  const deployment = place.local ? undefined : readDeployment();
  if (deployment) return openRemote(deployment, new Budget(place.budget));
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

async function openRemote(deployment: Deployment, budget: Budget): Promise<Backend> {
  const { region, profile, trainer, recognizer, qualifier, architecture } = deployment;
  // The SDK warns users of Node 20 of its own future; what is installed works.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const requestHandler = { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS };
  const client = new LambdaClient({ region, requestHandler, ...(profile === undefined ? {} : { profile }) });

  const invoke = async (name: string, request: object, schema: z.ZodType, listener: Listener): Promise<unknown> => {
    const payload = Buffer.from(JSON.stringify(request));
    budget.check();
    const input = { FunctionName: name, Qualifier: qualifier, Payload: payload, LogType: 'Tail' as const };
    const answer = await client.send(new InvokeCommand(input)).catch((error: unknown) => {
      throw explainRefusal(error as Error, name, region, payload.length);
    });
    const charge = readReport(Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8'), architecture);
    if (charge) listener.onCharge?.(charge);
    budget.add(charge);
    return readAnswer(answer, name, schema);
  };
  return {
    where: `AWS Lambda in ${region}`,
    train: async (image, { face }, listener = {}) => {
      const { base64_image, scale } = await fitRequest(image, { face }, listener);
      const answer = await invoke(trainer, { base64_image, face }, TrainAnswerText, listener);
      return rescale(answer as TrainAnswer, scale);
    },
    recognize: async (image, model, { threshold, explain }, listener = {}) => {
      const rest = { query_facevectors: base64(Buffer.from(model)), threshold, explain };
      const { base64_image, scale } = await fitRequest(image, rest, listener);
      const answer = await invoke(recognizer, { base64_image, ...rest }, RecognizeAnswerText, listener);
      return rescale(answer as RecognizeAnswer, scale);
    },
    close: () => client.destroy(),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** The picture as a request takes it, made smaller where it must be. @throws RequestError when that does not help. */
async function fitRequest(
  image: Uint8Array,
  rest: object,
  { onNote }: Listener,
): Promise<{ base64_image: string; scale: number }> {
  const otherBytes = Buffer.byteLength(JSON.stringify({ base64_image: '', ...rest }));
  const maxBytes = 3 * Math.floor((MAX_PAYLOAD_BYTES - otherBytes) / 4);
  if (image.length <= maxBytes) return { base64_image: base64(image), scale: 1 };
  const { fitPicture } = await import('./fit.ts');
  const fitted = await fitPicture(image, maxBytes, processConfig().maxPixels);
  if (!fitted) throw tooLarge(otherBytes + 4 * Math.ceil(image.length / 3));
  const { width, height, scale } = fitted;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  onNote?.(
    `${megabytes(image.length)} MB are too many for AWS Lambda: sent as a JPEG of ${megabytes(fitted.image.length)} MB, ` +
      `${width} x ${height} pixels${scale === 1 ? ' as before' : ''}`,
  );
  return { base64_image: base64(fitted.image), scale };
}

/** Puts places in the picture sent back where they are in the picture given. */
function rescale<Answer extends { face?: FaceReport; faces?: FaceReport[] }>(answer: Answer, scale: number): Answer {
  if (scale === 1) return answer;
  const back = (value: number): number => Math.round(value / scale);
  const move = <Face extends FaceReport>(face: Face): Face => ({
    ...face,
    box: {
      left: back(face.box.left),
      top: back(face.box.top),
      right: back(face.box.right),
      bottom: back(face.box.bottom),
    },
    landmarks: face.landmarks.map(([x, y]) => [back(x), back(y)]),
  });
  return {
    ...answer,
    ...(answer.face ? { face: move(answer.face) } : {}),
    ...(answer.faces ? { faces: answer.faces.map(move) } : {}),
  };
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
