// One film -> its appearances, each decided as soon as it and those before it are over.
import type { Box } from '../../handler/sidecar/faces.ts';
import type { Charge } from '../remote/cost.ts';
import { type Decider, type Decision, decider } from './deciding.ts';
import { explainOpening, openFilm, unreadable } from './ffmpeg.ts';
import { type Appearance, Following } from './following.ts';
import { Frames, frameSize } from './frames.ts';
import { inOrder } from './in-order.ts';
import { type FilmFace, type FilmJob, Looking, type Refused } from './looking.ts';
import { type FilmFacts, probe } from './probe.ts';

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
  /** Its end, or where reading ended. */
  endS: number;
  /** Where reading ended too early. */
  brokenAtS: number | undefined;
  /** Whether something in the middle could not be read. */
  isDamaged: boolean;
  refused: Refused;
  charges: Charge[];
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
  readonly #looking: Looking;

  constructor(job: FilmJob, facts: FilmFacts, frames: Frames, listener: FilmListener) {
    const { model, cohort, options, everyS } = job;
    this.#job = job;
    this.#frames = frames;
    this.#listener = listener;
    this.#decider = decider(model, cohort, options);
    this.#following = new Following({ cohort, everyS, isBetter: (face, than) => face.distance < than.distance });
    const { threshold, unsureThreshold } = this.#decider;
    this.#looking = new Looking(job);
    const { refused, charges } = this.#looking;
    this.#end = {
      facts,
      threshold,
      unsureThreshold,
      frames: 0,
      endS: 0,
      brokenAtS: undefined,
      isDamaged: false,
      refused,
      charges,
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
      (one) => this.#looking.look(one),
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
    end.endS = end.brokenAtS ?? end.facts.endS ?? lastS;
    await this.#tell(this.#following.finish(end.endS));
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
      ...this.#decider.decide(one.subject(this.#job.cohort), one),
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
