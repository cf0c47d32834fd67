// Several pictures in one request: each has its own answer, and none is lost when the time is short.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RecognizeAnswer, SeveralAnswer } from '../../handler/answers.ts';
import { ImageError, ModelError, SidecarError } from '../../handler/errors.ts';
import { handler } from '../../handler/recognizer.ts';
import { judgeSeveral } from '../../handler/several.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { nobody, portrait } from './helpers.ts';

const UNDONE = { errorType: 'UndoneError', code: 'UNDONE' };
const onTimeUp = (): void => undefined;

let model: string;
let ann: string;
let none: string;

beforeAll(async () => {
  model = (await train(await (await portrait('ann')).jpeg().toBuffer())).facevectors;
  ann = (await (await portrait('ann', 220)).flop().jpeg({ quality: 60 }).toBuffer()).toString('base64');
  none = (await nobody().png().toBuffer()).toString('base64');
});

afterAll(() => processSidecar().close());

const query_facevectors = (): string => Buffer.from(model).toString('base64');

test('gives every picture the answer that it gets alone, and a bad one costs only its own', async () => {
  const bad = Buffer.from('no picture').toString('base64');
  const images = [ann, bad, none, '?', ann];
  const { answers } = (await handler({ images, query_facevectors: query_facevectors() })) as SeveralAnswer;
  const alone = await handler({ base64_image: ann, query_facevectors: query_facevectors() });
  expect((alone as RecognizeAnswer).face_present).toBe('True');
  expect(answers).toEqual([
    alone,
    { errorType: 'ImageError', errorMessage: expect.stringContaining('cannot be used'), code: 'UNUSABLE_PICTURE' },
    await handler({ base64_image: none, query_facevectors: query_facevectors() }),
    { errorType: 'RequestError', errorMessage: expect.stringContaining('images.3 is not base64'), code: 'BAD_REQUEST' },
    alone,
  ]);
});

test('a function of two processors has a sidecar for each, and gives the same answers in the same order', async () => {
  const children = (): number =>
    readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    ).length;
  const event = { images: [ann, none, ann, none, ann, none], query_facevectors: query_facevectors() };
  const expected = await handler(event);
  const before = children();
  vi.resetModules();
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '3538');
  vi.stubEnv('FR_THREADS', '2');
  const { handler: ofTwo } = await import('../../handler/recognizer.ts');
  const { processPool } = await import('../../handler/sidecar/pool.ts');
  try {
    expect(await ofTwo(event)).toEqual(expected);
    expect(children() - before).toBe(2);
  } finally {
    processPool().close();
    vi.unstubAllEnvs();
  }
});

test('names the people of a gallery in every picture', async () => {
  const { answers } = (await handler({ images: [none, ann], gallery: { ann: query_facevectors() } })) as SeveralAnswer;
  expect(answers).toMatchObject([
    { people: 1, faces: [] },
    { people: 1, faces: [{ name: 'ann' }] },
  ]);
});

test.each([
  ['no list', { images: 'x' }, 'images: text is not a list of 1 to 100 pictures'],
  ['no picture', { images: [] }, 'images: a list of 0 is not a list of 1 to 100 pictures'],
  ['too many', { images: new Array(101).fill('eA==') }, 'images: a list of 101 is not a list of 1 to 100 pictures'],
  ['both kinds', { images: ['eA=='], base64_image: 'eA==' }, 'only one of base64_image and images is allowed'],
])('refuses a request with %s', async (_what, fields, why) => {
  await expect(handler({ ...fields, query_facevectors: query_facevectors() })).rejects.toThrow(why);
});

test('refuses the whole request when every picture would fail alike', async () => {
  const text = Buffer.from('1,2,3\n').toString('base64');
  await expect(handler({ images: [none], query_facevectors: text })).rejects.toThrow(ModelError);
});

test('stops before the time is up, and gives back what is not done', async () => {
  const started: number[] = [];
  const judge = (index: number, ms: number) => async () => {
    started.push(index);
    await pause(ms);
    return { index };
  };
  let isEnded = false;
  const answers = await judgeSeveral([judge(0, 1), judge(1, 600_000), judge(2, 1)], {
    atOnce: 1,
    invocation: { getRemainingTimeInMillis: () => 300 },
    onTimeUp: () => {
      isEnded = true;
    },
  });
  expect(answers).toMatchObject([{ index: 0 }, UNDONE, UNDONE]);
  expect(started).toEqual([0, 1]);
  expect(isEnded).toBe(true);
});

test('gives back what does not fit into an answer of 6 MB', async () => {
  const judge = async () => ({ faces: 'x'.repeat(2 * 2 ** 20) });
  const answers = await judgeSeveral([judge, judge, judge, judge], { atOnce: 1, onTimeUp });
  expect(answers.map((answer) => ('faces' in answer ? 'done' : answer.code))).toEqual([
    'done',
    'done',
    'done',
    'UNDONE',
  ]);
});

test('judges side by side where it is allowed to, and answers in order', async () => {
  let running = 0;
  let most = 0;
  const judge = (index: number) => async () => {
    running += 1;
    most = Math.max(most, running);
    await pause(20 - 4 * index);
    running -= 1;
    return { index };
  };
  const answers = await judgeSeveral([0, 1, 2, 3].map(judge), { atOnce: 2, onTimeUp });
  expect(answers).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }, { index: 3 }]);
  expect(most).toBe(2);
});

test('a sidecar that is missing fails the whole request, one that dies a picture', async () => {
  const fail = (error: Error) => async () => Promise.reject<object>(error);
  const several = { atOnce: 1, onTimeUp };
  const [died] = await judgeSeveral([fail(new SidecarError('signal', 'died')), fail(new ImageError('bad'))], several);
  expect(died).toEqual({ errorType: 'SidecarError', errorMessage: 'died', code: 'SIDECAR_SIGNAL', reason: 'signal' });
  await expect(judgeSeveral([fail(new SidecarError('missing', 'gone'))], several)).rejects.toThrow('gone');
});
