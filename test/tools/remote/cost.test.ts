// What a call costs, and a sum that is not exceeded.
import { expect, test } from 'vitest';
import { Budget, costUsd, type Reservation, readReport, showUsd } from '../../../tools/remote/cost.ts';

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
  expect(readReport(RESTORED, 'arm64')).toEqual({
    billedMs: 500,
    startMs: 390,
    costUsd: 0.0000002 + 0.5 * 0.0000133334,
  });
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

/** A call of so many pictures that costs so much. */
function call(budget: Budget, pictures: number, usd: number): void {
  budget.reserve(pictures).settle({ billedMs: 1000, costUsd: usd });
}

test('refuses the call that would go beyond the budget, by what calls cost so far', () => {
  const budget = new Budget(0.00005);
  for (let i = 0; i < 2; i += 1) {
    expect(budget.room()).toBeGreaterThan(0);
    call(budget, 1, 0.00002);
  }
  expect(() => budget.room()).toThrow(
    'the budget of USD 0.00005 is used up: 2 calls cost USD 0.000040, and the next would cost about USD 0.000020: raise --budget, or use --local',
  );
});

test('lets the first call go alone, because nobody knows yet what it costs', () => {
  const budget = new Budget(1);
  expect(budget.room()).toBe(1);
  const first = budget.reserve(1);
  expect(budget.room()).toBe(0);
  first.settle({ billedMs: 1, costUsd: 0.1 });
  expect(budget.room()).toBe(2); // a quarter of what is left
});

test('counts the calls under way, a picture as dear as the dearest before', () => {
  const budget = new Budget(1);
  call(budget, 1, 0.1);
  call(budget, 9, 0.1);
  const underWay = budget.reserve(10);
  expect(budget.room()).toBe(2); // of half of 0.8 USD 0.2 are reserved, by the average of 0.02
  const more = budget.reserve(2);
  expect(budget.room()).toBe(0);
  underWay.settle({ billedMs: 1, costUsd: 0.15 });
  more.settle(undefined); // never reached the function
  expect(budget.spentUsd).toBeCloseTo(0.35);
  expect(budget.room()).toBe(18); // of half of 0.65, by the average of 0.35 / 20
});

test('holds when pictures cost twice what the first one did, and the budget is used up to less than a picture', () => {
  const budget = new Budget(1);
  call(budget, 1, 0.005);
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const underWay: [Reservation, number][] = [];
    try {
      for (let room = budget.room(); room > 0; room = budget.room()) {
        const pictures = Math.min(room, 13);
        underWay.push([budget.reserve(pictures), pictures]);
      }
    } catch (error) {
      expect((error as Error).message).toContain('is used up');
      break;
    }
    for (const [reservation, pictures] of underWay) reservation.settle({ billedMs: 1, costUsd: 0.01 * pictures });
  }
  expect(budget.spentUsd).toBeGreaterThan(0.99);
  expect(budget.spentUsd).toBeLessThan(1.0001);
});

test('a call that does not tell its cost counts as the dearest before, once another has told its own', () => {
  const budget = new Budget(1);
  call(budget, 1, 0.1);
  budget.reserve(2).settle('unknown');
  expect(budget.spentUsd).toBeCloseTo(0.3);
});

test('refuses the first call when even the least is too much, and any call that tells no cost', () => {
  expect(() => new Budget(0).room()).toThrow('the budget of USD 0 is used up');
  expect(() => new Budget(1).reserve(1).settle('unknown')).toThrow('does not report its cost');
  expect(() => new Budget().reserve(1).settle('unknown')).not.toThrow();
  expect(new Budget().room()).toBe(Number.POSITIVE_INFINITY);
});

test('shows small sums without exponents', () => {
  expect([0, 0.5, 0.000015258412, 1e-9].map(showUsd)).toEqual(['0.00', '0.50', '0.000015', '0.0000000010']);
});
