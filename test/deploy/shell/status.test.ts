// Status lines, on a terminal that is an array.
import { expect, test } from 'vitest';
import { Status } from '../../../deploy/shell/status.ts';

function fakeTerminal(columns = 10) {
  const written: string[] = [];
  return { columns, written, write: (text: string) => written.push(text) };
}

test('redraws several lines in place, each within the width', () => {
  const terminal = fakeTerminal();
  const status = new Status(terminal);
  status.draw(['one', 'two, which is too wide']);
  status.draw(['one']);
  expect(terminal.written).toEqual(['\r\u001b[Kone\ntwo, whic', '\r\u001b[K\u001b[A\u001b[Kone']);
});

test('erases every line once, also when there is nothing more to show', () => {
  const terminal = fakeTerminal();
  const status = new Status(terminal);
  status.draw(['one', 'two', 'three']);
  status.draw([]);
  status.erase();
  expect(terminal.written.slice(1)).toEqual(['\r\u001b[K\u001b[A\u001b[K\u001b[A\u001b[K']);
});

test('shows whole lines where the width is not known', () => {
  const terminal = fakeTerminal(0);
  new Status(terminal).draw(['one line']);
  expect(terminal.written).toEqual(['\r\u001b[Kone line']);
});
