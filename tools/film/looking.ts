// A frame -> its faces: judged as a picture, here or on AWS Lambda, with the vectors by which faces are followed.
import type { JudgedFace, NamedFace } from '../../handler/answers.ts';
import { ConfigError, FaceError, ModelError, RequestError, stopsEverything } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import type { Cohort } from '../../handler/matching/matcher.ts';
import { unpackVector } from '../../handler/matching/vectors.ts';
import { displayName, FailureOn } from '../cli/cli.ts';
import type { Charge } from '../remote/cost.ts';
import type { Backend, RecognizeOptions } from '../remote/invoke.ts';
import type { Seen } from './following.ts';
import type { Frame } from './frames.ts';

/** What every film of a run is judged with. */
export interface FilmJob {
  backend: Backend;
  model: string | readonly Person[];
  modelPath: string;
  cohort: Cohort;
  options: RecognizeOptions;
  everyS: number;
  maxBytes: number;
  maxPixels: number;
}

/** Frames that could not be judged, and why the first could not. */
export interface Refused {
  frames: number;
  error: FaceError | undefined;
}

/** A face of a frame. */
export interface FilmFace extends Seen {
  distance: number;
  frame: Frame;
}

/** Looks at the frames of one film. */
export class Looking {
  readonly refused: Refused = { frames: 0, error: undefined };
  readonly charges: Charge[] = [];
  readonly #job: FilmJob;

  constructor(job: FilmJob) {
    this.#job = job;
  }

  /** A frame that cannot be judged has no faces. @throws what ends every run. */
  async look(frame: Frame): Promise<{ frame: Frame; faces: FilmFace[] }> {
    const { model, modelPath, backend, options } = this.#job;
    const asked = { thorough: options.thorough, onePerson: options.onePerson, vectors: true };
    const listener = { onCharge: (charge: Charge) => void this.charges.push(charge) };
    try {
      const { faces } = await (typeof model === 'string'
        ? backend.recognize(frame.image, model, asked, listener)
        : backend.identify(frame.image, model, asked, listener));
      return { frame, faces: faces.map((face) => toFilmFace(face, frame)) };
    } catch (error) {
      if (error instanceof ModelError) throw new FailureOn(displayName(modelPath), error);
      if (!(error instanceof FaceError) || stopsEverything(error) || error instanceof RequestError) throw error;
      this.refused.frames += 1;
      this.refused.error ??= error;
      return { frame, faces: [] };
    }
  }
}

function toFilmFace({ box, distance, vector, computed_from }: JudgedFace | NamedFace, frame: Frame): FilmFace {
  const unit = unpackVector(vector);
  if (!unit) {
    throw new ConfigError('the deployed functions do not know films yet: run npm run deploy again, or add --local');
  }
  return { box, distance, vector: unit, turn: computed_from.turn, frame };
}
