// One film -> its appearances, each decided as soon as it and those before it are over.
import type { JudgedFace, NamedFace } from '../../handler/answers.ts';
import { ConfigError, FaceError, ModelError, RequestError, stopsEverything } from '../../handler/errors.ts';
import type { Box } from '../../handler/faces.ts';
import type { Person } from '../../handler/identifier.ts';
import type { Cohort } from '../../handler/matcher.ts';
import { parseUnit } from '../../handler/vectors.ts';
import { displayName, FailureOn } from '../cli/cli.ts';
import type { Charge } from '../remote/cost.ts';
import type { Backend, RecognizeOptions } from '../remote/invoke.ts';
import { type Decider, type Decision, decider } from './deciding.ts';
import { explainOpening, openFilm, unreadable } from './ffmpeg.ts';
import { type Appearance, Following, type Seen } from './following.ts';
import { type Frame, Frames, frameSize } from './frames.ts';
import { inOrder } from './in-order.ts';
import { type FilmFacts, probe } from './probe.ts';

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

/** An appearance, and whose it is. */
export interface Decided extends Decision {
  /** From 1, by when it begins; at the same time left to right. */
  appearance: number;
  from: number;
  to: number;
  /** When the face was most like whom it was compared with. */
  best: number;
  /** In how many frames it was seen. */
  frames: number;
  /** In the best frame: pixels of the upright film. */
  box: Box;
  /** The best frame, and the face in it. */
  still: { image: Buffer; box: Box };
}

/** How the film ended. */
export interface FilmEnd {
  facts: FilmFacts;
  threshold: number;
  unsureThreshold: number | undefined;
  frames: number;
  /** Where reading ended too early. */
  brokenAtS: number | undefined;
  /** Whether something in the middle could not be read. */
  isDamaged: boolean;
  /** Frames that could not be judged, and why the first could not. */
  refused: { frames: number; error: FaceError | undefined };
  charges: Charge[];
}

interface FilmFace extends Seen {
  distance: number;
  frame: Frame;
}

/** After a break less than this, and a frame, may be missing at the end: pictures and sound do not end together. */
const LOOSE_END_S = 1;

export interface FilmListener {
  onAppearance: (decided: Decided) => void | Promise<void>;
  /** A frame was judged. */
  onFrame?: (timeS: number, facts: FilmFacts, appearances: number) => void;
}

/**
 * Judges one film.
 *
 * @throws ImageError when nothing of it can be read, ConfigError without ffmpeg, and what ends every run.
 */
export async function judgeFilm(path: string, job: FilmJob, listener: FilmListener): Promise<FilmEnd> {
  const { everyS, maxPixels, maxBytes } = job;
  const file = await openFilm(path).catch(explainOpening);
  try {
    const film = { path, file, maxPixels };
    const facts = await probe(film);
    const frames = new Frames({ film, facts, everyS, maxBytes });
    return await new FilmRun(job, facts, frames, listener).judge();
  } finally {
    await file.close();
  }
}

class FilmRun {
  readonly #job: FilmJob;
  readonly #frames: Frames;
  readonly #listener: FilmListener;
  readonly #decider: Decider;
  readonly #following: Following<FilmFace>;
  readonly #end: FilmEnd;

  constructor(job: FilmJob, facts: FilmFacts, frames: Frames, listener: FilmListener) {
    const { model, cohort, options, everyS } = job;
    this.#job = job;
    this.#frames = frames;
    this.#listener = listener;
    this.#decider = decider(model, cohort, options);
    this.#following = new Following({ cohort, everyS, isBetter: (face, than) => face.distance < than.distance });
    const { threshold, unsureThreshold } = this.#decider;
    const refused = { frames: 0, error: undefined };
    this.#end = {
      facts,
      threshold,
      unsureThreshold,
      frames: 0,
      brokenAtS: undefined,
      isDamaged: false,
      refused,
      charges: [],
    };
  }

  async judge(): Promise<FilmEnd> {
    const { backend, everyS } = this.#job;
    const end = this.#end;
    const expected = Math.ceil((end.facts.endS ?? 0) / everyS);
    backend.expect?.(expected);
    let lastS = 0;
    for await (const { frame, faces } of inOrder(
      this.#frames,
      (one) => this.#look(one),
      () => backend.atOnce(),
    )) {
      end.frames += 1;
      lastS = frame.timeS;
      await this.#tell(this.#following.add({ ...frame, faces }));
      this.#listener.onFrame?.(lastS, end.facts, this.#following.begun);
    }
    backend.expect?.(Math.min(0, end.frames - expected));
    if (end.frames === 0) throw unreadable('none of its pictures can be decoded: name another film');
    this.#findBreak(lastS);
    const endS = end.brokenAtS ?? end.facts.endS ?? lastS;
    await this.#tell(this.#following.finish(endS));
    return end;
  }

  #findBreak(lastS: number): void {
    const { isDamaged, isStalled } = this.#frames;
    const end = this.#end;
    const { endS } = end.facts;
    const isShort = endS !== undefined && lastS + this.#job.everyS + LOOSE_END_S < endS;
    if (isStalled || (isDamaged && isShort)) end.brokenAtS = lastS;
    else end.isDamaged = isDamaged;
  }

  async #look(frame: Frame): Promise<{ frame: Frame; faces: FilmFace[] }> {
    const { model, modelPath, backend, options } = this.#job;
    const asked = { thorough: options.thorough, onePerson: options.onePerson, vectors: true };
    const listener = { onCharge: (charge: Charge) => void this.#end.charges.push(charge) };
    try {
      const { faces } = await (typeof model === 'string'
        ? backend.recognize(frame.image, model, asked, listener)
        : backend.identify(frame.image, model, asked, listener));
      return { frame, faces: faces.map((face) => toFilmFace(face, frame)) };
    } catch (error) {
      if (error instanceof ModelError) throw new FailureOn(displayName(modelPath), error);
      if (!(error instanceof FaceError) || stopsEverything(error) || error instanceof RequestError) throw error;
      this.#end.refused.frames += 1;
      this.#end.refused.error ??= error;
      return { frame, faces: [] };
    }
  }

  async #tell(appearances: readonly Appearance<FilmFace>[]): Promise<void> {
    for (const one of appearances) await this.#listener.onAppearance(this.#decide(one));
  }

  #decide(one: Appearance<FilmFace>): Decided {
    const { facts } = this.#end;
    const { width, height } = frameSize(facts);
    const { box, frame } = one.best;
    const [across, down] = [facts.width / width, facts.height / height];
    return {
      appearance: one.number,
      from: one.fromS,
      to: one.toS,
      best: one.bestS,
      frames: one.frames,
      ...this.#decider.decide(one.subject(this.#job.cohort)),
      box: {
        left: Math.round(across * box.left),
        top: Math.round(down * box.top),
        right: Math.round(across * box.right),
        bottom: Math.round(down * box.bottom),
      },
      still: { image: frame.image, box },
    };
  }
}

function toFilmFace({ box, distance, vector, computed_from }: JudgedFace | NamedFace, frame: Frame): FilmFace {
  const unit = parseUnit(vector);
  if (!unit) {
    throw new ConfigError('the deployed functions do not know films yet: run npm run deploy again, or add --local');
  }
  return { box, distance, vector: unit, turn: computed_from.turn, frame };
}
