// The shape of every answer and failure, as zod schemas: the types and schema.json are made from them. Programs import only
// the types, so they do not load zod.
import * as z from 'zod';
import { SIDECAR_REASONS } from './errors.ts';

const pixels = z.int();
const distance = z.number().min(0);
const rate = z.number().min(0).max(1);
const verdict = z.enum(['True', 'False', 'Unsure']);
const notes = z
  .array(z.string())
  .describe('What a person should know of a picture that can be used, a line each; missing if there is nothing')
  .optional();
const threshold = distance.describe('The largest distance that is a match');
const vector = z
  .string()
  .describe(
    'The mean of the looks at the face, at unit length: base64 of 128 float32, little-endian. Only if the request asks for it',
  )
  .optional();
const embedder = z.string().describe('The network that made the vectors');

/** `Unsure` only if the request asks for it. */
export type Verdict = z.infer<typeof verdict>;

const faceFields = {
  face: z.int().min(1).describe('Number of the face in the picture, from 1, left to right'),
  box: z
    .object({ left: pixels, top: pixels, right: pixels, bottom: pixels })
    .describe('Pixels of the upright picture, half-open; may reach past its edge'),
  score: z.number().describe("The detector's margin above its threshold, from 0"),
  landmarks: z
    .array(z.tuple([z.number(), z.number()]))
    .describe(
      'Five [x, y] in pixels: outer and inner corner of the eye on the right, the same on the left, base of the nose',
    ),
  sharpness: z.number().describe('How much detail the face holds'),
  brightness: z.number().min(0).max(255).describe('Mean brightness of the face, 0 black to 255 white'),
};

/** A face as answers show it. Pixels are those of the upright picture. */
export const FaceReport = z.object(faceFields);
export type FaceReport = z.infer<typeof FaceReport>;

export const TrainAnswer = z.object({
  facevectors: z.string().describe('The model CSV, as text'),
  embedder,
  faces_found: z.int().min(1),
  face: FaceReport,
  advice: z.array(z.string()).describe('What would make a better photo, a line each; empty for a good one'),
  notes,
});
export type TrainAnswer = z.infer<typeof TrainAnswer>;

/** What a distance, and with it a false match rate, was computed from; the arithmetic is matcher.ts's. */
export const ComputedFrom = z.object({
  euclidean: distance.describe('Euclidean distance of face and model, each the mean of its vectors at unit length'),
  background: distance.describe("The face's background: below 0.83 it has more people like it than most"),
  model_background: distance.describe("The model's background"),
  turn: z.number().min(0).max(1).describe('How far the nose is off the middle between the eyes, in eye distances'),
  pair_background: distance.describe('Background of the two together: distance is euclidean over this'),
});
export type ComputedFrom = z.infer<typeof ComputedFrom>;

const computedFrom = ComputedFrom.describe('What the distance and the false match rate were computed from');

const background = z
  .object({
    near: distance.describe('Mean distance to the nearest sixteenth of the cohort'),
    all: distance.describe('Mean distance to all of it'),
    ratio: distance.describe('near over all: the smaller, the more people look like this one'),
  })
  .readonly();

/** What a verdict rests on, beside computed_from. */
export const Explanation = z.object({
  margin: z.number().describe('threshold - distance: from 0 up is a match'),
  background: background.describe('How the face stands among the people of the cohort'),
  model_background: background.describe('How the model stands among them'),
  rows: z
    .array(z.object({ row: z.int().min(0), euclidean: distance }))
    .describe("The model's nearest rows, by index from 0. The verdict rests on the mean of all rows, not on these"),
});
export type Explanation = z.infer<typeof Explanation>;

export const JudgedFace = z.object({
  ...faceFields,
  verdict,
  distance,
  false_match_rate: rate.describe(
    'The false match rate at which this face would just be accepted. Below 1e-6 it is extrapolated, not measured',
  ),
  computed_from: computedFrom,
  nearest_row: z.int().min(0).describe('Index of the nearest row of the model, from 0'),
  explanation: Explanation.optional().describe('Only if the request asks for it'),
  vector,
});
export type JudgedFace = z.infer<typeof JudgedFace>;

export const RecognizeAnswer = z.object({
  face_present: verdict.describe('True when any face of the picture is the person; Unsure when none is and one may be'),
  threshold,
  unsure_threshold: distance
    .describe('Up to this distance a verdict is Unsure; only if the request asks for it')
    .optional(),
  embedder,
  notes,
  faces: z.array(JudgedFace),
});
export type RecognizeAnswer = z.infer<typeof RecognizeAnswer>;

/** A face and who it is, if anyone. */
export const NamedFace = z.object({
  ...faceFields,
  name: z.string().describe("The person's name, or unknown"),
  verdict,
  nearest: z.string().describe('The nearest person'),
  distance: distance.describe('The distance to the nearest person'),
  false_match_rate: rate.describe(
    'The false match rate of this face at that distance, of all people. Below 1e-6 it is extrapolated',
  ),
  computed_from: computedFrom,
  vector,
});
export type NamedFace = z.infer<typeof NamedFace>;

export const IdentifyAnswer = z.object({
  face_present: verdict.describe('True when anyone of the gallery is in the picture'),
  threshold,
  embedder,
  people: z.int().min(1).describe('How many people were looked for'),
  notes,
  faces: z.array(NamedFace),
});
export type IdentifyAnswer = z.infer<typeof IdentifyAnswer>;

/** What a function answers when it fails. Lambda's own failures have no code. */
export const Failure = z.object({
  errorType: z.string().describe("The class of handler/errors.ts, or Lambda's own"),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
  code: z.string().optional().describe('Finer than the class, upper-case'),
  reason: z.enum(SIDECAR_REASONS).optional().describe('Of a SidecarError only'),
});
export type Failure = z.infer<typeof Failure>;

/** The answer to `images`. */
export const SeveralAnswer = z.object({
  answers: z
    .array(z.union([RecognizeAnswer, IdentifyAnswer, Failure.omit({ trace: true })]))
    .describe(
      'An answer or a failure a picture, in the order of images. UndoneError: there was no time for it, ask again',
    ),
  environment: z.string().optional().describe('Which environment of the function answered: the name of its log stream'),
});
export type SeveralAnswer = z.infer<typeof SeveralAnswer>;
