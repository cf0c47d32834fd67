// Faces of one frame after the other -> appearances: the same face, for as long as it stays in the picture.
//
// A face goes on an appearance where its box overlaps the last one in the same shot and its vector is not another person's, or,
// wherever it is and after a cut too, where its vector is that person's by the product's own threshold. Nearest first.
import { thresholdFor } from '../../handler/matching/calibration.ts';
import { type Cohort, compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import type { Box } from '../../handler/sidecar/faces.ts';

/** A face that overlaps, and is as far as one stranger in a hundred is at most. */
const NOT_ANOTHER = thresholdFor(1e-2);
/** A face anywhere: as far as one stranger in 10,000 is at most. */
const THE_SAME = thresholdFor(1e-4);
/** Overlap over union of two boxes of a face that has moved a little. */
const LEAST_OVERLAP = 0.3;
/** Who is away for longer begins a new appearance. */
const MOST_AWAY_S = 2;

/** A face of a frame. */
export interface Seen {
  box: Box;
  /** At unit length. */
  vector: Float32Array;
  /** How far it is turned, 0 to 1. */
  turn: number;
}

export interface SeenFrame<Face extends Seen> {
  timeS: number;
  isCut: boolean;
  faces: readonly Face[];
}

/** A face over time. */
export class Appearance<Face extends Seen> {
  readonly number: number;
  readonly fromS: number;
  /** Up to the frame that showed it no more. */
  toS: number;
  /** In how many frames it was seen. */
  frames = 0;
  /** The face that the caller likes best, and its frame's time. */
  best: Face;
  bestS: number;
  lastBox: Box;
  lastShot: number;
  lastSeenS: number;
  /** Whether the last frame showed it. */
  isThere = true;
  readonly #sum = new Float32Array(VECTOR_SIZE);
  #turn = 0;
  #logWidths = 0;

  constructor(number: number, face: Face, timeS: number, shot: number) {
    this.number = number;
    this.fromS = timeS;
    this.toS = timeS;
    this.best = face;
    this.bestS = timeS;
    this.lastBox = face.box;
    this.lastShot = shot;
    this.lastSeenS = timeS;
  }

  add(face: Face, timeS: number, shot: number): void {
    this.frames += 1;
    face.vector.forEach((value, i) => {
      this.#sum[i] = (this.#sum[i] as number) + value;
    });
    this.#turn += face.turn;
    this.#logWidths += Math.log(Math.max(1, face.box.right - face.box.left));
    this.lastBox = face.box;
    this.lastShot = shot;
    this.lastSeenS = timeS;
    this.isThere = true;
  }

  /** The next frame has come, or the film's end: until then it was seen. */
  leave(timeS: number): void {
    if (this.isThere) this.toS = Math.max(timeS, this.lastSeenS);
    this.isThere = false;
  }

  /** How wide its faces are: the geometric mean. */
  get width(): number {
    return Math.exp(this.#logWidths / this.frames);
  }

  /** The mean of its faces, for comparing. */
  subject(cohort: Cohort): Subject {
    return prepare([this.#sum], cohort, this.#turn / this.frames);
  }
}

export interface FollowingOptions<Face extends Seen> {
  cohort: Cohort;
  everyS: number;
  /** Is told where each face belongs. */
  onFace?: ((face: Face, appearance: Appearance<Face>) => void) | undefined;
  isBetter: (face: Face, than: Face) => boolean;
}

/** Follows the faces of one film. */
export class Following<Face extends Seen> {
  readonly #options: FollowingOptions<Face>;
  readonly #mostAwayS: number;
  /** Not yet given out, in the order in which they began. */
  #appearances: { appearance: Appearance<Face>; isOver: boolean }[] = [];
  #begun = 0;
  #shot = 0;

  constructor(options: FollowingOptions<Face>) {
    this.#options = options;
    this.#mostAwayS = Math.max(MOST_AWAY_S, 1.5 * options.everyS);
  }

  /** How many have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Adds the next frame. Returns appearances that are over, in the order in which they began. */
  add({ timeS, isCut, faces }: SeenFrame<Face>): Appearance<Face>[] {
    if (isCut) this.#shot += 1;
    for (const one of this.#appearances) {
      one.appearance.leave(timeS);
      if (timeS - one.appearance.lastSeenS > this.#mostAwayS) one.isOver = true;
    }
    const known = this.#match(faces);
    for (const [i, face] of faces.entries()) {
      const appearance = known.get(i) ?? this.#begin(face, timeS);
      appearance.add(face, timeS, this.#shot);
      this.#options.onFace?.(face, appearance);
      if (!this.#options.isBetter(face, appearance.best)) continue;
      appearance.best = face;
      appearance.bestS = timeS;
    }
    return this.#giveOut();
  }

  /** Ends those that still go on. */
  finish(endS: number): Appearance<Face>[] {
    for (const one of this.#appearances) {
      one.appearance.leave(endS);
      one.isOver = true;
    }
    return this.#giveOut();
  }

  #begin(face: Face, timeS: number): Appearance<Face> {
    this.#begun += 1;
    const appearance = new Appearance(this.#begun, face, timeS, this.#shot);
    this.#appearances.push({ appearance, isOver: false });
    return appearance;
  }

  #giveOut(): Appearance<Face>[] {
    const firstOpen = this.#appearances.findIndex(({ isOver }) => !isOver);
    const count = firstOpen < 0 ? this.#appearances.length : firstOpen;
    return this.#appearances.splice(0, count).map(({ appearance }) => appearance);
  }

  /** Which appearance each face goes on. */
  #match(faces: readonly Face[]): Map<number, Appearance<Face>> {
    const { cohort } = this.#options;
    const open = this.#appearances.filter(({ isOver }) => !isOver).map(({ appearance }) => appearance);
    const found = new Map<number, Appearance<Face>>();
    if (open.length === 0) return found;
    const subjects = open.map((appearance) => appearance.subject(cohort));
    const pairs: { i: number; appearance: Appearance<Face>; distance: number }[] = [];
    for (const [i, face] of faces.entries()) {
      const probe = prepare([face.vector], cohort, face.turn);
      for (const [j, appearance] of open.entries()) {
        const { distance } = compare(probe, subjects[j] as Subject);
        const isThere = appearance.lastShot === this.#shot && overlap(face.box, appearance.lastBox) >= LEAST_OVERLAP;
        if (distance <= (isThere ? NOT_ANOTHER : THE_SAME)) pairs.push({ i, appearance, distance });
      }
    }
    const taken = new Set<Appearance<Face>>();
    for (const { i, appearance } of pairs.sort((a, b) => a.distance - b.distance)) {
      if (found.has(i) || taken.has(appearance)) continue;
      found.set(i, appearance);
      taken.add(appearance);
    }
    return found;
  }
}

/** Intersection over union, 0 to 1. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

function area({ left, top, right, bottom }: Box): number {
  return (right - left) * (bottom - top);
}
