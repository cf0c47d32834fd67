// Schemas of the lines that fr-recognize --json prints. Programs import only their types; handler/schema.json includes them.
import * as z from 'zod';
import { IdentifyAnswer, RecognizeAnswer } from '../../handler/answers.ts';

const picture = z.string().describe('The path as it was given or found; a byte that is no UTF-8 is \\udc80 to \\udcff');
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

export type Line = z.infer<typeof RecognizeLine> | z.infer<typeof IdentifyLine> | z.infer<typeof FailedLine>;
