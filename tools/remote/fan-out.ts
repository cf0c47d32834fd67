// Many pictures -> calls of the recognizer side by side, several small pictures to a call -> an answer each.
import { type FaceError, ModelError, stopsEverything } from '../../handler/errors.ts';
import { type Caller, nameOf } from './caller.ts';
import type { Budget, Reservation } from './cost.ts';
import { MAX_GROUP, takeGroup, usualGroup } from './grouping.ts';
import type { Reply } from './lambda.ts';
import { Measured } from './measured.ts';
import { isThrottled } from './refusals.ts';
import { settleReply } from './replies.ts';
import { Payloads } from './request.ts';
import type { Judged, Task, TaskListener } from './task.ts';
import type { Window } from './window.ts';

/** With fewer calls under way, a picture is sent at once. */
const EAGER = 8;
/** Longer than it takes to read some pictures, and short beside a call. */
const LINGER_MS = 100;
/** After a throttling nothing is started for this long, twice as long after the next, up to the most. */
const PAUSE_MS = 250;
const MOST_PAUSE_MS = 8_000;
/** While more bytes of requests are on their way out, no other call is started: they would only fill the memory. */
const MOST_SENDING_BYTES = 48 * 2 ** 20;

export interface FanOutOptions {
  caller: Caller;
  /** The recognizer. */
  arn: string;
  budget: Budget;
  window: Window;
}

/** Sends pictures as they come, at most as many calls at a time as the window allows, and tells each its answer. */
export class FanOut {
  readonly measured = new Measured();
  readonly #caller: Caller;
  readonly #arn: string;
  readonly #budget: Budget;
  readonly #window: Window;
  readonly #payloads = new Payloads(() => this.#pumpSoon());
  #waiting: Task[] = [];
  /** Pictures that have yet to be submitted. */
  #expected = 0;
  #isAsked = false;
  /** Whether the deployed function knows `images`. */
  #takesSeveral = true;
  #isPumping = false;
  #pauseMs = 0;
  #paused: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;

  constructor({ caller, arn, budget, window }: FanOutOptions) {
    this.#caller = caller;
    this.#arn = arn;
    this.#budget = budget;
    this.#window = window;
  }

  /** Pictures to have outstanding: those under way, and enough for the calls that may start when these are answered. */
  atOnce(): number {
    const { msPerPicture, bytesPerPicture } = this.measured;
    return 2 * this.#window.size * (this.#takesSeveral ? usualGroup(msPerPicture, bytesPerPicture) : 1);
  }

  /** So many more pictures are going to be submitted, or fewer if negative. */
  expect(more: number): void {
    this.#expected += more;
    if (this.#expected > this.#window.size) void this.#askAccount();
  }

  /** The answer to one picture. Rejects with the failures of handler/errors.ts. */
  submit(image: Uint8Array, judged: Judged, listener: TaskListener): Promise<unknown> {
    this.#expected -= 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        image,
        judged,
        listener,
        resolve,
        reject,
        sinceMs: performance.now(),
        undone: 0,
        deaths: 0,
        most: MAX_GROUP,
      });
      this.#pumpSoon();
    });
  }

  /** Stops what waits. */
  close(): void {
    this.#waiting.length = 0;
    clearTimeout(this.#paused);
    clearTimeout(this.#lingering);
  }

  // Soon and not at once: pictures that come in one turn of the event loop can then travel together.
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#mayStart() && !this.#isWorthWaiting()) {
      let room: number;
      try {
        room = this.#budget.room();
      } catch (error) {
        for (const task of this.#waiting.splice(0)) task.reject(error);
        return;
      }
      if (room === 0) return; // a call under way has to end first
      const { msPerPicture } = this.measured;
      const most = this.#takesSeveral ? room : 1;
      void this.#send(takeGroup(this.#waiting, { share: this.#share(), msPerPicture, most }));
    }
    if (this.#waiting.length > 0) void this.#askAccount();
  }

  #mayStart(): boolean {
    if (this.#waiting.length === 0 || this.#paused) return false;
    return this.#window.free > 0 && this.#payloads.sendingBytes < MOST_SENDING_BYTES;
  }

  /** A call's share of the pictures that are still to be sent. While few calls are under way, of those that are here. */
  #share(): number {
    const { underWay, size } = this.#window;
    const later = underWay < EAGER ? 0 : Math.max(0, this.#expected);
    return Math.ceil((this.#waiting.length + later) / size);
  }

  /** While several calls are under way, pictures wait a moment for others to travel with: a call of its own costs more. */
  #isWorthWaiting(): boolean {
    const { msPerPicture, bytesPerPicture } = this.measured;
    const [first] = this.#waiting;
    if (!first || !this.#takesSeveral || this.#window.underWay < EAGER) return false;
    if (this.#waiting.length >= Math.min(this.#share(), usualGroup(msPerPicture, bytesPerPicture))) return false;
    const leftMs = first.sinceMs + LINGER_MS - performance.now();
    if (leftMs <= 0) return false;
    this.#lingering ??= setTimeout(() => {
      this.#lingering = undefined;
      this.#pump();
    }, leftMs);
    return true;
  }

  /** Asked once, when there is more to do than the first calls can hold. */
  async #askAccount(): Promise<void> {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const concurrency = await this.#caller.concurrency();
    if (concurrency === undefined) return;
    this.#window.allow(concurrency);
    this.#pumpSoon();
  }

  async #send(group: Task[]): Promise<void> {
    const reservation = this.#budget.reserve(group.length);
    const startedMs = this.#window.start();
    for (const { listener } of group) listener.onStart?.();
    try {
      const reply = await this.#caller.call(this.#arn, this.#payloads.of(group));
      this.#pauseMs = 0;
      const { underWay } = this.#window;
      const tookMs = performance.now() - startedMs;
      this.#window.answered(startedMs, this.measured.add(group, reply, underWay, tookMs));
      if (this.#settle(group, reply, reservation)) this.#deliver(group, reply);
    } catch (error) {
      reservation.settle(undefined);
      this.#onRefusal(group, error, startedMs);
    }
    this.#pumpSoon();
  }

  /** Whether the run may go on. */
  #settle(group: Task[], { report }: Reply, reservation: Reservation): boolean {
    try {
      reservation.settle(report ?? 'unknown');
    } catch (error) {
      for (const task of [...group, ...this.#waiting.splice(0)]) task.reject(error);
      return false;
    }
    if (!report) return true;
    const billedMs = Math.round((1000 * report.billedMs) / group.length) / 1000;
    for (const { listener } of group) listener.onCharge?.({ billedMs, costUsd: report.costUsd / group.length });
    return true;
  }

  #onRefusal(group: Task[], error: unknown, startedMs: number): void {
    const isThrottling = isThrottled(error);
    if (isThrottling) this.#window.throttled(startedMs);
    else this.#window.failed();
    if (!isThrottling || !this.#caller.isPatient()) {
      this.#fail(group, this.#caller.explain(error, this.#arn, this.#payloads.of(group).bytes));
      return;
    }
    this.measured.throttled(error);
    this.#waiting.unshift(...group);
    if (this.#paused) return;
    this.#pauseMs = Math.min(MOST_PAUSE_MS, Math.max(PAUSE_MS, 2 * this.#pauseMs));
    this.#paused = setTimeout(
      () => {
        this.#paused = undefined;
        this.#pump();
      },
      this.#pauseMs * (0.5 + Math.random()),
    );
  }

  #deliver(group: Task[], reply: Reply): void {
    const { again, failure, isOld } = settleReply(group, reply, {
      name: nameOf(this.#arn),
      isPatient: () => this.#caller.isPatient(),
    });
    if (isOld) this.#takesSeveral = false;
    this.#waiting.unshift(...again);
    if (failure) this.#fail(group, failure);
  }

  /** A failure of these pictures; where it would be that of all that are judged alike, also of those that wait. */
  #fail(group: Task[], failure: FaceError): void {
    const isOfAll = stopsEverything(failure) || failure instanceof ModelError;
    const isAlike = ({ judged }: Task) => isOfAll && judged === group[0]?.judged;
    const alike = this.#waiting.filter(isAlike);
    if (alike.length > 0) this.#waiting = this.#waiting.filter((task) => !isAlike(task));
    for (const task of [...group, ...alike]) task.reject(failure);
  }
}
