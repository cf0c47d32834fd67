// Memory of pictures that is used again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Buffers } from '../../../tools/batch/buffers.ts';
import { overPictures } from '../../../tools/batch/pictures.ts';
import { scratchFolder } from '../../helpers.ts';

test('gives the same memory again to what fits, and other memory to what is larger or much smaller', () => {
  const buffers = new Buffers();
  const first = buffers.take(150_000);
  expect(first.length).toBeGreaterThanOrEqual(150_000);
  buffers.giveBack(first);
  expect(buffers.take(400_000)).not.toBe(first);
  expect(buffers.take(10_000)).not.toBe(first);
  expect(buffers.take(140_000)).toBe(first);
  expect(buffers.take(140_000)).not.toBe(first);
});

test('keeps 64 MiB at most', () => {
  const buffers = new Buffers();
  const three = [1, 2, 3].map(() => buffers.take(30 * 2 ** 20));
  for (const each of three) buffers.giveBack(each);
  const again = [1, 2, 3].map(() => buffers.take(30 * 2 ** 20));
  expect(again.filter((each) => three.includes(each))).toHaveLength(2);
});

test('pictures of other lengths in the same memory are read as they are', async () => {
  const folder = await scratchFolder();
  const texts = ['a'.repeat(70_000), 'bb', 'c'.repeat(69_000), '', 'd'.repeat(200_000)];
  const paths = texts.map((text, i) => {
    writeFileSync(join(folder, String(i)), text);
    return join(folder, String(i));
  });
  const memory = new Set<ArrayBufferLike>();
  const read: string[] = [];
  const work = async (picture: { read(): Promise<Buffer> }) => {
    const bytes = await picture.read();
    memory.add(bytes.buffer);
    return bytes.toString('latin1');
  };
  const how = { maxBytes: 1e6, pathOf: (path: string) => path, atOnce: () => 1, reuse: true };
  for await (const { result } of overPictures(paths, work, how)) read.push(result as string);
  expect(read).toEqual(texts);
  expect(memory.size).toBeLessThan(paths.length);
});
