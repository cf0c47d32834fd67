// What a run of many pictures on AWS will take, said before it begins: calls, time, money.
import type { Deployment } from '../../deploy/cloud/record.ts';
import { costUsd, showUsd } from './cost.ts';
import { base64Bytes, usualGroup } from './grouping.ts';
import type { Upcoming } from './invoke.ts';

/**
 * A picture of one face at 1,769 MB, one vCPU, as the root README has it; with less memory it takes longer in proportion. With
 * more, so many are judged at a time as there are vCPUs (handler/sidecar/cores.ts).
 */
const USUAL_MS = 154;
const USUAL_MB = 1_769;
const USUAL_BYTES = 150_000;
/** Pictures a second that one client sends; test/bench/README.md has the measurement. */
const CLIENT_RATE = 1_000;
/** Until the first environments have started. */
const START_S = 3;
/** A home's or office's uplink, for comparison. */
const UPLINK_BYTES = 5e6;

/** What a picture is expected to take in a function. */
export function usualMs({ memoryMb }: Pick<Deployment, 'memoryMb'>): number {
  return (USUAL_MS * Math.max(1, USUAL_MB / memoryMb)) / Math.max(1, Math.floor(memoryMb / USUAL_MB));
}

/** `100,000 pictures: about 16,667 calls and USD 0.45, 103 s; 1 h 6 min where the uplink carries 5 MB a second`. */
export function forecast(
  { pictures, meanBytes = USUAL_BYTES }: Upcoming,
  deployment: Deployment,
  limit: number,
): string {
  const { memoryMb, architecture } = deployment;
  const ms = usualMs(deployment);
  const group = Math.min(usualGroup(ms, meanBytes), Math.ceil(pictures / limit));
  const calls = Math.ceil(pictures / group);
  const usd = calls * costUsd((ms * pictures) / calls, memoryMb, architecture);
  const seconds = START_S + pictures / Math.min(CLIENT_RATE, (limit * 1000) / ms);
  const uplinkSeconds = (pictures * base64Bytes(meanBytes)) / UPLINK_BYTES;
  const slower =
    uplinkSeconds > seconds ? `; ${showSeconds(uplinkSeconds)} where the uplink carries 5 MB a second` : '';
  return `${count(pictures)} pictures: about ${count(calls)} calls and USD ${showUsd(usd)}, ${showSeconds(seconds)}${slower}`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** `45 s`, `12 min`, `1 h 6 min`. */
export function showSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
