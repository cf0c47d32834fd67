// The recognizer: a model and a picture -> is that person in it? The Lambda entry, and the same in-process.
import { shippedCohort } from './cohort.ts';
import { EMBEDDER } from './config.ts';
import type { Face } from './faces.ts';
import { type Cohort, type Comparison, compare, nearestInCohort, prepare, type Subject } from './matcher.ts';
import { type Explanation, type JudgedFace, parseRequest, type RecognizeAnswer, RecognizeRequest } from './protocol.ts';
import { processSidecar, type Sidecar } from './sidecar.ts';
import { reportFace } from './trainer.ts';
import { parseModel } from './vectors.ts';

/**
 * The largest distance that is a match: one false match in 10,000 pairs. Chosen on CFP's frontal pictures, fr-train's 42
 * rows of one photo (two photos a person) against fr-recognize's probe of another, on nine tenths of the people; of the
 * last tenth's pairs it lets through 1.0e-4, and of all 24.6 million (tools/accuracy.ts) 9.3e-5.
 */
export const DEFAULT_THRESHOLD = 0.757;

const EXPLAINED_ROWS = 5;

export interface RecognizeOptions {
  threshold?: number | undefined;
  explain?: boolean | undefined;
  thorough?: boolean | undefined;
}

/** AWS Lambda's entry. Failures are thrown; Lambda puts the class's name into `errorType`. */
export async function handler(event: unknown): Promise<RecognizeAnswer> {
  const { base64_image, query_facevectors, ...options } = parseRequest(RecognizeRequest, event);
  return recognize(base64_image, query_facevectors.toString('utf8'), options);
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
  const cohort = shippedCohort();
  const gallery = prepareGallery(model, cohort);
  const threshold = options.threshold ?? DEFAULT_THRESHOLD;
  const found = await sidecar.describe(image, { thorough: options.thorough });
  const faces = found.map((face) => judge(face, gallery, cohort, threshold, options.explain ?? false));
  return {
    face_present: faces.some(({ verdict }) => verdict === 'True') ? 'True' : 'False',
    threshold,
    embedder: EMBEDDER,
    faces,
  };
}

// The last model, kept in memory: many pictures are usually asked about one person.
let last: { model: string; gallery: Subject[] } | undefined;

function prepareGallery(model: string, cohort: Cohort): Subject[] {
  if (last?.model !== model) {
    last = { model, gallery: parseModel(model).map((vector) => prepare(vector, cohort)) };
  }
  return last.gallery;
}

function judge(face: Face, gallery: Subject[], cohort: Cohort, threshold: number, explained: boolean): JudgedFace {
  const probe = prepare(face.vector, cohort);
  const comparisons = compare(probe, gallery);
  const nearest = comparisons[0] as Comparison;
  return {
    ...reportFace(face),
    verdict: nearest.distance <= threshold ? 'True' : 'False',
    distance: nearest.distance,
    nearest_row: nearest.row,
    ...(explained && { explanation: explain(probe, comparisons, gallery, cohort, threshold - nearest.distance) }),
  };
}

function explain(
  probe: Subject,
  comparisons: readonly Comparison[],
  gallery: readonly Subject[],
  cohort: Cohort,
  margin: number,
): Explanation {
  return {
    margin,
    cohort_distance: probe.cohortDistance,
    cohort: nearestInCohort(probe.unit, cohort),
    gallery: comparisons.slice(0, EXPLAINED_ROWS).map(({ row, euclidean, distance }) => ({
      row,
      euclidean,
      cohort_distance: gallery[row]?.cohortDistance as number,
      distance,
    })),
  };
}
