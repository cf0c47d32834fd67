// What goes through a bucket can be opened with its key only.
import { expect, test } from 'vitest';
import { RequestError } from '../../handler/errors.ts';
import { newSealKey, seal, unseal } from '../../handler/seal.ts';

test('opens what it sealed, and shows nothing of it', () => {
  const key = newSealKey();
  const sealed = seal('0.25,0.5 é', key);
  expect(sealed.toString('latin1')).not.toContain('0.25');
  expect(unseal(sealed, key)).toBe('0.25,0.5 é');
  expect(seal('0.25,0.5 é', key)).not.toEqual(sealed);
});

test.each([
  ['another key', (sealed: Buffer) => sealed, newSealKey()],
  ['a changed byte', (sealed: Buffer) => Buffer.concat([sealed.subarray(0, -1), Buffer.of(1)]), undefined],
  ['too few bytes', (sealed: Buffer) => sealed.subarray(0, 20), undefined],
  ['a key of another length', (sealed: Buffer) => sealed, 'AAAA'],
])('refuses %s in one line', (_what, change, other) => {
  const key = newSealKey();
  expect(() => unseal(change(seal('text', key)), other ?? key)).toThrow(RequestError);
});
