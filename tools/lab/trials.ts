// Photos of people -> the distances of all pairs of them, counted by folds of people.
import { turnOf } from '../../handler/advice.ts';
import { type Cohort, compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { type FaceVector, VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { type Estimate, FOLDS, Histogram, jackknife } from './metrics.ts';

/** A picture with a face. */
export interface Photo {
  path: string;
  /** Number of the person, from 0. */
  person: number;
  /** Every variant of the face, in order. */
  rows: Face[];
}

/** The Euclidean distance; that over the mean of both backgrounds; or over the background of the pair, as the matcher does. */
export type Measure = 'euclidean' | 'mean background' | 'pair background';

/** Which variants make the two sides, and what is measured between them. */
export interface Rule {
  name: string;
  gallery: readonly number[];
  probe: readonly number[];
  measure: Measure;
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7];
export const PROBE = [0, 3, 4, 7];

/** What ships: fr-train's rows against fr-recognize's looks. */
export const SHIPPED: Rule = {
  name: 'what ships: over the background of the pair',
  gallery: ALL,
  probe: PROBE,
  measure: 'pair background',
};

/** What shipped before it. */
export const BEFORE: Rule = {
  name: 'before: eight looks against two, over the mean of both backgrounds',
  gallery: ALL,
  probe: [2, 3],
  measure: 'mean background',
};

/** What each lever adds, from what every user of dlib's network does. */
export const LEVERS: readonly Rule[] = [
  { name: 'one look, dlib, unit length', gallery: [0], probe: [0], measure: 'euclidean' },
  { name: 'one look, over the mean of both backgrounds', gallery: [0], probe: [0], measure: 'mean background' },
  { name: 'and its mirror image', gallery: [0, 1], probe: [0, 1], measure: 'mean background' },
  BEFORE,
  { name: 'four looks to judge', gallery: ALL, probe: PROBE, measure: 'mean background' },
  SHIPPED,
];

/** Subjects whose vectors stand side by side in memory, so that a loop over pairs stays in the cache. */
export type Side = readonly Subject[];

/** One subject a face, of those of its rows that are among `variants`. A model does not know how its faces were turned. */
export function toSide(
  faces: readonly Face[][],
  variants: readonly number[],
  cohort: Cohort,
  side: 'gallery' | 'probe',
): Side {
  const units = new Float32Array(faces.length * VECTOR_SIZE);
  return faces.map((rows, i) => {
    const turn = side === 'probe' ? turnOf(rows[0] as Face) : 0;
    const subject = prepare(looksOf(rows, variants), cohort, turn);
    const place = units.subarray(i * VECTOR_SIZE, (i + 1) * VECTOR_SIZE);
    place.set(subject.unit);
    return { ...subject, unit: place };
  });
}

/** Both sides of a rule, of the same faces. */
export function toSides(faces: readonly Face[][], rule: Rule, cohort: Cohort): { gallery: Side; probe: Side } {
  return {
    gallery: toSide(faces, rule.gallery, cohort, 'gallery'),
    probe: toSide(faces, rule.probe, cohort, 'probe'),
  };
}

/** The vectors of some variants of a face. */
export function looksOf(rows: readonly Face[], variants: readonly number[]): FaceVector[] {
  return rows.filter(({ variant }) => variants.includes(variant)).map(({ vector }) => vector);
}

/** The distance of subject `i` of one side and `j` of the other. */
export function distanceBetween(gallery: Side, i: number, probe: Side, j: number, measure: Measure): number {
  const [enrolled, judged] = [gallery[i] as Subject, probe[j] as Subject];
  const { euclidean, distance } = compare(judged, enrolled);
  if (measure === 'pair background') return distance;
  return measure === 'euclidean' ? euclidean : euclidean / meanBackground(enrolled, judged);
}

export function meanBackground(a: Subject, b: Subject): number {
  return (a.background.ratio + b.background.ratio) / 2;
}

/** All ordered pairs of different photos, by the folds that their people are in. */
export class Trials {
  readonly genuine = Array.from({ length: FOLDS }, () => new Histogram());
  readonly impostor = Array.from({ length: FOLDS }, () => Array.from({ length: FOLDS }, () => new Histogram()));

  /** `enrolled` and `judged` say whose each entry of a side is; a pair for which `isSame` holds is left out. */
  constructor(
    gallery: Side,
    enrolled: readonly number[],
    probe: Side,
    judged: readonly number[],
    measure: Measure,
    isSame: (i: number, j: number) => boolean,
  ) {
    enrolled.forEach((person, i) => {
      judged.forEach((other, j) => {
        if (person === other && isSame(i, j)) return;
        const histogram =
          person === other ? this.genuine[person % FOLDS] : this.impostor[person % FOLDS]?.[other % FOLDS];
        histogram?.add(distanceBetween(gallery, i, probe, j, measure));
      });
    });
  }

  readonly #without = new Map<number | undefined, { genuine: Histogram; impostor: Histogram }>();

  /** Genuine and impostor pairs of the people outside fold `left`, or of all. Added up once. */
  without(left?: number): { genuine: Histogram; impostor: Histogram } {
    const known = this.#without.get(left) ?? this.#addUp(left);
    this.#without.set(left, known);
    return known;
  }

  #addUp(left?: number): { genuine: Histogram; impostor: Histogram } {
    const [genuine, impostor] = [new Histogram(), new Histogram()];
    for (let fold = 0; fold < FOLDS; fold += 1) {
      if (fold === left) continue;
      genuine.merge(this.genuine[fold] as Histogram);
      for (let other = 0; other < FOLDS; other += 1) {
        if (other !== left) impostor.merge(this.impostor[fold]?.[other] as Histogram);
      }
    }
    return { genuine, impostor };
  }

  /** TMR at an FMR; the interval is over people, and the threshold's own uncertainty is in it. */
  tmrAt(fmr: number): Estimate & { threshold: number } {
    const tmr = (left?: number): number => {
      const { genuine, impostor } = this.without(left);
      return genuine.rateAt(impostor.thresholdAt(fmr));
    };
    const { impostor } = this.without();
    const estimate = jackknife(
      tmr(),
      Array.from({ length: FOLDS }, (_, fold) => tmr(fold)),
    );
    return { ...estimate, threshold: impostor.thresholdAt(fmr) };
  }

  /** The FMR that thresholds chosen for `fmr` on nine folds of people have among the people of the tenth. */
  realised(fmr: number): number[] {
    return Array.from({ length: FOLDS }, (_, fold) => {
      const threshold = this.without(fold).impostor.thresholdAt(fmr);
      return this.impostor[fold]?.[fold]?.rateAt(threshold) ?? Number.NaN;
    });
  }
}
