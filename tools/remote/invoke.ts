// Does the work in this process, or in the deployed functions on AWS Lambda. Both give the same answers.
import type { IdentifyAnswer, RecognizeAnswer, TrainAnswer } from '../../handler/answers.ts';
import type { TrainOptions } from '../../handler/enrolling.ts';
import { RequestError } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import type { RecognizeOptions as JudgingOptions } from '../../handler/judging.ts';
import type { Cohort } from '../../handler/matching/matcher.ts';
import type { FaceFinder } from '../../handler/sidecar/sidecar.ts';
import { say } from '../cli/cli.ts';
import { checkJobs } from '../cli/jobs.ts';
import type { Charge } from './cost.ts';
import { chooseDeployment, type Where } from './deployment.ts';

/** Is told what happens before the answer. */
export interface Listener {
  /** A line for people, such as: the picture had to be made smaller. */
  onNote?: ((text: string) => void) | undefined;
  /** What the call cost, whether it succeeded or failed. */
  onCharge?: ((charge: Charge) => void) | undefined;
  /** The picture's turn has come: until now it waited for others. */
  onStart?: (() => void) | undefined;
}

/** The cohort is the backend's. */
export type RecognizeOptions = Omit<JudgingOptions, 'cohort'>;

/** The trainer and the recognizer. Failures are those of handler/errors.ts, wherever they happen. */
export interface Backend {
  /** `this machine`, or `AWS Lambda in eu-west-1`. */
  readonly where: string;
  /** What a person must know before a picture leaves this machine, a line each: the account, and any problem there. */
  readonly notices?: readonly string[];
  /** It looks at no picture after its answer or failure. */
  readonly isDoneAtAnswer?: boolean;
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
  /** So many more pictures are going to be judged, or fewer if negative: how they are put together depends on it. */
  expect?(more: number): void;
  /** What a run of many pictures will take; undefined where that is nobody's concern. */
  forecast?(pictures: Upcoming): string;
  /** How the run stands, for the line that shows its progress: `154 environments, USD 0.058 spent`. */
  status?(): string;
  /** Ends what was started. The backend cannot be used afterwards. */
  close(): void;
}

/** Pictures that a run will judge. */
export interface Upcoming {
  pictures: number;
  /** Of a picture; undefined when that is not known. */
  meanBytes?: number | undefined;
}

/** What the user asked for: where the work is done, and with what. */
export interface BackendChoice extends Where {
  /** USD that calls on AWS may cost. */
  budget?: number | undefined;
  /** Calls on AWS Lambda that may be under way at a time; without it, as many as the account allows. */
  concurrency?: number | undefined;
  /** Tells a person a line about the run on AWS, such as that the credentials have expired. */
  onNote?: ((text: string) => void) | undefined;
  /** How many pictures to look at at a time on this machine; without it, one a core. */
  jobs?: number | undefined;
  /** Another cohort, on this machine only: a function has the one in its image. */
  cohort?: Cohort | undefined;
}

/** Lambda's default limit of an account and Region. */
const MOST_CALLS = 1_000;

/** Gives it back. @throws RequestError when it is no number of calls. */
export function checkConcurrency(concurrency: number | undefined): number | undefined {
  const isFit = Number.isInteger(concurrency) && (concurrency as number) >= 1 && (concurrency as number) <= MOST_CALLS;
  if (concurrency === undefined || isFit) return concurrency;
  throw new RequestError(`--concurrency needs a whole number from 1 to ${MOST_CALLS}`);
}

/** @throws RequestError when options contradict each other, ConfigError when it is not clear where to run. */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  const deployment = chooseDeployment(choice);
  if (choice.budget !== undefined && !(choice.budget >= 0)) {
    throw new RequestError('--budget needs an amount in USD, 0 or more: 0.05 is five cents');
  }
  checkJobs(choice.jobs);
  checkConcurrency(choice.concurrency);
  if (!deployment) return openLocal(choice);
  if (choice.cohort) throw new RequestError('--cohort works on this machine only: add --local');
  const { openRemote } = await import('./remote.ts');
  return openRemote(deployment, choice);
}

/** Says where the work is done. For AWS it says so even with --quiet, so that no picture leaves unnoticed. */
export function announce(program: string, { where, notices }: Backend, quiet = false): void {
  if (notices) for (const notice of notices) say(`${program}: ${notice}`);
  else if (!quiet) say(`${program}: running on ${where}`);
}

async function openLocal({ cohort, jobs }: BackendChoice): Promise<Backend> {
  const { processConfig } = await import('../../handler/config.ts');
  const { SidecarPool } = await import('../../handler/sidecar/pool.ts');
  const pool = new SidecarPool(processConfig(), jobs);
  pool.start(); // it loads its weights while we load the rest
  const { train } = await import('../../handler/trainer.ts');
  const { recognize } = await import('../../handler/recognizer.ts');
  const { identify } = await import('../../handler/identifier.ts');
  return {
    where: 'this machine',
    isDoneAtAnswer: true,
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
