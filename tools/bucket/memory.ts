// The journal of runs over a bucket: an object is known by its key and ETag, so what has not changed is not judged again.
import type { BucketItem, BucketLine } from '../../handler/bucket.ts';
import { type Journal, pictureKey } from '../batch/journal.ts';
import { say } from '../cli/cli.ts';
import { PROGRAM } from '../recognition-output.ts';
import { byBytes } from './results.ts';

/** Answers of earlier runs, and the run that nobody has read yet. Without a journal it knows nothing. */
export class Memory {
  readonly #bucket: string;
  readonly #runKey: string;
  #journal: Journal | undefined;

  constructor(journal: Journal | undefined, { bucket, prefix }: { bucket: string; prefix: string }) {
    this.#journal = journal;
    this.#bucket = bucket;
    this.#runKey = digest(`the run over s3://${bucket}/${prefix}`);
  }

  has(item: BucketItem): boolean {
    return this.#journal?.has(this.#keyOf(item)) ?? false;
  }

  /** Only what an object itself is the reason of; any other failure may pass. */
  add(line: BucketLine): void {
    const { key: _, ...rest } = line;
    if (line.answer || line.error?.name === 'ImageError') this.#write(this.#keyOf(line), rest);
  }

  /** What became of those of the items that it knows, in their order. */
  *lines(items: readonly BucketItem[]): Generator<BucketLine> {
    for (const item of items) {
      const line = this.#journal?.find(this.#keyOf(item)) as Omit<BucketLine, 'key'> | undefined;
      if (line) yield { key: item.key, ...line };
    }
  }

  /** The ARN of a run that was started and whose answers were not read to the end. */
  get unread(): string | undefined {
    return (this.#journal?.find(this.#runKey) as { arn?: string } | undefined)?.arn;
  }

  started(arn: string): void {
    this.#write(this.#runKey, { arn });
  }

  read(): void {
    this.#write(this.#runKey, {});
  }

  close(): void {
    this.#journal?.close();
  }

  #keyOf({ key, etag }: { key: string; etag: string }): string {
    return digest(`s3://${this.#bucket}/${key}\n${etag.replaceAll('"', '')}`);
  }

  #write(key: string, value: object): void {
    this.#journal?.addOrEnd(key, value, (text) => {
      say(`${PROGRAM}: ${text}`);
      this.#journal = undefined;
    });
  }
}

function digest(text: string): string {
  return pictureKey(Buffer.from(text));
}

/** Two series of lines, each in the order of the keys, as one. */
export async function* inOrder(
  known: Iterable<BucketLine>,
  judged: AsyncIterable<BucketLine>,
): AsyncGenerator<BucketLine> {
  const before = known[Symbol.iterator]();
  let next = before.next();
  for await (const line of judged) {
    while (!next.done && byBytes(next.value.key, line.key) < 0) {
      yield next.value;
      next = before.next();
    }
    yield line;
  }
  for (; !next.done; next = before.next()) yield next.value;
}
