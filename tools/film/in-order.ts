// Items as they come -> work on several at once -> results in the items' order.

/** Results may wait for an earlier one: so many beside those under way. */
const WAITING = 32;

/**
 * As runMany, for items that have yet to come. Takes no further item while enough are under way. Work that fails ends it.
 *
 * @param atOnce how many items to have under way now; at least 1 is.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  atOnce: () => number,
): AsyncGenerator<Result, void, void> {
  const results: Promise<Result>[] = [];
  let underWay = 0;
  let wake = (): void => undefined;
  const start = async (item: Item): Promise<Result> => {
    underWay += 1;
    try {
      return await work(item);
    } finally {
      underWay -= 1;
      wake();
    }
  };
  for await (const item of items) {
    const result = start(item);
    result.catch(() => undefined); // whoever takes it gets the failure
    results.push(result);
    while (underWay >= Math.max(1, atOnce())) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    while (results.length > underWay + WAITING) yield (await results.shift()) as Result;
  }
  for (let next = results.shift(); next; next = results.shift()) yield await next;
}
