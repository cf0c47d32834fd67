// Many pictures, from their files to what became of each: bounded in number by the backend and in bytes by a room.
import { type OpenInput, openInput } from '../cli/input.ts';
import { Buffers } from './buffers.ts';
import { Room } from './room.ts';
import { type RunOptions, runMany } from './run.ts';

/** A picture whose turn has come. */
export interface Picture<Item> {
  readonly item: Item;
  /** Its bytes. Throws what readInput throws. */
  read(): Promise<Buffer>;
  /** Says that its bytes are not needed any more, so that others may come. Without it they go when the result has been used. */
  release(): void;
}

/** What became of a picture. */
export type Outcome<Item, Result> = { item: Item } & (
  | { result: Result; error?: undefined }
  | { result?: undefined; error: unknown }
);

export interface PicturesOptions<Item> extends RunOptions {
  /** A picture of more bytes is refused. */
  maxBytes: number;
  pathOf: (item: Item) => string;
  /** Nobody looks at a picture's bytes after its release, so their memory may be used again. */
  reuse?: boolean | undefined;
  /** Opens a picture in another way than by its path, or says why it cannot be. */
  open?: ((item: Item) => OpenInput | undefined) | undefined;
}

/** Bytes of pictures in memory at a time: some sixty photographs of a phone. */
const MOST_BYTES = 256 * 2 ** 20;

/** Works on several pictures at once and gives what became of each, in order unless `unordered`. */
export async function* overPictures<Item, Result>(
  items: Iterable<Item>,
  work: (picture: Picture<Item>) => Promise<Result>,
  { maxBytes, pathOf, open, reuse, ...options }: PicturesOptions<Item>,
): AsyncGenerator<Outcome<Item, Result>, void, void> {
  const room = new Room(MOST_BYTES);
  const buffers = reuse ? new Buffers() : undefined;
  const enter = async (item: Item) => {
    const { input, release: leave } = await room.enter(() => open?.(item) ?? openInput(pathOf(item), maxBytes));
    let into: Buffer | undefined;
    const read = (): Promise<Buffer> => {
      into = buffers?.take(input.bytes + 1);
      return input.read(into);
    };
    const release = (): void => {
      if (into) buffers?.giveBack(into);
      into = undefined;
      leave();
    };
    try {
      return { release, result: await work({ item, read, release }) };
    } catch (error) {
      release();
      throw error;
    }
  };
  for await (const { item, result, error } of runMany(items, enter, options)) {
    if (result === undefined) {
      yield { item, error };
      continue;
    }
    try {
      yield { item, result: result.result };
    } finally {
      result.release();
    }
  }
}

/** A picture of which it is known that it cannot be read. */
export function unreadable(failure: Error): OpenInput {
  return { bytes: 0, read: () => Promise.reject(failure) };
}
