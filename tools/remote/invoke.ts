// Does the work in this process, or in the deployed functions on AWS Lambda. Both give the same answers.
import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { type Deployment, describePlace } from '../../deploy/cloud/record.ts';
import type { IdentifyAnswer, RecognizeAnswer, TrainAnswer } from '../../handler/answers.ts';
import { MOST_CORES } from '../../handler/cores.ts';
import { RequestError } from '../../handler/errors.ts';
import type { Box } from '../../handler/faces.ts';
import type { Person } from '../../handler/identifier.ts';
import type { Cohort } from '../../handler/matcher.ts';
import type { FaceFinder } from '../../handler/sidecar.ts';
import { say } from '../cli/cli.ts';
import { NEEDS, withPackages } from '../cli/optional.ts';
import { checkAccount } from './account.ts';
import { Budget, type Charge, readReport } from './cost.ts';
import { chooseDeployment, type Where } from './deployment.ts';
import { base64, fitRequest, rescale, scaledBox } from './payload.ts';
import { proxies } from './proxies.ts';
import { explainRefusal, RemoteError, remoteFailure } from './refusals.ts';

/** Is told what happens before the answer. */
export interface Listener {
  /** A line for people, such as: the picture had to be made smaller. */
  onNote?: ((text: string) => void) | undefined;
  /** What the call cost, whether it succeeded or failed. */
  onCharge?: ((charge: Charge) => void) | undefined;
  /** The picture's turn has come: until now it waited for others. */
  onStart?: (() => void) | undefined;
}

export interface TrainOptions {
  face?: number | undefined;
  box?: Box | undefined;
  thorough?: boolean | undefined;
}

export interface RecognizeOptions {
  fmr?: number | undefined;
  threshold?: number | undefined;
  unsure?: boolean | undefined;
  explain?: boolean | undefined;
  thorough?: boolean | undefined;
  /** Accepts a model whose photos seem to show two people. */
  onePerson?: boolean | undefined;
}

/** The trainer and the recognizer. Failures are those of handler/errors.ts, wherever they happen. */
export interface Backend {
  /** `this machine`, or `AWS Lambda in eu-west-1`. */
  readonly where: string;
  /** What a person must know before a picture leaves this machine, a line each: the account, and any problem there. */
  readonly notices?: readonly string[];
  /** How many pictures it wants outstanding now, from 1 up. May change while answers come. */
  atOnce(): number;
  train(image: Uint8Array, options: TrainOptions, listener?: Listener): Promise<TrainAnswer>;
  recognize(image: Uint8Array, model: string, options: RecognizeOptions, listener?: Listener): Promise<RecognizeAnswer>;
  /** Who of several people is in the picture? */
  identify(
    image: Uint8Array,
    people: readonly Person[],
    options: RecognizeOptions,
    listener?: Listener,
  ): Promise<IdentifyAnswer>;
  /** Ends what was started. The backend cannot be used afterwards. */
  close(): void;
}

/** What the user asked for: where the work is done, and with what. */
export interface BackendChoice extends Where {
  /** USD that calls on AWS may cost. */
  budget?: number | undefined;
  /** How many pictures to look at at a time on this machine; without it, one a core. */
  jobs?: number | undefined;
  /** Another cohort, on this machine only: a function has the one in its image. */
  cohort?: Cohort | undefined;
}

const CONNECT_MS = 5_000;
/** A little more than the longest that a function may run. */
const SILENCE_MS = 905_000;

/** @throws RequestError when options contradict each other, ConfigError when it is not clear where to run. */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  const deployment = chooseDeployment(choice);
  if (choice.budget !== undefined && !(choice.budget >= 0)) {
    throw new RequestError('--budget needs an amount in USD, 0 or more: 0.05 is five cents');
  }
  if (choice.jobs !== undefined && !(Number.isInteger(choice.jobs) && choice.jobs >= 1 && choice.jobs <= MOST_CORES)) {
    throw new RequestError(`--jobs needs a whole number from 1 to ${MOST_CORES}`);
  }
  if (!deployment) return openLocal(choice);
  if (choice.cohort) throw new RequestError('--cohort works on this machine only: add --local');
  return openRemote(deployment, new Budget(choice.budget));
}

/** Says where the work is done. For AWS it says so even with --quiet, so that no picture leaves unnoticed. */
export function announce(program: string, { where, notices }: Backend, quiet = false): void {
  if (notices) for (const notice of notices) say(`${program}: ${notice}`);
  else if (!quiet) say(`${program}: running on ${where}`);
}

async function openLocal({ cohort, jobs }: BackendChoice): Promise<Backend> {
  const { processConfig } = await import('../../handler/config.ts');
  const { SidecarPool } = await import('../../handler/pool.ts');
  const pool = new SidecarPool(processConfig(), jobs);
  pool.start(); // it loads its weights while we load the rest
  const { train } = await import('../../handler/trainer.ts');
  const { recognize } = await import('../../handler/recognizer.ts');
  const { identify } = await import('../../handler/identifier.ts');
  return {
    where: 'this machine',
    atOnce: () => pool.atOnce(),
    train: (image, options, listener) => train(image, options, telling(listener, pool)),
    recognize: (image, model, options, listener) =>
      recognize(image, model, { ...options, cohort }, telling(listener, pool)),
    identify: (image, people, options, listener) =>
      identify(image, people, { ...options, cohort }, telling(listener, pool)),
    close: () => pool.close(),
  };
}

/** A finder that tells the listener when a picture's turn comes. */
function telling({ onStart }: Listener = {}, finder: FaceFinder): FaceFinder {
  return { describe: (image, options) => finder.describe(image, { ...options, onStart }) };
}

const TrainAnswerText = z.looseObject({ facevectors: z.string(), advice: z.array(z.string()) });
const VerdictText = z.enum(['True', 'False', 'Unsure']);
const RecognizeAnswerText = z.looseObject({
  face_present: VerdictText,
  faces: z.array(z.looseObject({ verdict: VerdictText, distance: z.number() })),
});
const IdentifyAnswerText = z.looseObject({
  face_present: VerdictText,
  faces: z.array(z.looseObject({ name: z.string(), distance: z.number() })),
});

async function openRemote(deployment: Deployment, budget: Budget): Promise<Backend> {
  const { region, profile, functions, qualifier, architecture } = deployment;
  // On Node 20 the SDK warns that its future versions will not work; the installed one does.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const load = () => import('@aws-sdk/client-lambda');
  const { InvokeCommand, LambdaClient } = await withPackages('AWS Lambda', NEEDS.aws, load);
  const requestHandler = { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, ...(await proxies()) };
  const client = new LambdaClient({ region, requestHandler, ...(profile === undefined ? {} : { profile }) });
  // Starts while the first picture is read, and is awaited before that is sent.
  const checked = checkAccount(deployment);
  checked.catch(() => undefined);

  const invoke = async (arn: string, request: object, schema: z.ZodType, listener: Listener): Promise<unknown> => {
    const name = arn.split(':').at(-1) ?? arn;
    const payload = Buffer.from(JSON.stringify(request));
    budget.check();
    await checked;
    const input = { FunctionName: arn, Qualifier: qualifier, Payload: payload, LogType: 'Tail' as const };
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
    notices: describe(deployment),
    atOnce: () => 1,
    // Fields are named one by one, so that nothing else of the command line, such as a file name, is sent.
    train: async (image, { face, box, thorough }, listener = {}) => {
      const rest = { face, box, thorough };
      const { base64_image, scale } = await fitRequest(image, rest, listener.onNote);
      const request = { base64_image, ...rest, box: box && scaledBox(box, scale) };
      const answer = await invoke(functions.trainer, request, TrainAnswerText, listener);
      return rescale(answer as TrainAnswer, scale);
    },
    recognize: async (image, model, { fmr, threshold, unsure, explain, thorough, onePerson }, listener = {}) => {
      const query_facevectors = base64(Buffer.from(model));
      const rest = { query_facevectors, fmr, threshold, unsure, explain, thorough, one_person: onePerson };
      const { base64_image, scale } = await fitRequest(image, rest, listener.onNote);
      const answer = await invoke(functions.recognizer, { base64_image, ...rest }, RecognizeAnswerText, listener);
      return rescale(answer as RecognizeAnswer, scale);
    },
    identify: async (image, people, { fmr, threshold, thorough, onePerson }, listener = {}) => {
      const gallery = Object.fromEntries(people.map(({ name, model }) => [name, base64(Buffer.from(model))]));
      const rest = { gallery, fmr, threshold, thorough, one_person: onePerson };
      const { base64_image, scale } = await fitRequest(image, rest, listener.onNote);
      const answer = await invoke(functions.recognizer, { base64_image, ...rest }, IdentifyAnswerText, listener);
      return rescale(answer as IdentifyAnswer, scale);
    },
    close: () => client.destroy(),
  };
}

function describe(deployment: Deployment): string[] {
  const where = `running on AWS Lambda: ${describePlace(deployment)}`;
  const { unverified } = deployment;
  if (unverified === undefined) return [where];
  return [where, `the last try-out of this deployment failed (${unverified}): run npm run deploy again`];
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
    throw new RemoteError(`the function ${name} gave an answer of an unknown form: run npm run deploy`);
  return parsed.data;
}
