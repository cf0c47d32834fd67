// A batch of keys of a bucket -> answers beside it: what one child of the Distributed Map asks (deploy/cloud/state-machine.ts).
//
// The answers go into an object and not into the response, because Step Functions carries at most 256 KiB from state to state.
// The same keys give an object of the same name, so a child that runs twice does no harm.
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { IdentifyAnswer, RecognizeAnswer, SeveralAnswer } from '../answers.ts';
import { parsePlaces, RUNS, refuseOutside, runsOf } from '../bucket.ts';
import { processConfig } from '../config.ts';
import { FaceError, ImageError, RequestError, SidecarError } from '../errors.ts';
import { parseRequest, RecognizeRequest } from '../protocol.ts';
import { unseal } from '../seal.ts';
import { usableMs } from '../several.ts';

/** S3, as far as a batch needs it. */
export interface Store {
  /** @throws an error whose name is S3's code. */
  read(bucket: string, key: string): Promise<Uint8Array>;
  write(bucket: string, key: string, content: string): Promise<void>;
}

/** What judging stands on. */
export interface Means {
  store: Store;
  /** Judges one picture: an event of the recognizer -> its answer. */
  judge(event: object): Promise<RecognizeAnswer | IdentifyAnswer | SeveralAnswer>;
  /** Ends the picture under way. */
  stop(): void;
  remainingMs(): number;
  now?: () => number;
}

/** At most so many keys make a batch: with keys of 1,024 bytes they stay below half of 256 KiB. */
const MOST_KEYS = 100;
/** A batch is asked for again so many times about the keys that are left. */
const MOST_PASSES = 8;
/** An Express execution ends after 5 minutes (AWS's documentation). The keys left after this time get an error. */
const MOST_CHILD_MS = 240_000;
/** The time kept for writing the answers. */
const WRITE_MS = 3_000;
const READ_AHEAD = 2;

const text = z.string();
const count = z.number();
const BatchRequest = z.object({
  BatchInput: z.object({
    /** Where the pictures are. */
    bucket: text,
    /** Where the run's folder is; `run` ends with a slash. */
    results: z.object({ bucket: text, run: text }),
    /** The key of the sealed request (seal.ts), and what opens it. */
    job: z.object({ key: text, seal: text }),
  }),
  Items: z.array(z.object({ key: text, size: count, etag: text })).check(z.maxLength(MOST_KEYS)),
  /** The batch's first key, by which batches are put in order. */
  First: text,
  /** Names of the objects of answers, within the run's folder. */
  Parts: z.array(text),
  Pass: count,
  Judged: count,
  Refused: count,
  Skipped: count,
  Ms: count,
  /** When the child began, ISO 8601. */
  Started: text,
});

type Batch = z.infer<typeof BatchRequest>;
type Item = Batch['Items'][number];

/** One line of a part. Exactly one of `answer` and `error` is there. */
export interface BucketLine {
  key: string;
  etag: string;
  answer?: RecognizeAnswer | IdentifyAnswer;
  error?: { name: string; code: string; message: string };
  ms: number;
}

/** Whether an event is a batch of keys. */
export function isBatch(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'BatchInput' in event;
}

/**
 * Judges the keys in order, writes their answers, and returns the batch with the keys that are left: those for which there was
 * no time, and those that could not be read for now.
 *
 * @throws RequestError when a key is outside FR_BUCKETS; whatever every picture would meet, such as ModelError.
 */
export async function judgeBatch(event: unknown, means: Means): Promise<Batch> {
  const startedMs = (means.now ?? Date.now)();
  const batch = parseRequest(BatchRequest, event);
  refuseKeys(batch);
  const job = await readJob(batch, means.store);
  const { lines, left, skipped } = await judgeItems(batch, job, means);
  const Parts = lines.length === 0 ? batch.Parts : [...batch.Parts, await writePart(batch, lines, means.store)];
  return {
    ...batch,
    Items: left,
    Parts,
    Pass: batch.Pass + 1,
    Judged: batch.Judged + lines.filter(({ answer }) => answer).length,
    Refused: batch.Refused + lines.filter(({ error }) => error).length,
    Skipped: batch.Skipped + skipped,
    Ms: batch.Ms + (means.now ?? Date.now)() - startedMs,
  };
}

function refuseKeys({ BatchInput: { bucket, results, job }, Items }: Batch): void {
  const places = parsePlaces(process.env.FR_BUCKETS);
  for (const { key } of Items) refuseOutside(places, bucket, key);
  refuseOutside(places, results.bucket, results.run, RUNS);
  refuseOutside(places, results.bucket, job.key, RUNS);
}

let lastJob: { key: string; seal: string; job: object } | undefined;

/** The request that every picture of the run shares. Kept for the next batch of the run. */
async function readJob({ BatchInput: { results, job } }: Batch, store: Store): Promise<object> {
  if (lastJob?.key === job.key && lastJob.seal === job.seal) return lastJob.job;
  const sealed = await store.read(results.bucket, job.key).catch((cause: Error) => {
    if (!explainRead(cause)) throw cause; // Step Functions asks again
    throw new RequestError(`the model of this run cannot be read (${cause.name}): start the run again`, { cause });
  });
  const read = JSON.parse(unseal(sealed, job.seal)) as object;
  // Checked once, with a picture of no bytes that matter.
  parseRequest(RecognizeRequest, { ...read, base64_image: 'AAAA' });
  lastJob = { ...job, job: read };
  return read;
}

interface Judged {
  lines: BucketLine[];
  left: Item[];
  skipped: number;
}

async function judgeItems(batch: Batch, job: object, means: Means): Promise<Judged> {
  const now = means.now ?? Date.now;
  // The runs lie below the pictures, so a listing has them too.
  const { bucket, results } = batch.BatchInput;
  const isOurs = ({ key }: Item): boolean => bucket === results.bucket && key.startsWith(runsOf(results.run));
  const asked = batch.Items.filter((item) => !isOurs(item));
  const items = asked.filter(({ key }) => looksLikePicture(key));
  const done: Judged = { lines: [], left: [], skipped: asked.length - items.length };
  const begunMs = now();
  const ownMs = usableMs(means.remainingMs(), WRITE_MS);
  const childMs = Date.parse(batch.Started) + MOST_CHILD_MS - begunMs;
  const endMs = begunMs + Math.min(ownMs, childMs);
  const isLast = childMs <= 0 || batch.Pass >= MOST_PASSES;
  const reads = new Map<Item, Promise<Uint8Array>>();
  for (const [i, item] of items.entries()) {
    if (now() >= endMs && (i > 0 || isLast)) {
      const late = items.slice(i);
      if (isLast) done.lines.push(...late.map((one) => refused(one, tooLate(), 0)));
      else done.left.push(...late);
      break;
    }
    for (const next of items.slice(i, i + 1 + READ_AHEAD)) {
      if (!reads.has(next)) reads.set(next, readPicture(bucket, next, means.store));
    }
    const before = now();
    const line = await withLimit(judgeItem(item, reads.get(item) as Promise<Uint8Array>, job, means), endMs - before);
    reads.delete(item);
    if (line === 'again' && !isLast) done.left.push(item);
    else if (line === 'late') {
      means.stop();
      // Where the first one had all the time of a call, another pass would end the same way.
      if (i === 0 && ownMs <= childMs) done.lines.push(refused(item, tooLong(), now() - before));
      else done.left.push(item);
    } else done.lines.push(line === 'again' ? refused(item, unread(), 0) : line);
  }
  return done;
}

/** Names of pictures, as in a folder: the file name's extension says so, or there is none. */
function looksLikePicture(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return name !== '' && (/\.(jpe?g|jfif|png|webp|gif|heic|heif|avif)$/i.test(name) || !name.includes('.'));
}

/** The bytes. Nobody has to wait for them: a failure is told when they are asked for. */
function readPicture(bucket: string, { key, size }: Item, store: Store): Promise<Uint8Array> {
  const { maxBytes } = processConfig();
  const reading =
    size > maxBytes
      ? Promise.reject(new ImageError(`is larger than ${maxBytes} bytes: use a smaller one or raise FR_MAX_BYTES`))
      : store.read(bucket, key);
  reading.catch(() => undefined);
  return reading;
}

async function judgeItem(
  item: Item,
  reading: Promise<Uint8Array>,
  job: object,
  { judge, now = Date.now }: Means,
): Promise<BucketLine | 'again'> {
  const before = now();
  let image: Uint8Array;
  try {
    image = await reading;
  } catch (error) {
    const known = explainRead(error as Error);
    return known ? refused(item, known, 0) : 'again';
  }
  // Folders made in a console are such objects. The recognizer would refuse the request, and so cost all keys of the batch.
  if (image.length === 0) return refused(item, new ImageError('the picture cannot be used: the file is empty'), 0);
  try {
    const base64_image = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64');
    const answer = await judge({ ...job, base64_image });
    if ('answers' in answer) throw new RequestError('the request cannot be used: the sealed request has pictures');
    return { key: item.key, etag: item.etag, answer, ms: now() - before };
  } catch (error) {
    // Only what is wrong with this picture is its own answer.
    const isOwn = error instanceof ImageError || (error instanceof SidecarError && error.reason !== 'missing');
    if (!isOwn) throw error;
    return refused(item, error, now() - before);
  }
}

/** What a failed read says of the object; undefined for what may pass, such as SlowDown or a lost connection. */
function explainRead(error: Error): FaceError | undefined {
  if (error instanceof FaceError) return error;
  if (error.name === 'NoSuchKey') return new RequestError('is gone since the bucket was listed');
  if (error.name === 'NoSuchBucket') return new RequestError('is in a bucket that does not exist');
  if (error.name === 'PermanentRedirect') return new RequestError('is in a bucket of another Region');
  if (error.name === 'InvalidObjectState') return new RequestError('is archived: restore it first');
  // S3 says this too of a key that is gone, to whom may not list the bucket.
  if (error.name === 'AccessDenied') {
    return new RequestError(
      'cannot be read: it is gone, or the function may not read it (its encryption key, for example)',
    );
  }
  return undefined;
}

function refused({ key, etag }: Item, { name, code, message }: FaceError, ms: number): BucketLine {
  return { key, etag, error: { name, code, message }, ms };
}

const tooLate = () => new RequestError('was not judged within four minutes of its batch: run it again');
const unread = () => new RequestError('could not be read from S3, in several tries: run it again');
const tooLong = () => new SidecarError('timeout', 'takes longer than a call may: deploy with a longer --timeout');

/** The result of `work`, or `late` after `ms`. */
async function withLimit<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), 'late');
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes the answers of a pass. The name says which keys they are of. @returns the name within the run's folder. */
async function writePart(
  { BatchInput: { results } }: Batch,
  lines: readonly BucketLine[],
  store: Store,
): Promise<string> {
  const keys = lines.map(({ key }) => key).join('\n');
  const name = `parts/${createHash('sha256').update(keys).digest('hex')}.jsonl`;
  await store.write(results.bucket, results.run + name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return name;
}
