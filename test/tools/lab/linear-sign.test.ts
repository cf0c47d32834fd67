// Fitting a linear sign, where the answer is known on paper.
import { expect, test } from 'vitest';
import { fitSign, mirrored } from '../../../tools/lab/linear-sign.ts';

test('a value that tells the two apart gets the weight of the ridge formula, and one that does not gets none', () => {
  // With x = 1 and -1, equally weighted, the equations are (1 + .3) w = 1 and constant = 0.
  const { weights, of } = fitSign([[1, 5]], [[-1, 5]]);
  expect(weights[0]).toBeCloseTo(1 / 1.3, 9);
  expect((weights[1] as number) * 5 + (weights[2] as number)).toBeCloseTo(0, 9);
  expect(of([1, 5])).toBeCloseTo(1 / 1.3, 9);
});

test('both kinds weigh the same, however many there are of each', () => {
  const few = fitSign([[1]], [[-1]]).weights;
  const many = fitSign(
    [[1]],
    Array.from({ length: 50 }, () => [-1]),
  ).weights;
  many.forEach((weight, i) => {
    expect(weight).toBeCloseTo(few[i] as number, 9);
  });
});

test("a mirror image's cells run the other way in each row", () => {
  expect(mirrored([1, 2, 3, 4, 5, 6], 3)).toEqual([3, 2, 1, 6, 5, 4]);
});
