// Numbers in messages never contradict the limit beside them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textBeside } from '../../handler/numbers.ts';

test.each([
  [0.0799, 0.08, 3, '0.0799'],
  [0.07, 0.08, 3, '0.070'],
  [19.7, 20, 0, '19.7'],
  [19.2, 20, 0, '19'],
  [185.0001, 185, 0, '185.0001'],
  [0.08, 0.08, 3, '0.080'],
])('%d beside %d, of %i digits or more, is %s', (value, limit, digits, text) => {
  expect(textBeside(value, limit, digits)).toBe(text);
});

test('a number as text is on the same side of the limit as the number', () => {
  const number = fc.double({ min: 0, max: 300, noNaN: true });
  fc.assert(
    fc.property(number, number, fc.integer({ min: 0, max: 6 }), (value, limit, digits) => {
      expect(Math.sign(Number(textBeside(value, limit, digits)) - limit)).toBe(Math.sign(value - limit));
    }),
    {
      examples: [
        [0.0799999999, 0.08, 3],
        [5e-324, 0, 2],
      ],
    },
  );
});
