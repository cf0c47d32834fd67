// The fan-out with the clock of a simulation: the real window and grouping, against the scaling stand-in's rules, an uplink and a
// client whose processor takes a while for each call and picture. Shows what 1,000,000 pictures would take, and what holds them up.
import { base64Bytes, takeGroup, usualGroup, type Waiting } from '../../../tools/remote/grouping.ts';
import { Window } from '../../../tools/remote/window.ts';

export interface Simulated {
  pictures: number;
  bytes: number;
  msPerPicture: number;
  /** Bytes a second. */
  uplink: number;
  /** What the client's processor takes, in microseconds. */
  usPerPicture: number;
  usPerCall: number;
  latencyMs: number;
  coldMs: number;
  most: number;
  perTenSeconds: number;
}

export interface Outcome {
  seconds: number;
  perSecond: number;
  calls: number;
  throttled: number;
  environments: number;
  usd: number;
  /** The share of the time that each was busy; the largest is the bottleneck. */
  busy: { processor: number; uplink: number; environments: number };
}

const JUDGED = { json: '' };
/** Of 1,769 MB on x86_64 a millisecond, and of a request: tools/remote/cost.ts. */
const [MS_USD, REQUEST_USD] = [(1769 / 1024) * 0.0000000166667, 0.0000002];
const RETRY_MS = 250;

/** Events of the simulation, the earliest first. */
class Agenda {
  readonly #events: { atMs: number; act: () => void }[] = [];
  nowMs = 0;

  at(atMs: number, act: () => void): void {
    const events = this.#events;
    let i = events.push({ atMs, act }) - 1;
    for (let up = (i - 1) >> 1; i > 0 && (events[up]?.atMs ?? 0) > atMs; i = up, up = (i - 1) >> 1) this.#swap(i, up);
  }

  run(): void {
    const events = this.#events;
    for (let first = events[0]; first; first = events[0]) {
      this.#swap(0, events.length - 1);
      events.pop();
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        let least = i;
        if (left < events.length && this.#time(left) < this.#time(least)) least = left;
        if (right < events.length && this.#time(right) < this.#time(least)) least = right;
        if (least === i) break;
        this.#swap(i, least);
        i = least;
      }
      this.nowMs = first.atMs;
      first.act();
    }
  }

  #time(i: number): number {
    return this.#events[i]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#events[a], this.#events[b]];
    if (one && other) [this.#events[a], this.#events[b]] = [other, one];
  }
}

export function simulate(given: Simulated): Outcome {
  const agenda = new Agenda();
  const window = new Window(1000, () => agenda.nowMs);
  window.allow(given.most);
  const image = { length: given.bytes } as Uint8Array;
  let [left, done, calls, throttled, environments, idle, starts] = [given.pictures, 0, 0, 0, 0, 0, given.perTenSeconds];
  let [countedMs, pausedMs, usd, processorMs, uplinkMs, workMs] = [0, 0, 0, 0, 0, 0];
  const free = { processor: 0, uplink: 0 }; // when each is free again
  const waiting: Waiting[] = [];

  const invoke = (count: number, startedMs: number): void => {
    starts = Math.min(given.perTenSeconds, starts + ((agenda.nowMs - countedMs) / 10_000) * given.perTenSeconds);
    countedMs = agenda.nowMs;
    const isCold = idle === 0;
    if (isCold && (environments >= given.most || starts < 1)) {
      throttled += 1;
      window.throttled(startedMs);
      left += count;
      pausedMs = agenda.nowMs + RETRY_MS;
      agenda.at(pausedMs, pump);
      return;
    }
    if (isCold) [environments, starts] = [environments + 1, starts - 1];
    else idle -= 1;
    const tookMs = count * given.msPerPicture + (isCold ? given.coldMs : 0);
    calls += 1;
    workMs += tookMs;
    usd += tookMs * MS_USD + REQUEST_USD;
    agenda.at(agenda.nowMs + tookMs, () => {
      idle += 1;
      agenda.at(agenda.nowMs + given.latencyMs / 2, () => {
        done += count;
        window.answered(startedMs, isCold ? undefined : agenda.nowMs - startedMs - tookMs);
        pump();
      });
    });
  };
  const pump = (): void => {
    while (left > 0 && window.free > 0 && agenda.nowMs >= pausedMs) {
      const usual = usualGroup(given.msPerPicture, given.bytes);
      while (waiting.length < Math.min(left, usual)) waiting.push({ judged: JUDGED, image, most: usual });
      const share = Math.ceil(left / window.size);
      const { length: count } = takeGroup(waiting, { share, msPerPicture: given.msPerPicture, most: left });
      left -= count;
      const startedMs = window.start();
      const cpuMs = (given.usPerCall + count * given.usPerPicture) / 1000;
      const sendMs = (1000 * count * base64Bytes(given.bytes)) / given.uplink;
      free.processor = Math.max(free.processor, agenda.nowMs) + cpuMs;
      free.uplink = Math.max(free.uplink, free.processor) + sendMs;
      [processorMs, uplinkMs] = [processorMs + cpuMs, uplinkMs + sendMs];
      agenda.at(free.uplink + given.latencyMs / 2, () => invoke(count, startedMs));
    }
  };
  agenda.at(0, pump);
  agenda.run();
  const ms = agenda.nowMs;
  const busy = { processor: processorMs / ms, uplink: uplinkMs / ms, environments: workMs / ms / given.most };
  return { seconds: ms / 1000, perSecond: done / (ms / 1000), calls, throttled, environments, usd, busy };
}
