// The shape of every request and answer, on Lambda and in this process.
//
// Field names are the original system's, and what it never had follows its style. Its clients read an answer with
// Python's eval, so an answer never holds true, false or null: a verdict is the text True or False.
import * as z from 'zod/mini';
import { RequestError } from './errors.ts';

const base64 = z.pipe(
  z.string().check(
    z.minLength(1, 'is empty'),
    z.overwrite((text) => text.replace(/\s+/g, '')), // Python's older encoders break lines
    z.refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text), 'is not base64'),
  ),
  z.transform((text) => Buffer.from(text, 'base64')),
);

export const TrainRequest = z.object({
  base64_image: base64,
  /** Number of the face to train on, from 1, left to right, when the photo shows several. */
  face: z.optional(z.int32().check(z.positive())),
  /** Looks for faces with every detector: finds more of them, and takes longer. */
  thorough: z.optional(z.boolean()),
});

export const RecognizeRequest = z.object({
  base64_image: base64,
  /** The model CSV. */
  query_facevectors: base64,
  /** The largest distance that is a match, in place of the default. */
  threshold: z.optional(z.number().check(z.positive())),
  /** Adds to every face what its verdict was computed from. */
  explain: z.optional(z.boolean()),
  /** Looks for faces with every detector: finds more of them, and takes longer. */
  thorough: z.optional(z.boolean()),
});

export type Verdict = 'True' | 'False';

/** A face as answers show it. Pixels are those of the upright picture; see faces.ts for each field. */
export interface FaceReport {
  face: number;
  box: { left: number; top: number; right: number; bottom: number };
  score: number;
  landmarks: [x: number, y: number][];
  sharpness: number;
}

export interface TrainAnswer {
  /** The model CSV, as text. */
  facevectors: string;
  embedder: string;
  faces_found: number;
  face: FaceReport;
}

/** What a verdict was computed from; the arithmetic is matcher.ts's. */
export interface Explanation {
  /** threshold - distance: from 0 up is a match. */
  margin: number;
  /** Mean Euclidean distance of the probe to its nearest cohort vectors. */
  cohort_distance: number;
  /** Those cohort vectors, by index from 0. */
  cohort: { vector: number; euclidean: number }[];
  /** The nearest gallery rows, by index from 0. */
  gallery: { row: number; euclidean: number; cohort_distance: number; distance: number }[];
}

export interface JudgedFace extends FaceReport {
  verdict: Verdict;
  distance: number;
  /** Index of the nearest gallery row, from 0. */
  nearest_row: number;
  explanation?: Explanation;
}

export interface RecognizeAnswer {
  /** True when any face of the picture is the person. */
  face_present: Verdict;
  threshold: number;
  embedder: string;
  faces: JudgedFace[];
}

/** Checks an event against its schema. Throws RequestError naming the field; extra fields are let pass. */
export function parseRequest<Schema extends z.ZodMiniType>(schema: Schema, event: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') || 'the event';
  throw new RequestError(`the request cannot be used: ${field}: ${issue?.message}`);
}
