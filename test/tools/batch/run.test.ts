// Many items at once: order, how many, who waits for whom, and the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Room } from '../../../tools/batch/room.ts';
import { type Done, runMany } from '../../../tools/batch/run.ts';

/** Work that ends when the test says so. */
function steps() {
  const waiting = new Map<string, (error?: Error) => void>();
  const started: string[] = [];
  const work = (item: string): Promise<string> => {
    started.push(item);
    return new Promise((resolve, reject) => {
      waiting.set(item, (error) => (error ? reject(error) : resolve(item.toUpperCase())));
    });
  };
  const end = async (item: string, error?: Error): Promise<void> => {
    waiting.get(item)?.(error);
    await sleep(0);
  };
  return { work, started, end };
}

/** What a run has given so far. */
function collect(run: AsyncGenerator<Done<string, string>>) {
  const given: string[] = [];
  const ended = (async () => {
    for await (const { item, result } of run) given.push(result ?? `!${item}`);
  })();
  return { given, ended };
}

test('gives results in the order of the items, whatever the order in which work ends', async () => {
  const { work, started, end } = steps();
  const { given, ended } = collect(runMany(['a', 'b', 'c'], work, { atOnce: () => 3 }));
  expect(started).toEqual(['a', 'b', 'c']);
  await end('c');
  await end('b');
  expect(given).toEqual([]);
  await end('a');
  await ended;
  expect(given).toEqual(['A', 'B', 'C']);
});

test('gives results as they come when they may be unordered', async () => {
  const { work, end } = steps();
  const { given, ended } = collect(runMany(['a', 'b', 'c'], work, { atOnce: () => 3, unordered: true }));
  for (const item of ['c', 'a', 'b']) await end(item);
  await ended;
  expect(given).toEqual(['C', 'A', 'B']);
});

test('has as many items under way as it is told, also when that number changes', async () => {
  const { work, started, end } = steps();
  let most = 1;
  const { ended } = collect(runMany([...'abcdefg'], work, { atOnce: () => most }));
  expect(started).toHaveLength(1);
  most = 3;
  await end('a');
  expect(started).toEqual([...'abcd']);
  most = 1;
  await end('b');
  await end('c');
  expect(started).toEqual([...'abcd']);
  await end('d');
  expect(started).toEqual([...'abcde']);
  for (const item of 'efg') await end(item);
  await ended;
});

test('a slow item holds up no other, until the window is full', async () => {
  const { work, started, end } = steps();
  const { given, ended } = collect(runMany([...'abcdef'], work, { atOnce: () => 2, window: 4 }));
  for (const item of 'bcd') await end(item);
  expect(started).toEqual([...'abcd']);
  await end('a');
  expect(given).toEqual([...'ABCD']);
  for (const item of 'ef') await end(item);
  await ended;
  expect(given).toEqual([...'ABCDEF']);
});

test('an item that fails costs only its own result', async () => {
  const { work, end } = steps();
  const { given, ended } = collect(runMany(['a', 'b'], work, { atOnce: () => 2 }));
  await end('a', new Error('bad'));
  await end('b');
  await ended;
  expect(given).toEqual(['!a', 'B']);
});

test('starts nothing more when the caller stops', async () => {
  const { work, started, end } = steps();
  const run = runMany(['a', 'b', 'c'], work, { atOnce: () => 1 });
  const first = run.next();
  await end('a');
  await first;
  await run.return();
  await end('b');
  expect(started).toEqual(['a', 'b']);
});

test('a run over nothing ends', async () => {
  const { ended } = collect(runMany<string, string>([], async () => '', { atOnce: () => 1 }));
  await ended;
});

test('pictures are let in while there is room for their bytes, and in the order they came', async () => {
  const room = new Room(10);
  const entered: string[] = [];
  const enter = async (name: string, bytes: number, delayMs = 0) => {
    const { release } = await room.enter(async () => {
      await sleep(delayMs);
      return { bytes };
    });
    entered.push(name);
    return release;
  };
  const first = enter('a', 6, 20);
  const second = enter('b', 6);
  const third = enter('c', 1);
  const leave = await first;
  await sleep(5);
  expect(entered).toEqual(['a']);
  leave();
  leave();
  await Promise.all([second, third]);
  expect(entered).toEqual(['a', 'b', 'c']);
});

test('one picture is let in however large it is, and one that cannot be opened holds up no other', async () => {
  const room = new Room(10);
  const failed = room.enter(() => Promise.reject(new Error('gone')));
  await expect(failed).rejects.toThrow('gone');
  const { release } = await room.enter(() => ({ bytes: 1000 }));
  release();
  await room.enter(() => ({ bytes: 1 }));
});
