// The recognizer: a model and a picture -> is that person in it? The Lambda entry, and the same in-process.
import type { Explanation, IdentifyAnswer, JudgedFace, RecognizeAnswer, Verdict } from './answers.ts';
import { DEFAULT_FMR, falseMatchRate, thresholdFor } from './calibration.ts';
import { shippedCohort } from './cohort.ts';
import { EMBEDDER } from './config.ts';
import { RequestError } from './errors.ts';
import { byFace, type Face, reportFace } from './faces.ts';
import { identify } from './identifier.ts';
import { type Cohort, compare, euclideanDistance, nearestRow, type Subject } from './matcher.ts';
import { type Known, knowModel } from './models.ts';
import { computedFrom, prepareProbe, turnedNotes } from './probe.ts';
import { parseRequest, RecognizeRequest } from './protocol.ts';
import { processSidecar, type Sidecar } from './sidecar.ts';

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
  /** A cohort instead of the one that ships. The calibration was made with that one, and holds for others roughly. */
  cohort?: Cohort | undefined;
  /** Accepts a model whose photos seem to show two people. */
  onePerson?: boolean | undefined;
}

/** AWS Lambda's entry. Failures are thrown; Lambda puts the class's name into `errorType`. */
export async function handler(event: unknown): Promise<RecognizeAnswer | IdentifyAnswer> {
  const { base64_image, query_facevectors, gallery, one_person, ...rest } = parseRequest(RecognizeRequest, event);
  const options = { ...rest, onePerson: one_person };
  if ((query_facevectors === undefined) === (gallery === undefined)) {
    throw new RequestError('the request cannot be used: one of query_facevectors and gallery is needed');
  }
  if (query_facevectors) return recognize(base64_image, query_facevectors.toString('utf8'), options);
  const people = (gallery ?? []).map(([name, model]) => ({ name, model: model.toString('utf8') }));
  return identify(base64_image, people, options);
}

/**
 * Judges every face of a picture against a model CSV.
 *
 * @throws ModelError, ImageError, SidecarError.
 */
export async function recognize(
  image: Uint8Array,
  model: string,
  options: RecognizeOptions = {},
  sidecar: Sidecar = processSidecar(),
): Promise<RecognizeAnswer> {
  const cohort = options.cohort ?? shippedCohort();
  const gallery = knowModel(model, cohort, options.onePerson);
  const limits = limitsOf(options);
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  const found = byFace(await sidecar.describe(image, { probe: true, thorough: options.thorough, onNote }));
  const faces = found.map((looks) => judge(looks, gallery, cohort, limits, options.explain ?? false));
  notes.push(...found.flatMap(turnedNotes));
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

interface Limits {
  threshold: number;
  unsure: number | undefined;
}

function limitsOf({ fmr = DEFAULT_FMR, threshold = thresholdFor(fmr), unsure }: RecognizeOptions): Limits {
  return { threshold, unsure: unsure ? thresholdFor(UNSURE_FACTOR * falseMatchRate(threshold)) : undefined };
}

function isUnsure(verdict: Verdict): boolean {
  return verdict === 'Unsure';
}

function judge(looks: Face[], gallery: Known, cohort: Cohort, limits: Limits, explained: boolean): JudgedFace {
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
  };
}

function verdictOn(distance: number, { threshold, unsure }: Limits): Verdict {
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
