// Faces of a group photo -> rows and columns, as a person points at them.
import type { Box } from './sidecar/faces.ts';

/** Both from 1: rows from the top, columns from the left. */
export interface Seat {
  row: number;
  column: number;
}

/** A face is of a row if its middle is within this part of its height from the middle of the row's faces. */
const ROW_REACH = 0.8;

/** `row 2, column 1` for each box; nothing where all are in one row, since faces are numbered left to right. */
export function seatTexts(boxes: readonly Box[]): (string | undefined)[] {
  const seats = seatsOf(boxes);
  const severalRows = seats.some(({ row }) => row > 1);
  return seats.map(({ row, column }) => (severalRows ? `row ${row}, column ${column}` : undefined));
}

/** Where each box is; the order stays. */
export function seatsOf(boxes: readonly Box[]): Seat[] {
  const middle = ({ top, bottom }: Box): number => (top + bottom) / 2;
  const rows: Box[][] = [];
  for (const box of [...boxes].sort((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    const mean = row ? row.reduce((sum, one) => sum + middle(one), 0) / row.length : 0;
    if (row && middle(box) - mean <= ROW_REACH * (box.bottom - box.top)) row.push(box);
    else rows.push([box]);
  }
  const seats = new Map<Box, Seat>();
  for (const [row, inRow] of rows.entries()) {
    inRow.sort((a, b) => a.left - b.left);
    for (const [column, box] of inRow.entries()) seats.set(box, { row: row + 1, column: column + 1 });
  }
  return boxes.map((box) => seats.get(box) as Seat);
}
