// The keys of a batch -> an answer or a refusal each, several side by side, within the time of a call.
import type { IdentifyAnswer, RecognizeAnswer, SeveralAnswer } from '../answers.ts';
import type { BucketItem, BucketLine } from '../bucket.ts';
import { processConfig } from '../config.ts';
import { FaceError, ImageError, RequestError, SidecarError } from '../errors.ts';

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
  /** Pictures that are judged side by side; 1 without it. */
  atOnce?: number;
  /** Ends the pictures under way. */
  stop(): void;
  remainingMs(): number;
  now?: () => number;
}

/** The time of a pass. */
export interface Time {
  /** When to stop, by the clock of `now`. */
  endMs: number;
  /** It is all that a call has: what takes longer would do so in the next one too. */
  isWhole: boolean;
  /** No other pass follows. */
  isLast: boolean;
}

/** The keys to judge, and the request's other fields. */
export interface Work {
  bucket: string;
  items: readonly BucketItem[];
  job: object;
}

export interface Judged {
  lines: BucketLine[];
  /** For the next pass. */
  left: BucketItem[];
}

/** `again`: S3 does not give it for now. `late`: the time was up before its end. */
type Outcome = BucketLine | 'again' | 'late';

/** Keys that are read before their turn. */
const READ_AHEAD = 2;

/** @throws whatever every picture would meet, such as ModelError. */
export async function judgeItems(work: Work, time: Time, means: Means): Promise<Judged> {
  const { atOnce = 1, stop } = means;
  const outcomes = await judgeInLanes(work, time, means);
  if (outcomes.includes('late')) stop();
  const judged: Judged = { lines: [], left: [] };
  for (const [i, item] of work.items.entries()) {
    const end = endOf(item, outcomes[i], time, i < atOnce);
    if (end === 'left') judged.left.push(item);
    else judged.lines.push(end);
  }
  return judged;
}

/** An outcome for each item, or none where the time was up before its turn. */
async function judgeInLanes(
  { bucket, items, job }: Work,
  { endMs, isLast }: Time,
  means: Means,
): Promise<(Outcome | undefined)[]> {
  const { atOnce = 1, store, now = Date.now } = means;
  const outcomes = new Array<Outcome | undefined>(items.length);
  const reads = new Map<BucketItem, Promise<Uint8Array>>();
  let timer: NodeJS.Timeout | undefined;
  let [next, isOver] = [0, false];
  const timeUp = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, endMs - now()), 'late');
  });
  const lane = async (): Promise<void> => {
    for (let i = next++; !isOver && i < items.length; i = next++) {
      if (now() >= endMs && (i >= atOnce || isLast)) return;
      for (const item of items.slice(i, i + 1 + READ_AHEAD)) {
        if (!reads.has(item)) reads.set(item, readPicture(bucket, item, store));
      }
      const item = items[i] as BucketItem;
      const judging = judgeItem(item, reads.get(item) as Promise<Uint8Array>, job, means);
      judging.catch(() => undefined); // it may fail after the time is up, when nobody waits for it
      outcomes[i] = await Promise.race([judging, timeUp]);
      reads.set(item, GONE);
      isOver ||= outcomes[i] === 'late';
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, lane));
    return outcomes;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/** Stands for a picture that was judged, so that its bytes are not held and it is not read again. */
const GONE = Promise.resolve(new Uint8Array());

/** @param isFirst it was begun at the start of the call. */
function endOf(
  item: BucketItem,
  outcome: Outcome | undefined,
  { isLast, isWhole }: Time,
  isFirst: boolean,
): BucketLine | 'left' {
  if (outcome === undefined) return isLast ? refused(item, tooLate(), 0) : 'left';
  if (outcome === 'again') return isLast ? refused(item, unread(), 0) : 'left';
  // What had all the time of a call would end the same way in another pass.
  if (outcome === 'late') return isFirst && isWhole ? refused(item, tooLong(), 0) : 'left';
  return outcome;
}

/** The bytes. Nobody has to wait for them: a failure is told when they are asked for. */
function readPicture(bucket: string, { key, size }: BucketItem, store: Store): Promise<Uint8Array> {
  const { maxBytes } = processConfig();
  const reading =
    size > maxBytes
      ? Promise.reject(new ImageError(`is larger than ${maxBytes} bytes: use a smaller one or raise FR_MAX_BYTES`))
      : store.read(bucket, key);
  reading.catch(() => undefined);
  return reading;
}

async function judgeItem(
  item: BucketItem,
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
export function explainRead(error: Error): FaceError | undefined {
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

function refused({ key, etag }: BucketItem, { name, code, message }: FaceError, ms: number): BucketLine {
  return { key, etag, error: { name, code, message }, ms };
}

const tooLate = () => new RequestError('was not judged within four minutes of its batch: run it again');
const unread = () => new RequestError('could not be read from S3, in several tries: run it again');
const tooLong = () => new SidecarError('timeout', 'takes longer than a call may: deploy with a longer --timeout');
