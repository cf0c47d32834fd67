// Two decisions on the same pairs, counted on paper.
import { expect, test } from 'vitest';
import { isHeldOut } from '../../../tools/lab/hold-out.ts';
import { mcnemar } from '../../../tools/lab/mcnemar.ts';

test('counts pairs that one decision alone finds, and people by which finds more of them', () => {
  const people = [0, 0, 0, 1, 1, 2, 3];
  const first = [true, true, false, false, false, true, true];
  const second = [false, false, true, true, true, true, false];
  // Person 0: the first finds 2 and the second 1; person 1: 0 and 2; person 2: no difference; person 3: 1 and 0.
  expect(mcnemar(first, second, people)).toEqual({
    first: 3,
    second: 3,
    people: [2, 1],
    z: -1 / Math.sqrt(3),
  });
});

test('two decisions that agree differ by nothing', () => {
  expect(mcnemar([true, false], [true, false], [0, 1])).toEqual({ first: 0, second: 0, people: [0, 0], z: 0 });
});

test('a quarter of all people is held out, by name, the same everywhere', () => {
  // The first byte of SHA-256('d') is 0x18, of 'a' 0xca: sha256sum says so.
  expect([isHeldOut('d'), isHeldOut('a')]).toEqual([true, false]);
  const share = Array.from({ length: 4000 }, (_, i) => `person ${i}`).filter(isHeldOut).length / 4000;
  expect(share).toBeGreaterThan(0.22);
  expect(share).toBeLessThan(0.28);
});
