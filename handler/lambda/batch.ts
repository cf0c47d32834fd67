// A batch of keys of a bucket -> answers beside it: what one child of the Distributed Map asks (deploy/cloud/state-machine.ts).
//
// The answers go into an object and not into the response, because Step Functions carries at most 256 KiB from state to state.
// The same keys give an object of the same name, so a child that runs twice does no harm.
import * as z from 'zod/mini';
import { type BucketItem, type BucketLine, PARTS, parsePlaces, RUNS, refuseOutside, runsOf } from '../bucket.ts';
import { RequestError } from '../errors.ts';
import { isPictureKey } from '../picture-name.ts';
import { parseRequest, RecognizeRequest } from '../protocol.ts';
import { unseal } from '../seal.ts';
import { usableMs } from '../several.ts';
import { explainRead, judgeItems, type Means, type Store, type Time } from './batch-items.ts';

/** At most so many keys make a batch: with keys of 1,024 bytes they stay below half of 256 KiB. */
const MOST_KEYS = 100;
/** A batch is asked for again so many times about the keys that are left. */
const MOST_PASSES = 8;
/** An Express execution ends after 5 minutes (AWS's documentation). The keys left after this time get an error. */
const MOST_CHILD_MS = 240_000;
/** The time kept for writing the answers. */
const WRITE_MS = 3_000;

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
  const { now = Date.now } = means;
  const startedMs = now();
  const batch = parseRequest(BatchRequest, event);
  refuseKeys(batch);
  const job = await readJob(batch, means.store);
  const { bucket, results } = batch.BatchInput;
  // The runs lie below the pictures, so a listing has them too.
  const isOurs = ({ key }: BucketItem): boolean => bucket === results.bucket && key.startsWith(runsOf(results.run));
  const asked = batch.Items.filter((item) => !isOurs(item));
  const items = asked.filter(({ key }) => isPictureKey(key));
  const { lines, left } = await judgeItems({ bucket, items, job }, timeOf(batch, means), means);
  const Parts = lines.length === 0 ? batch.Parts : [...batch.Parts, await writePart(batch, lines, means.store)];
  return {
    ...batch,
    Items: left,
    Parts,
    Pass: batch.Pass + 1,
    Judged: batch.Judged + lines.filter(({ answer }) => answer).length,
    Refused: batch.Refused + lines.filter(({ error }) => error).length,
    Skipped: batch.Skipped + asked.length - items.length,
    Ms: batch.Ms + now() - startedMs,
  };
}

/** How long this call may judge, and whether another pass may follow. */
function timeOf({ Started, Pass }: Batch, { remainingMs, now = Date.now }: Means): Time {
  const ownMs = usableMs(remainingMs(), WRITE_MS);
  const childMs = Date.parse(Started) + MOST_CHILD_MS - now();
  return {
    endMs: now() + Math.min(ownMs, childMs),
    isWhole: ownMs <= childMs,
    isLast: childMs <= 0 || Pass >= MOST_PASSES,
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

/** Writes the answers of a pass. The name says which keys they are of. @returns the name within the run's folder. */
async function writePart(
  { BatchInput: { results } }: Batch,
  lines: readonly BucketLine[],
  store: Store,
): Promise<string> {
  const keys = lines.map(({ key }) => key).join('\n');
  const { createHash } = process.getBuiltinModule('node:crypto'); // as in seal.ts
  const name = `${PARTS}${createHash('sha256').update(keys).digest('hex')}.jsonl`;
  await store.write(results.bucket, results.run + name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return name;
}
