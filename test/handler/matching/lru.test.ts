// The cache: what it keeps, and what it drops first.
import { expect, test } from 'vitest';
import { Lru } from '../../../handler/matching/lru.ts';

test('the least recently used values are dropped until the rest fits', () => {
  const kept = new Lru<number>(10);
  for (const [i, key] of ['a', 'b', 'c'].entries()) kept.set(key, i, 3);
  expect(kept.get('a')).toBe(0);
  kept.set('d', 3, 3);
  expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key))).toEqual([0, undefined, 2, 3]);
  kept.set('e', 4, 10);
  expect(['a', 'c', 'd', 'e'].map((key) => kept.get(key))).toEqual([undefined, undefined, undefined, 4]);
  expect(kept.bytes).toBe(10);
});

test('a value set twice counts once, and a value that is too large is not kept and displaces nothing', () => {
  const kept = new Lru<string>(10);
  kept.set('a', 'old', 4);
  kept.set('a', 'new', 6);
  expect([kept.get('a'), kept.bytes]).toEqual(['new', 6]);
  kept.set('b', 'large', 11);
  expect([kept.get('a'), kept.get('b'), kept.bytes]).toEqual(['new', undefined, 6]);
});
