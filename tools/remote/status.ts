// How a run on AWS stands, in words for the line that shows its progress.
import { showUsd } from './cost.ts';
import type { Measured } from './measured.ts';

/** `154 environments, USD 0.058 spent`; with `throttled 3 times (why)` where AWS asked for fewer calls. */
export function runStatus(
  { environments, throttles, throttledBecause, sentBytes, calls }: Measured,
  spentUsd: number,
): string {
  if (calls === 0) return '';
  const parts = [
    `${environments} ${environments === 1 ? 'environment' : 'environments'}`,
    `USD ${showUsd(spentUsd)} spent`,
  ];
  if (sentBytes >= 1e9) parts.push(`${(sentBytes / 1e9).toFixed(1)} GB sent`);
  if (throttles > 0) parts.push(`throttled ${throttles} times${throttledBecause && ` (${throttledBecause})`}`);
  return parts.join(', ');
}
