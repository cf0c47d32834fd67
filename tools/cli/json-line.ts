// Schemas of the lines that fr-recognize --json prints. Programs import only their types; handler/schema.json includes them.
import * as z from 'zod';
import { IdentifyAnswer, JudgedFace, NamedFace, RecognizeAnswer } from '../../handler/answers.ts';

const path = 'The path as it was given or found; a byte that is no UTF-8 is \\udc80 to \\udcff';
const picture = z.string().describe(path);
const where = z.string().describe('Where the work was done: this machine, or AWS Lambda in a Region');
const judged = {
  where,
  duration_ms: z.int().min(0).describe('From the bytes to the answer'),
  billed_ms: z.number().min(0).optional().describe('What AWS Lambda bills, only where the work was done there'),
  cost_usd: z.number().min(0).optional().describe('What that costs, by the list price'),
};

/** A picture judged by one person's model. */
export const RecognizeLine = z.object({ picture, ...RecognizeAnswer.shape, ...judged });

/** A picture whose faces are named, with --gallery. */
export const IdentifyLine = z.object({ picture, ...IdentifyAnswer.shape, ...judged });

const seconds = z.number().min(0);
const { face_present, threshold, unsure_threshold, embedder } = RecognizeAnswer.shape;
const { box, verdict, distance, false_match_rate, computed_from } = JudgedFace.shape;
const { name, nearest } = NamedFace.shape;

/** A face for as long as it stays in a film. */
const appearance = z.object({
  appearance: z.int().min(1).describe('Number of the appearance in the film, from 1, by when it begins'),
  from: seconds,
  to: seconds.describe('When the film first showed it no more'),
  best: seconds.describe('When its face was most like whom it was compared with'),
  frames: z.int().min(1).describe('In how many frames it was seen'),
  verdict,
  name: name.optional().describe("The person's name, or unknown; only with --gallery"),
  nearest: nearest.optional().describe('The nearest person; only with --gallery'),
  distance: distance.describe('Of the mean of its faces'),
  false_match_rate,
  computed_from,
  box: box.describe('In the best frame: pixels of the upright film, half-open; may reach past its edge'),
});

/** A film. Times are in seconds from its start. The same here and on AWS Lambda. */
export const FilmLine = z.object({
  film: z.string().describe(path),
  face_present: face_present.describe('True when any appearance is the person, or of a gallery anyone'),
  threshold,
  unsure_threshold,
  embedder,
  people: IdentifyAnswer.shape.people.optional().describe('How many people were looked for; only with --gallery'),
  width: z.int().min(1).describe('Pixels of the upright film'),
  height: z.int().min(1),
  duration: seconds.optional().describe('Of its pictures; missing where the film does not say'),
  every: z.number().min(0).describe('The time from one frame to the next that is looked at, beside those after cuts'),
  frames: z.int().min(1).describe('How many frames were looked at'),
  broken_at: seconds.optional().describe('The last frame that could be read, where the film breaks off'),
  appearances: z.array(appearance),
});

export type FilmAppearance = z.infer<typeof appearance>;

/** A picture that cannot be judged. */
export const FailedLine = z.object({
  picture,
  error: z.object({
    name: z.string().describe('The class of handler/errors.ts'),
    code: z.string().describe('Finer than the class, upper-case'),
    message: z.string().describe('What failed and what to do, in one line'),
  }),
  where,
});

export type Line =
  | z.infer<typeof RecognizeLine>
  | z.infer<typeof IdentifyLine>
  | z.infer<typeof FilmLine>
  | z.infer<typeof FailedLine>;
