// The shape of every request, and its checks; answers.ts has the shape of every answer.
//
// Field names are the original system's, and new fields follow its style. Its clients read an answer with Python's eval,
// so an answer never holds true, false or null: a verdict is the text True or False.
import * as z from 'zod/mini';
import { RequestError } from './errors.ts';
import { LEAST_FMR, MOST_FMR, showRate } from './matching/calibration.ts';

/** The message for a value that is refused. It quotes numbers, but never text, which may be a picture or a name. */
function wanted(what: string) {
  return { error: ({ input }: { input?: unknown }) => `${kindOf(input)} is not ${what}` };
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}

/**
 * The bytes, or why there are none. Node's decoder passes over what is not base64, and takes - and _ of base64url. So if it gives
 * as many bytes as the text's length promises, and those two are not there, each character was a digit.
 */
function fromBase64(value: unknown): Buffer | string {
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string') return `${kindOf(value)} is not base64`;
  if (value === '') return 'is empty';
  if (value.length % 4 === 0 && !/[-_]/.test(value)) {
    const bytes = Buffer.from(value, 'base64');
    const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
    if (bytes.length === (value.length / 4) * 3 - padding) return bytes;
  }
  const text = value.replace(/\s+/g, ''); // Python's older encoders break lines
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return 'is not base64';
  return Buffer.from(text, 'base64');
}

const base64 = z.transform((value: unknown, context): Buffer => {
  const bytes = fromBase64(value);
  if (typeof bytes !== 'string') return bytes;
  context.issues.push({ code: 'custom', message: bytes, input: undefined });
  return z.NEVER;
});

// zod's record would drop a person called __proto__, and overflow the stack when 100,000 entries are wrong. Messages call an
// entry by its number, so no name reaches a log.
const people = z.transform((value: unknown, context): [name: string, model: Buffer][] => {
  const refuse = (message: string): never => {
    context.issues.push({ code: 'custom', message, input: undefined });
    return z.NEVER;
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`${kindOf(value)} is not an object of models`);
  }
  const entries: [string, Buffer][] = [];
  for (const [name, model] of Object.entries(value)) {
    const bytes = fromBase64(model);
    const entry = `entry ${entries.length + 1}`;
    if (name === '') return refuse(`the name of ${entry} is empty`);
    if (typeof bytes === 'string') return refuse(bytes.startsWith('is ') ? `${entry} ${bytes}` : `${entry}: ${bytes}`);
    entries.push([name, bytes]);
  }
  return entries;
});

const anObject = wanted('an object');
const flag = z.optional(z.boolean(wanted('true or false')));
const faceNumber = wanted('a whole number from 1 up');
const side = z.int32(wanted('a whole number of pixels')).check(z.gte(-1e9), z.lte(1e9));
const rate = wanted(`between ${showRate(LEAST_FMR)} and ${showRate(MOST_FMR)}`);
const distance = wanted('a number above 0');

const trainFields = {
  base64_image: base64,
  /** Number of the face to train on, from 1, left to right, when the photo shows several. */
  face: z.optional(z.int32(faceNumber).check(z.positive(faceNumber))),
  /** Where the face is, upright, in pixels of the upright photo, when no detector finds it. Not with `face`. */
  box: z.optional(
    z
      .object(
        { left: side, top: side, right: side, bottom: side },
        wanted('an object with left, top, right and bottom'),
      )
      .check(z.refine(({ left, top, right, bottom }) => left < right && top < bottom, 'is empty')),
  ),
  /** Looks for faces with every detector: finds more of them, and takes longer. */
  thorough: flag,
};

export const TrainRequest = z.object(trainFields, anObject);

/** How many pictures a request may hold. */
const MAX_IMAGES = 100;

/** A picture that is not base64 is a failure of its own, not of the request. */
const images = z.transform((value: unknown, context): (Buffer | RequestError)[] => {
  if (Array.isArray(value) && value.length > 0 && value.length <= MAX_IMAGES) {
    return value.map((picture, i) => {
      const bytes = fromBase64(picture);
      if (typeof bytes !== 'string') return bytes;
      return new RequestError(`the request cannot be used: images.${i}${bytes.startsWith('is ') ? ' ' : ': '}${bytes}`);
    });
  }
  const what = Array.isArray(value) ? `a list of ${value.length}` : kindOf(value);
  context.issues.push({
    code: 'custom',
    message: `${what} is not a list of 1 to ${MAX_IMAGES} pictures`,
    input: undefined,
  });
  return z.NEVER;
});

const judgeFields = {
  /** The model CSV; either this or `gallery`. */
  query_facevectors: z.optional(base64),
  /** Model CSVs by the person's name: who is in the picture? */
  gallery: z.optional(people),
  /** The false match rate to accept, instead of the default; see calibration.ts. */
  fmr: z.optional(z.number(rate).check(z.gte(LEAST_FMR, rate), z.lte(MOST_FMR, rate))),
  /** The largest distance that is a match, instead of the one that `fmr` gives. */
  threshold: z.optional(z.number(distance).check(z.positive(distance))),
  /** Adds the verdict Unsure: a match at ten times the rate, but not at the rate. */
  unsure: flag,
  /** Adds to every face what its verdict was computed from. */
  explain: flag,
  /** Looks for faces with every detector: finds more of them, and takes longer. */
  thorough: flag,
  /** Adds to every face its vector. */
  vectors: flag,
  /** Accepts a model whose photos seem to show two people; see rift.ts. */
  one_person: flag,
};

export const RecognizeRequest = z.object({ base64_image: base64, ...judgeFields }, anObject);

/** What every picture of a request is judged by. */
export type JudgeFields = Omit<z.infer<typeof RecognizeRequest>, 'base64_image'>;

/** Several pictures, judged alike: each has its own answer in `answers`. */
export const RecognizeSeveralRequest = z.object({ images, ...judgeFields }, anObject);

/** Checks an event against its schema. Ignores extra fields. Throws RequestError naming the field. */
export function parseRequest<Schema extends z.ZodMiniType>(schema: Schema, event: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') || 'the event';
  const message = issue?.message ?? '';
  throw new RequestError(`the request cannot be used: ${field}${message.startsWith('is ') ? ' ' : ': '}${message}`);
}

const trainOptions = z.omit(TrainRequest, { base64_image: true });
const judgeOptions = z.omit(RecognizeRequest, { base64_image: true, query_facevectors: true, gallery: true });

/** Options of a call of the library, checked as those of a request are. @throws RequestError naming the option. */
export function checkTraining(options: object): z.infer<typeof trainOptions> {
  return parseRequest(trainOptions, options);
}

/** As checkTraining. */
export function checkJudging({ onePerson, ...options }: { onePerson?: unknown }) {
  const { one_person, ...rest } = parseRequest(judgeOptions, { ...options, one_person: onePerson });
  return { ...rest, onePerson: one_person };
}
