// What a call costs, and a sum that is not exceeded.
import { expect, test } from 'vitest';
import { Budget, costUsd, readReport, showUsd } from '../../../tools/remote/cost.ts';

const END = 'END RequestId: 1f3c\n';
// As Lambda writes it, with tabs.
const REPORT =
  'REPORT RequestId: 1f3c\tDuration: 522.07 ms\tBilled Duration: 523 ms\tMemory Size: 1769 MB\tMax Memory Used: 120 MB\tInit Duration: 300.10 ms\t\n';
const RESTORED =
  'REPORT RequestId: 1f3c\tDuration: 10.00 ms\tBilled Duration: 400 ms\tMemory Size: 1024 MB\tMax Memory Used: 9 MB\tRestore Duration: 390.00 ms\tBilled Restore Duration: 100 ms\n';

test('reads the billed milliseconds and the memory from the end of the log', () => {
  const charge = readReport(`START\nREPORT of something else\n${END}${REPORT}`, 'x86_64');
  expect(charge?.billedMs).toBe(523);
  // 0.523 s x 1769/1024 GB x 0.0000166667 USD + 0.0000002 USD
  expect(charge?.costUsd).toBeCloseTo(0.000015258412, 12);
});

test('adds the restoring of a snapshot', () => {
  expect(readReport(RESTORED, 'arm64')).toEqual({ billedMs: 500, costUsd: 0.0000002 + 0.5 * 0.0000133334 });
});

test('knows nothing without a report', () => {
  expect(readReport('', 'x86_64')).toBeUndefined();
  expect(readReport(END, 'x86_64')).toBeUndefined();
  expect(readReport('REPORT RequestId: 1\tDuration: 1 ms\n', 'x86_64')).toBeUndefined();
});

test('counts GB as AWS does and the request with it', () => {
  expect(costUsd(1000, 1024, 'x86_64')).toBeCloseTo(0.0000168667, 12);
  expect(costUsd(0, 1024, 'arm64')).toBe(0.0000002);
});

test('refuses the call that would go beyond the budget, by what calls cost so far', () => {
  const budget = new Budget(0.00005);
  const charge = { billedMs: 1000, costUsd: 0.00002 };
  for (let call = 0; call < 2; call += 1) {
    budget.check();
    budget.add(charge);
  }
  expect(() => budget.check()).toThrow(
    'the budget of USD 0.00005 is used up: 2 calls cost USD 0.000040, and the next would cost about USD 0.000020: raise --budget, or use --local',
  );
});

test('refuses the first call when even the least is too much, and any call that tells no cost', () => {
  expect(() => new Budget(0).check()).toThrow('the budget of USD 0 is used up');
  expect(() => new Budget(1).add(undefined)).toThrow('does not report its cost');
  expect(() => new Budget().add(undefined)).not.toThrow();
});

test('shows small sums without exponents', () => {
  expect([0, 0.5, 0.000015258412, 1e-9].map(showUsd)).toEqual(['0.00', '0.50', '0.000015', '0.0000000010']);
});
