// The progress line, on a terminal that is an array.
import { expect, test } from 'vitest';
import { ProgressLine, progressLine } from '../../../tools/cli/progress-line.ts';

function fakeTerminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 30, written, write: (text: string) => written.push(text) };
}

/** A line of a run without a journal. */
const line = (done: number, total: number, elapsedMs: number, more?: string) =>
  progressLine({ done, judged: done, total }, elapsedMs, more);

test('tells rate and time left of the pictures after the first', () => {
  expect(line(11, 340, 2000)).toBe('11 of 340 pictures, 5.0 a second, 1 min 6 s left');
  expect(line(2, 3, 500)).toBe('2 of 3 pictures, 2.0 a second, 1 s left');
  expect(line(1, 3, 0)).toBe('1 of 3 pictures');
  expect(line(2, 3, 500, 'USD 0.01 spent')).toBe('2 of 3 pictures, 2.0 a second, USD 0.01 spent, 1 s left');
});

test('pictures that the journal answered do not count for rate and time left', () => {
  const terminal = { ...fakeTerminal(true), columns: 100 };
  let now = 0;
  const progress = new ProgressLine(1000, terminal, undefined, () => now);
  for (; now < 900; now += 1) progress.advance(true);
  for (now = 2000; now <= 12_000; now += 500) progress.advance();
  expect(terminal.written.at(-1)).toBe('\r\u001b[K921 of 1000 pictures, 2.0 a second, 40 s left');
  expect(terminal.written[0]).toBe('\r\u001b[K1 of 1000 pictures');
});

test('writes nothing without a terminal, or for one picture', () => {
  const pipe = fakeTerminal(false);
  const terminal = fakeTerminal(true);
  for (const progress of [new ProgressLine(3, pipe), new ProgressLine(1, terminal), new ProgressLine(3, undefined)]) {
    progress.advance();
    progress.clear();
  }
  expect([...pipe.written, ...terminal.written]).toEqual([]);
});

test('rewrites one line, ten times a second at most, within the width', () => {
  const terminal = fakeTerminal(true);
  let now = 0;
  const progress = new ProgressLine(100, terminal, undefined, () => now);
  for (now = 0; now < 1000; now += 20) progress.advance();
  expect(terminal.written).toHaveLength(10);
  expect(terminal.written.every((text) => text.startsWith('\r\u001b[K') && text.length <= 4 + 29)).toBe(true);
});

test('clears the line once, and does not draw when all is done', () => {
  const terminal = fakeTerminal(true);
  const progress = new ProgressLine(2, terminal);
  progress.advance();
  progress.clear();
  progress.clear();
  progress.advance();
  expect(terminal.written).toEqual(['\r\u001b[K1 of 2 pictures', '\r\u001b[K']);
});
