// Many items -> work on several at once -> what became of each, in the order of the items.

/** What became of one item. */
export type Done<Item, Result> = { item: Item; index: number } & (
  | { result: Result; error?: undefined }
  | { result?: undefined; error: unknown }
);

export interface RunOptions {
  /** How many items to have under way now; asked before each start, so it may change during the run. At least 1 is. */
  atOnce: () => number;
  /** How many results may wait for an earlier item. When so many do, no further item is started. */
  window?: number | undefined;
  /** Gives results as they come. */
  unordered?: boolean | undefined;
}

/** Answers without pictures: some kilobytes each. */
const WINDOW = 4096;

/**
 * Works on several items at once and gives what became of each, in order. An item that takes long delays none of the
 * others, until `window` of them wait for it. Work that fails costs only its own item; the caller decides whether that
 * ends the run. When the caller stops early, nothing further is started.
 */
export async function* runMany<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
  { atOnce, window = WINDOW, unordered = false }: RunOptions,
): AsyncGenerator<Done<Item, Result>, void, void> {
  const source = items[Symbol.iterator]();
  const finished = new Map<number, Done<Item, Result>>();
  let [started, underWay, handedOver, isOver] = [0, 0, 0, false];
  let wake = (): void => undefined;
  const finish = (done: Done<Item, Result>): void => {
    underWay -= 1;
    finished.set(done.index, done);
    startMore();
    wake();
  };
  const startMore = (): void => {
    while (!isOver && underWay < Math.max(1, atOnce()) && started - handedOver < window) {
      const next = source.next();
      if (next.done) {
        isOver = true;
        return;
      }
      const [item, index] = [next.value, started];
      started += 1;
      underWay += 1;
      work(item, index).then(
        (result) => finish({ item, index, result }),
        (error: unknown) => finish({ item, index, error }),
      );
    }
  };
  try {
    for (;;) {
      startMore();
      const [first] = unordered ? finished.keys() : [handedOver];
      const done = finished.get(first ?? -1);
      if (done) {
        finished.delete(done.index);
        handedOver += 1;
        yield done;
      } else if (isOver && underWay === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    isOver = true;
  }
}
