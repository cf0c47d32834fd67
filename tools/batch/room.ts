// How many bytes of pictures a run holds in memory at a time.

/** Gives back what was taken. A second call does nothing. */
export type Release = () => void;

/**
 * Lets pictures in one after the other, in the order asked, while their bytes together stay below `maxBytes`. One picture
 * is always let in, however large. Since nobody overtakes, the pictures that wait never wait for one that came later.
 */
export class Room {
  readonly #maxBytes: number;
  #held = 0;
  #door: Promise<unknown> = Promise.resolve();
  #left = (): void => undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @param open opens the picture when its turn comes, and so learns its size. If it fails, so does this. */
  enter<Input extends { bytes: number }>(
    open: () => Input | Promise<Input>,
  ): Promise<{ input: Input; release: Release }> {
    const entered = this.#door.then(async () => {
      const input = await open();
      while (this.#held > 0 && this.#held + input.bytes > this.#maxBytes) {
        await new Promise<void>((resolve) => {
          this.#left = resolve;
        });
      }
      return { input, release: this.#take(input.bytes) };
    });
    this.#door = entered.catch(() => undefined);
    return entered;
  }

  #take(bytes: number): Release {
    this.#held += bytes;
    let mine = bytes;
    return () => {
      this.#held -= mine;
      mine = 0;
      this.#left();
    };
  }
}
