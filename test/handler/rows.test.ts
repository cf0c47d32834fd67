// Rows and columns of a group photo.
import { expect, test } from 'vitest';
import { seatsOf } from '../../handler/rows.ts';

const at = (left: number, top: number, side = 100) => ({ left, top, right: left + side, bottom: top + side });

test('two rows are distinguished, even if heads in a row are not level', () => {
  const seats = seatsOf([at(0, 20), at(150, 300), at(200, 0), at(400, 40), at(350, 280)]);
  expect(seats.map(({ row, column }) => `${row}.${column}`)).toEqual(['1.1', '2.1', '1.2', '1.3', '2.2']);
});

test('people side by side are one row, even if one is shorter', () => {
  expect(seatsOf([at(0, 75), at(200, 0), at(400, 10)]).map(({ row }) => row)).toEqual([1, 1, 1]);
});

test('one face is in row 1, column 1; without faces there are no rows', () => {
  expect(seatsOf([at(5, 5)])).toEqual([{ row: 1, column: 1 }]);
  expect(seatsOf([])).toEqual([]);
});
