// `npm run bench:fan -- --simulate`: what 1,000,000 pictures on Lambda take, by the uplink and the account, as a table.
import { type Simulated, simulate } from './simulate.ts';

/** The client's processor: what `npm run bench:fan` printed, split into calls and pictures as test/bench/README.md says. */
const MEASURED = { usPerPicture: 900, usPerCall: 2_400 };

const USUAL: Simulated = {
  pictures: 1_000_000,
  bytes: 150_000,
  msPerPicture: 154,
  uplink: Number.POSITIVE_INFINITY,
  ...MEASURED,
  latencyMs: 40,
  coldMs: 1_500,
  most: 1_000,
  perTenSeconds: 1_000,
};

const CASES: [string, Partial<Simulated>][] = [
  ['an uplink without a limit', {}],
  ['10 Gbit/s', { uplink: 1.25e9 }],
  ['1 Gbit/s', { uplink: 1.25e8 }],
  ['100 Mbit/s', { uplink: 1.25e7 }],
  ['1 Gbit/s, an account of 10 environments', { uplink: 1.25e8, most: 10 }],
  ['1 Gbit/s, pictures of 30 kB', { uplink: 1.25e8, bytes: 30_000 }],
];

/** Markdown. */
export function millionTable(): string {
  const rows = CASES.map(([name, more]) => {
    const { seconds, perSecond, calls, throttled, usd, busy } = simulate({ ...USUAL, ...more });
    const [bottleneck = ''] = Object.entries(busy).sort(([, a], [, b]) => b - a)[0] ?? [];
    const share = (value: number): string => `${Math.round(100 * value)} %`;
    const shares = [busy.processor, busy.uplink, busy.environments].map(share).join(' | ');
    const cells = [name, (seconds / 60).toFixed(0), perSecond.toFixed(0), calls, throttled, usd.toFixed(2)];
    return `| ${cells.join(' | ')} | ${shares} | ${bottleneck} |`;
  });
  const head =
    '| | minutes | pictures a second | calls | throttled | USD | processor busy | uplink | environments | bottleneck |';
  return [head, '|---|---|---|---|---|---|---|---|---|---|', ...rows, ''].join('\n');
}
