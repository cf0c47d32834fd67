// Calls a function until it answers: tries again what may pass, and waits while the credentials have expired.
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import { ConfigError, type FaceError } from '../../handler/errors.ts';
import type { Lambda, Reply } from './lambda.ts';
import { explainRefusal, isRejected, isTransient, rejectedCredentials } from './refusals.ts';
import type { Body } from './request.ts';

/** Tries of a call, the first included. The SDK's own variable sets another number. */
const TRIES = 6;
const FIRST_WAIT_MS = 200;
const MOST_WAIT_MS = 10_000;
/** How long throttled calls are tried again without any answer. */
const PATIENCE_MS = 120_000;
/** How long a run waits for somebody to log in again, and how often it looks. */
const LOGIN_MS = 15 * 60_000;
const LOOK_MS = 5_000;
/** New credentials that AWS accepts, and the function's service does not: so often a call asks for others. */
const MOST_LOGINS = 3;

export interface CallerOptions {
  lambda: Lambda;
  region: string;
  /** Tells a person a line. */
  onNote: (text: string) => void;
  /** Looks so often for new credentials. */
  lookMs?: number | undefined;
}

/** A function's name, from its ARN. */
export function nameOf(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}

export class Caller {
  readonly #lambda: Lambda;
  readonly #region: string;
  readonly #onNote: (text: string) => void;
  readonly #lookMs: number;
  readonly #tries = triesOf(process.env.AWS_MAX_ATTEMPTS);
  /** When the last answer came; of the first throttling before any. */
  #answeredMs: number | undefined;
  #hasAnswered = false;
  #renewing: Promise<void> | undefined;

  constructor({ lambda, region, onNote, lookMs = LOOK_MS }: CallerOptions) {
    this.#lambda = lambda;
    this.#region = region;
    this.#onNote = onNote;
    this.#lookMs = lookMs;
  }

  /**
   * The function's answer or failure. A call that AWS throttles is not tried again here: there may be too many of them.
   *
   * @throws what the SDK throws, see explain(); ConfigError when the credentials work no more.
   */
  async call(arn: string, body: Body): Promise<Reply> {
    const reply = await pRetry(() => this.#callWithCredentials(arn, body), {
      retries: this.#tries - 1,
      minTimeout: FIRST_WAIT_MS,
      maxTimeout: MOST_WAIT_MS,
      randomize: true,
      shouldRetry: ({ error }) => isTransient(error),
    });
    this.#hasAnswered = true;
    this.#answeredMs = performance.now();
    return reply;
  }

  concurrency(): Promise<number | undefined> {
    return this.#lambda.concurrency();
  }

  /** Whether a throttled call is worth another try: others were answered lately, or not much time has passed. */
  isPatient(): boolean {
    this.#answeredMs ??= performance.now();
    return this.#tries > 1 && performance.now() - this.#answeredMs < PATIENCE_MS;
  }

  /** The failure of a call that did not reach the function. */
  explain(error: unknown, arn: string, bytes: number): FaceError {
    if (error instanceof ConfigError) return error;
    return explainRefusal(error as Error, nameOf(arn), this.#region, bytes);
  }

  async #callWithCredentials(arn: string, body: Body): Promise<Reply> {
    for (let logins = 0; ; logins += 1) {
      await this.#renewing;
      const payload = body.build();
      try {
        return await this.#lambda.call(arn, payload, () => body.sent(payload));
      } catch (error) {
        // Credentials that never worked are wrong, and waiting does not mend them.
        const isHopeless = !this.#hasAnswered || this.#tries === 1 || logins === MOST_LOGINS;
        if (!isRejected(error) || isHopeless) throw error;
        this.#renewing ??= this.#renew(error as Error).finally(() => {
          this.#renewing = undefined;
        });
        await this.#renewing;
      } finally {
        body.drop(payload);
      }
    }
  }

  async #renew(cause: Error): Promise<void> {
    const minutes = LOGIN_MS / 60_000;
    this.#onNote(
      `AWS does not accept the credentials any more (${cause.message}): log in to AWS again in another terminal, ` +
        `and this run goes on by itself; it waits for ${minutes} minutes`,
    );
    const endMs = performance.now() + LOGIN_MS;
    for (;;) {
      await pause(this.#lookMs);
      try {
        await this.#lambda.renew();
        this.#onNote('AWS accepts the credentials again: going on');
        return;
      } catch (error) {
        // A failure without a cause is final: the new credentials are of another account.
        if (!(error instanceof ConfigError) || error.cause === undefined) throw error;
        if (performance.now() > endMs) throw rejectedCredentials(cause);
      }
    }
  }
}

function triesOf(text: string | undefined): number {
  const tries = Number(text);
  return Number.isInteger(tries) && tries >= 1 ? tries : TRIES;
}
