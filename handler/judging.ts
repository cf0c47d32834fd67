// The faces of a picture and a model -> verdicts. Pure, so that a browser judges by the very same code as a function does.
import type { Explanation, JudgedFace, RecognizeAnswer, Verdict } from './answers.ts';
import { DEFAULT_FMR, falseMatchRate, thresholdFor } from './matching/calibration.ts';
import { EMBEDDER } from './matching/embedder.ts';
import { type Cohort, compare, euclideanDistance, nearestRow, type Subject } from './matching/matcher.ts';
import type { Known } from './matching/models.ts';
import { packVector } from './matching/vectors.ts';
import { computedFrom, prepareProbe, turnedNotes } from './probe.ts';
import { byFace, type Face, reportFace } from './sidecar/faces.ts';

const EXPLAINED_ROWS = 5;
/** A face is unsure when it matches at this many times the false match rate asked for, and not at the rate itself. */
const UNSURE_FACTOR = 10;

export interface RecognizeOptions {
  /** The false match rate to accept, LEAST_FMR to MOST_FMR; DEFAULT_FMR without it. */
  fmr?: number | undefined;
  /** The largest distance that is a match, instead of the one that `fmr` gives. */
  threshold?: number | undefined;
  unsure?: boolean | undefined;
  explain?: boolean | undefined;
  thorough?: boolean | undefined;
  /** Adds each face's vector. */
  vectors?: boolean | undefined;
  /** A cohort instead of the one that ships. The calibration was made with that one, and holds for others roughly. */
  cohort?: Cohort | undefined;
  /** Accepts a model whose photos seem to show two people. */
  onePerson?: boolean | undefined;
}

/**
 * Judges every face against a model.
 *
 * @param rows the sidecar's, asked for looks of a probe.
 * @param said the sidecar's notes about the picture, a line each.
 */
export function judge(
  rows: readonly Face[],
  gallery: Known,
  cohort: Cohort,
  options: RecognizeOptions = {},
  said: readonly string[] = [],
): RecognizeAnswer {
  const limits = limitsOf(options);
  const found = byFace(rows);
  const faces = found.map((looks) => judgeFace(looks, gallery, cohort, limits, options));
  const notes = [...said, ...found.flatMap(turnedNotes)];
  const verdicts = faces.map(({ verdict }) => verdict);
  return {
    face_present: verdicts.find((verdict) => verdict === 'True') ?? verdicts.find(isUnsure) ?? 'False',
    threshold: limits.threshold,
    ...(limits.unsure !== undefined && { unsure_threshold: limits.unsure }),
    embedder: EMBEDDER,
    ...(notes.length > 0 && { notes }),
    faces,
  };
}

/** Up to which distance a face matches, and up to which it is unsure. */
export interface Limits {
  threshold: number;
  unsure: number | undefined;
}

export function limitsOf({ fmr = DEFAULT_FMR, threshold = thresholdFor(fmr), unsure }: RecognizeOptions): Limits {
  return { threshold, unsure: unsure ? thresholdFor(UNSURE_FACTOR * falseMatchRate(threshold)) : undefined };
}

function isUnsure(verdict: Verdict): boolean {
  return verdict === 'Unsure';
}

function judgeFace(
  looks: Face[],
  gallery: Known,
  cohort: Cohort,
  limits: Limits,
  { explain: explained, vectors }: RecognizeOptions,
): JudgedFace {
  const probe = prepareProbe(looks, cohort);
  const comparison = compare(probe, gallery.subject);
  return {
    ...reportFace(looks[0] as Face),
    verdict: verdictOn(comparison.distance, limits),
    distance: comparison.distance,
    false_match_rate: falseMatchRate(comparison.distance),
    computed_from: computedFrom(probe, gallery.subject, comparison),
    nearest_row: nearestRow(probe.unit, gallery.rows),
    ...(explained && { explanation: explain(probe, gallery, limits.threshold - comparison.distance) }),
    ...(vectors && { vector: packVector(probe.unit) }),
  };
}

export function verdictOn(distance: number, { threshold, unsure }: Limits): Verdict {
  if (distance <= threshold) return 'True';
  return unsure !== undefined && distance <= unsure ? 'Unsure' : 'False';
}

function explain(probe: Subject, { subject, rows }: Known, margin: number): Explanation {
  const nearest = rows.map((unit, row) => ({ row, euclidean: euclideanDistance(probe.unit, unit) }));
  return {
    margin,
    background: probe.background,
    model_background: subject.background,
    rows: nearest.sort((a, b) => a.euclidean - b.euclidean || a.row - b.row).slice(0, EXPLAINED_ROWS),
  };
}
