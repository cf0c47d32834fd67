// What the fan-out does when functions die, run out of time or are old, and when credentials expire, in this process.
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ImageError, ModelError } from '../../../handler/errors.ts';
import { Caller } from '../../../tools/remote/caller.ts';
import { Budget } from '../../../tools/remote/cost.ts';
import { FanOut } from '../../../tools/remote/fan-out.ts';
import type { Lambda, Reply } from '../../../tools/remote/lambda.ts';
import { explainIdentity } from '../../../tools/remote/refusals.ts';
import type { Judged } from '../../../tools/remote/task.ts';
import { Window } from '../../../tools/remote/window.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:recognizes';
const REPORT = { billedMs: 10, startMs: 0, costUsd: 0.000001 };

afterEach(() => void vi.unstubAllEnvs());

/** The texts of the pictures of a request. */
function picturesOf(payload: Uint8Array): string[] {
  const event = JSON.parse(Buffer.from(payload).toString('utf8'));
  const texts = (event.images ?? [event.base64_image]) as string[];
  return texts.map((text) => Buffer.from(text, 'base64').toString('utf8'));
}

function isSeveral(payload: Uint8Array): boolean {
  return Buffer.from(payload).toString('utf8').startsWith('{"images":');
}

function succeed(payload: Uint8Array, answerOf: (picture: string) => object): Reply {
  const answers = picturesOf(payload).map(answerOf);
  return { body: isSeveral(payload) ? { answers } : answers[0], isFailure: false, report: REPORT };
}

function fail(errorType: string, errorMessage: string): Reply {
  return { body: { errorType, errorMessage }, isFailure: true, report: REPORT };
}

const echo = (picture: string) => ({ picture });

interface Fake extends Partial<Lambda> {
  call: Lambda['call'];
}

/** Submits pictures 0, 1, 2, ... and gives what became of each: its text, or the failure. */
async function run(fake: Fake, pictures: number, { calls = 2, notes = [] as string[] } = {}) {
  const lambda = { concurrency: async () => undefined, renew: async () => undefined, close: () => undefined, ...fake };
  const caller = new Caller({ lambda, region: 'eu-west-1', onNote: (text) => notes.push(text), lookMs: 1 });
  const fanOut = new FanOut({ caller, arn: ARN, budget: new Budget(), window: new Window(calls) });
  const judged: Judged = { json: '{"fmr":0.001}', answer: z.looseObject({ picture: z.string() }) };
  const waiting = Array.from({ length: pictures }, (_, i) =>
    fanOut.submit(Buffer.from(String(i)), judged, {}).then(
      (answer) => (answer as { picture: string }).picture,
      (error: Error) => error,
    ),
  );
  return Promise.all(waiting);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

test('pictures that wait share a request, and each gets its own answer or failure', async () => {
  const sizes: number[] = [];
  const bad = { errorType: 'ImageError', errorMessage: 'the picture cannot be used', code: 'UNUSABLE_PICTURE' };
  const done = await run(
    {
      call: async (_arn, payload) => {
        sizes.push(picturesOf(payload).length);
        return succeed(payload, (picture) => (picture === '7' ? bad : echo(picture)));
      },
    },
    20,
  );
  expect(done.map((each) => (typeof each === 'string' ? each : each.name))).toEqual(
    numbers(20).map((each) => (each === '7' ? 'ImageError' : each)),
  );
  expect(done[7]).toBeInstanceOf(ImageError);
  expect(sizes.length).toBeLessThan(10);
});

test('a picture that kills the function costs only its own answer', async () => {
  const done = await run(
    {
      call: async (_arn, payload) =>
        picturesOf(payload).includes('13') ? fail('Runtime.ExitError', 'signal: killed') : succeed(payload, echo),
    },
    30,
  );
  expect(done.filter((each) => typeof each === 'string')).toHaveLength(29);
  expect(String(done[13])).toContain('the function recognizes failed (Runtime.ExitError: signal: killed)');
});

test('what a function gives back is asked for again, at last alone', async () => {
  const asked: number[] = [];
  const undone = { errorType: 'UndoneError', errorMessage: 'no time', code: 'UNDONE' };
  const done = await run(
    {
      call: async (_arn, payload) => {
        if (picturesOf(payload).includes('3')) asked.push(picturesOf(payload).length);
        return succeed(payload, (picture) => (picture === '3' && isSeveral(payload) ? undone : echo(picture)));
      },
    },
    20,
  );
  expect(done).toEqual(numbers(20));
  expect(asked.at(-1)).toBe(1);
});

test('a function of an older version gets one picture a request', async () => {
  let several = 0;
  const done = await run(
    {
      call: async (_arn, payload) => {
        if (!isSeveral(payload)) return succeed(payload, echo);
        several += 1;
        return fail('RequestError', 'the request cannot be used: base64_image is missing');
      },
    },
    12,
  );
  expect(done).toEqual(numbers(12));
  expect(several).toBeLessThanOrEqual(2);
});

test('a failure that every picture would have ends those that wait, too', async () => {
  let calls = 0;
  const done = await run(
    {
      call: async () => {
        calls += 1;
        return fail('ModelError', 'the model cannot be used');
      },
    },
    1000,
  );
  expect(done.every((each) => each instanceof ModelError)).toBe(true);
  expect(calls).toBeLessThanOrEqual(2);
});

function sdkError(name: string, message: string, status?: number): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

test('a failure of AWS or the network is tried again', async () => {
  const failures = [sdkError('ServiceException', 'oops', 500), sdkError('TimeoutError', 'socket hang up')];
  const done = await run(
    {
      call: async (_arn, payload) => {
        const failure = failures.pop();
        if (failure) throw failure;
        return succeed(payload, echo);
      },
    },
    1,
  );
  expect(done).toEqual(['0']);
});

test('goes on by itself when expired credentials are renewed, and says what to do meanwhile', async () => {
  let [isExpired, calls, looks] = [false, 0, 0];
  const notes: string[] = [];
  const done = await run(
    {
      call: async (_arn, payload) => {
        calls += 1;
        if (calls === 3) isExpired = true;
        if (isExpired) throw sdkError('ExpiredTokenException', 'The token is expired', 403);
        return succeed(payload, echo);
      },
      renew: async () => {
        looks += 1;
        if (looks < 3) throw explainIdentity(sdkError('ExpiredToken', 'expired', 403), 'eu-west-1');
        isExpired = false;
      },
    },
    60,
    { notes },
  );
  expect(done).toEqual(numbers(60));
  expect(notes).toEqual([
    'AWS does not accept the credentials any more (The token is expired): log in to AWS again in another terminal, and this run goes on by itself; it waits for 15 minutes',
    'AWS accepts the credentials again: going on',
  ]);
  expect(looks).toBe(3);
});

test('gives up when new credentials that AWS accepts do not work either', async () => {
  let [calls, looks] = [0, 0];
  const done = await run(
    {
      call: async (_arn, payload) => {
        calls += 1;
        if (calls > 1) throw sdkError('InvalidSignatureException', 'the clock is wrong', 403);
        return succeed(payload, echo);
      },
      renew: async () => {
        looks += 1;
      },
    },
    40,
    { calls: 1 },
  );
  expect(String(done.at(-1))).toContain('AWS does not accept the credentials (the clock is wrong): log in to AWS');
  expect([done[0], looks]).toEqual(['0', 3]);
});

test('does not wait when the credentials never worked', async () => {
  const call = async () => Promise.reject<Reply>(sdkError('UnrecognizedClientException', 'no such key', 403));
  const [failure] = await run({ call }, 1);
  expect(String(failure)).toContain('AWS does not accept the credentials (no such key): log in to AWS');
});

test('gives up throttled calls where a single try is asked for', async () => {
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  const call = async () => Promise.reject<Reply>(sdkError('TooManyRequestsException', 'Rate Exceeded.', 429));
  const [failure] = await run({ call }, 1);
  expect(String(failure)).toContain('AWS Lambda refuses more calls for now (Rate Exceeded.)');
});
