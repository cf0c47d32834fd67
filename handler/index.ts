// The library: what `import ... from 'serverless-face-recognition'` gives. Each call is one request of a function, without AWS.
import type { IdentifyAnswer, RecognizeAnswer, TrainAnswer } from './answers.ts';
import { type Config, readConfig } from './config.ts';
import { RequestError } from './errors.ts';
import { identify as identifyBytes } from './identifier.ts';
import { parseCohortCsv } from './matching/cohort.ts';
import type { Cohort } from './matching/matcher.ts';
import { type Picture, readPicture } from './picture.ts';
import { checkJudging, checkTraining } from './protocol.ts';
import { recognize as recognizeBytes } from './recognizer.ts';
import type { Box } from './sidecar/faces.ts';
import { type FaceFinder, Sidecar, unlessAborted } from './sidecar/sidecar.ts';
import { train as trainBytes } from './trainer.ts';

export type * from './answers.ts';
export type { ImageCode, ModelCode, SidecarReason } from './errors.ts';
export {
  ConfigError,
  FaceError,
  ImageError,
  ManyFacesError,
  ModelError,
  NoFaceError,
  RequestError,
  SidecarError,
} from './errors.ts';
export type { Box, Cohort, Picture };

/** What every call takes. */
export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Looks for faces with every detector: finds more of them, and takes longer. */
  thorough?: boolean | undefined;
}

export interface TrainOptions extends CallOptions {
  /** Number of the face to train on, from 1, left to right, where the photo shows several. */
  face?: number | undefined;
  /** Where the face is, in pixels of the upright photo, if no detector finds it. Not with `face`. */
  box?: Box | undefined;
}

export interface IdentifyOptions extends CallOptions {
  /** The false match rate to accept, 1e-6 to 1e-1. Without it 1e-4, and 1e-3 for all people of `identify` together. */
  fmr?: number | undefined;
  /** The largest distance that is a match, in place of `fmr`. */
  threshold?: number | undefined;
  /** A background set of your own, in place of the one that ships. */
  cohort?: Cohort | undefined;
  /** Adds to each face its `vector`: biometric data. */
  vectors?: boolean | undefined;
  /** Accepts a model whose photos seem to show two people. */
  onePerson?: boolean | undefined;
}

export interface RecognizeOptions extends IdentifyOptions {
  /** Adds the verdict `Unsure`: a match at ten times the rate, but not at the rate. */
  unsure?: boolean | undefined;
  /** Adds to each face what its verdict was computed from. */
  explain?: boolean | undefined;
}

/** A person to look for. `model` is what `train` gave as `facevectors`, as text or as a file's bytes. */
export interface Person {
  name: string;
  model: string | Uint8Array;
}

export interface SidecarOptions {
  /** The sidecar program, in place of this platform's; `FR_SIDECAR` without it. */
  sidecarPath?: string | undefined;
  /** The weights' file, where the program does not find it by itself. */
  weightsPath?: string | undefined;
  /** Most milliseconds for one picture; 30,000 without it, or `FR_TIMEOUT_MS`. */
  timeoutMs?: number | undefined;
  /** Most pixels of a picture; 50,000,000 without it, or `FR_MAX_PIXELS`. */
  maxPixels?: number | undefined;
  /** Most bytes of a picture's file; 64 MiB without it, or `FR_MAX_BYTES`. */
  maxBytes?: number | undefined;
  /** Threads for one picture; as many as there are cores without it. */
  threads?: number | undefined;
}

/** One sidecar of your own: it looks at one picture at a time. Open several to use several cores. */
export interface OpenSidecar extends AsyncDisposable {
  train(photo: Picture, options?: TrainOptions): Promise<TrainAnswer>;
  recognize(picture: Picture, model: string | Uint8Array, options?: RecognizeOptions): Promise<RecognizeAnswer>;
  identify(picture: Picture, people: readonly Person[], options?: IdentifyOptions): Promise<IdentifyAnswer>;
  /** Ends the program at once. A call in progress fails, and so does a later one. */
  close(): Promise<void>;
}

/**
 * Opens a sidecar, which starts at once.
 *
 * @throws ConfigError when a setting cannot be used.
 */
export function openSidecar(options: SidecarOptions = {}): OpenSidecar {
  return new Opened(options);
}

/**
 * One photo of one person -> that person's model, in the answer's `facevectors`. Uses one sidecar that all such calls share.
 *
 * @throws NoFaceError, ManyFacesError, ImageError, RequestError, SidecarError, ConfigError.
 */
export function train(photo: Picture, options: TrainOptions = {}): Promise<TrainAnswer> {
  return share((sidecar) => sidecar.train(photo, options));
}

/**
 * Is the person of `model` in the picture? Uses the shared sidecar.
 *
 * @throws ModelError, ImageError, RequestError, SidecarError, ConfigError.
 */
export function recognize(
  picture: Picture,
  model: string | Uint8Array,
  options: RecognizeOptions = {},
): Promise<RecognizeAnswer> {
  return share((sidecar) => sidecar.recognize(picture, model, options));
}

/**
 * Who of `people` is in the picture? Uses the shared sidecar.
 *
 * @throws ModelError, ImageError, RequestError, SidecarError, ConfigError.
 */
export function identify(
  picture: Picture,
  people: readonly Person[],
  options: IdentifyOptions = {},
): Promise<IdentifyAnswer> {
  return share((sidecar) => sidecar.identify(picture, people, options));
}

/** A background set from what `fr-cohort build` printed. @throws ModelError. */
export function readCohort(csv: string): Cohort {
  return parseCohortCsv(csv);
}

let shared: OpenSidecar | undefined;

// Async, so that a setting that cannot be used rejects like every other failure.
async function share<Answer>(call: (sidecar: OpenSidecar) => Promise<Answer>): Promise<Answer> {
  shared ??= openSidecar();
  return call(shared);
}

class Opened implements OpenSidecar {
  readonly #config: Config;
  readonly #sidecar: Sidecar;
  #closed = false;

  constructor({ threads, sidecarPath, weightsPath, ...limits }: SidecarOptions) {
    const settings = {
      FR_SIDECAR: sidecarPath,
      FR_TIMEOUT_MS: limits.timeoutMs,
      FR_MAX_PIXELS: limits.maxPixels,
      FR_MAX_BYTES: limits.maxBytes,
    };
    const given = Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    );
    const config = readConfig({ ...process.env, ...Object.fromEntries(given) });
    this.#config = weightsPath === undefined ? config : { ...config, weightsPath };
    this.#sidecar = new Sidecar(this.#config, threads);
    this.#sidecar.start();
  }

  async train(photo: Picture, options: TrainOptions = {}): Promise<TrainAnswer> {
    const { signal, ...rest } = options;
    const checked = checkTraining(rest);
    return this.#call(photo, signal, (bytes, finder) => trainBytes(bytes, checked, finder));
  }

  async recognize(
    picture: Picture,
    model: string | Uint8Array,
    options: RecognizeOptions = {},
  ): Promise<RecognizeAnswer> {
    const { signal, cohort, ...rest } = options;
    const checked = { ...checkJudging(rest), cohort };
    return this.#call(picture, signal, (bytes, finder) => recognizeBytes(bytes, asText(model), checked, finder));
  }

  async identify(picture: Picture, people: readonly Person[], options: IdentifyOptions = {}): Promise<IdentifyAnswer> {
    const { signal, cohort, ...rest } = options;
    const checked = { ...checkJudging(rest), cohort };
    const models = people.map(({ name, model }) => ({ name, model: asText(model) }));
    return this.#call(picture, signal, (bytes, finder) => identifyBytes(bytes, models, checked, finder));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sidecar.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call<Answer>(
    picture: Picture,
    signal: AbortSignal | undefined,
    work: (bytes: Uint8Array, finder: FaceFinder) => Promise<Answer>,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const reading = readPicture(picture, this.#config.maxBytes, signal);
    const bytes = await (signal ? unlessAborted(reading, signal) : reading);
    if (this.#closed) throw new RequestError('this sidecar is closed: open another with openSidecar()');
    return work(bytes, { describe: (image, asked) => this.#sidecar.describe(image, { ...asked, signal }) });
  }
}

function asText(model: unknown): string {
  if (typeof model === 'string') return model;
  if (model instanceof Uint8Array) return Buffer.from(model).toString('utf8');
  throw new RequestError("the model cannot be read: give the text or the bytes of train's facevectors");
}
