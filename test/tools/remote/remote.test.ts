// --remote against a small server that speaks Lambda's Invoke and runs the real handlers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handler as recognizer } from '../../../handler/recognizer.ts';
import { processSidecar } from '../../../handler/sidecar/sidecar.ts';
import { handler as trainer } from '../../../handler/trainer.ts';
import { demoPhoto, scratchFolder, start, WOMAN } from '../../helpers.ts';
import { type CannedAnswer, LambdaServer } from './lambda-server.ts';

const GROUP = demoPhoto(1);
const FUNCTIONS: Record<string, (event: unknown) => Promise<unknown>> = { trains: trainer, recognizes: recognizer };

// The end of a log, as Lambda writes it.
const REPORT = Buffer.from(
  'END RequestId: 1\nREPORT RequestId: 1\tDuration: 499.01 ms\tBilled Duration: 500 ms\tMemory Size: 1024 MB\tMax Memory Used: 99 MB\n',
).toString('base64');

const WHERE = 'running on AWS Lambda: account 123456789012, Region eu-west-1, stage (none)';

const server = new LambdaServer(invoke);

beforeAll(() => server.listen());
beforeEach(() => server.reset());
afterAll(() => {
  server.close();
  processSidecar().close();
});

test('an empty file is refused as on this machine, and is not sent', async () => {
  const env = await server.deployed();
  const empty = join(await scratchFolder(), 'empty.jpg');
  writeFileSync(empty, '');
  const model = join(await scratchFolder(), 'any.csv');
  writeFileSync(model, `${Array.from({ length: 128 }, () => '0.5').join(',')}\n`);
  const there = await start('fr-recognize', [model, empty], { env });
  const here = await start('fr-recognize', [model, empty, '--local'], { env });
  expect(there.stderr.split('\n').at(-1)).toBe(here.stderr.split('\n').at(-1));
  expect([there.exitCode, here.exitCode, server.calls]).toEqual([2, 2, []]);
});

test('trains and recognizes there once a deployment is recorded, and says so', async () => {
  const env = await server.deployed();
  const model = join(await scratchFolder(), 'woman.csv');
  const trained = await start('fr-train', [WOMAN, '-o', model], { env });
  expect(trained.stderr.split('\n')[0]).toBe(`fr-train: ${WHERE}`);
  expect(trained.exitCode).toBe(0);
  const answer = await start('fr-recognize', [model, WOMAN, '--json', '--explain'], { env });
  expect(JSON.parse(answer.stdout)).toMatchObject({
    face_present: 'True',
    where: 'AWS Lambda in eu-west-1',
    faces: [{ verdict: 'True', explanation: { margin: expect.any(Number) } }],
  });
  expect(answer.exitCode).toBe(0);
  expect((await start('fr-recognize', [model, GROUP], { env })).stdout).toBe('False');
  expect(server.calls).toEqual([
    {
      path: '/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:trains/invocations?Qualifier=live',
      fields: ['base64_image'],
    },
    {
      path: '/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:recognizes/invocations?Qualifier=live',
      fields: ['base64_image', 'query_facevectors', 'explain'],
    },
    {
      path: '/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:recognizes/invocations?Qualifier=live',
      fields: ['base64_image', 'query_facevectors'],
    },
  ]);
});

test('gives the same model as this machine does; --local stays here', async () => {
  const env = await server.deployed();
  const remote = await start('fr-train', [WOMAN, '--remote'], { env });
  expect(server.calls).toHaveLength(1);
  const local = await start('fr-train', [WOMAN, '--local'], { env });
  expect(server.calls).toHaveLength(1);
  expect(local.stderr).toBe('fr-train: running on this machine');
  expect(remote.stdout === local.stdout).toBe(true);
});

test('fails there with the same line and status as here', async () => {
  const env = await server.deployed();
  const [remote, local] = await Promise.all([
    start('fr-train', [GROUP, '-q'], { env }),
    start('fr-train', [GROUP, '-q', '--local'], { env }),
  ]);
  expect(remote.stderr).toBe(`fr-train: ${WHERE}\n${local.stderr}`);
  expect(remote.stderr).toContain('faces found and one is needed');
  expect(remote.exitCode).toBe(2);
});

test('passes on what it is asked for', async () => {
  const env = await server.deployed();
  const trained = await start('fr-train', [WOMAN, '--face', '1', '--thorough'], { env });
  expect(trained.exitCode, trained.stderr).toBe(0);
  const model = join(await scratchFolder(), 'woman.csv');
  writeFileSync(model, trained.stdout);
  await start('fr-recognize', [model, WOMAN, '--thorough', '--threshold', '0.5'], { env });
  expect(server.calls.map(({ fields }) => fields)).toEqual([
    ['base64_image', 'face', 'thorough'],
    ['base64_image', 'query_facevectors', 'threshold', 'thorough'],
  ]);
});

test('tells what a call costs, and stops before a budget is exceeded', async () => {
  const env = await server.deployed({ architecture: 'arm64' });
  const trained = await start('fr-train', [WOMAN], { env });
  expect(trained.stderr.split('\n')).toEqual([
    `fr-train: ${WHERE}`,
    `fr-train: ${WOMAN}: AWS Lambda billed 500 ms: USD 0.0000069`,
  ]);
  const model = join(await scratchFolder(), 'woman.csv');
  writeFileSync(model, trained.stdout);
  const words = [model, WOMAN, WOMAN, WOMAN, '--json', '-q', '--budget', '0.00001'];
  server.calls = [];
  const { stdout, stderr, exitCode } = await start('fr-recognize', words, { env });
  expect(stdout.split('\n').map((line) => JSON.parse(line))).toMatchObject([
    { face_present: 'True', billed_ms: 500, cost_usd: 0.0000068667 },
  ]);
  expect(stderr.split('\n')).toEqual([
    `fr-recognize: ${WHERE}`,
    'fr-recognize: the budget of USD 0.00001 is used up: 1 call cost USD 0.0000069, and the next would cost about USD 0.0000069: raise --budget, or use --local',
  ]);
  expect(exitCode).toBe(2);
  expect(server.calls).toHaveLength(1);
  const local = await start('fr-recognize', [model, WOMAN, '--local', '--json', '-q', '--budget', '0'], { env });
  expect(Object.keys(JSON.parse(local.stdout))).not.toContain('cost_usd');
});

test('sends a picture that is too large for a request smaller, and gives places in the picture as it is', async () => {
  const env = await server.deployed();
  const large = join(await scratchFolder(), 'large.png');
  // Noise, which no encoding makes small, with the photograph upon it, all lying on its side.
  const width = 3400;
  const height = 2700;
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => noise[(i + (i >> 12)) % noise.length] ?? 0);
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } }).composite([
    { input: WOMAN, left: 400, top: 300 },
  ]);
  await sharp(await picture.png().toBuffer())
    .rotate(90)
    .withMetadata({ orientation: 8 })
    .png({ compressionLevel: 0 })
    .toFile(large);
  const trained = await start('fr-train', [large], { env });
  const note =
    /^fr-train: .*large\.png: \d+\.\d MB is too much for AWS Lambda: sent as a JPEG of 4\.\d MB, (\d+) x \d+ pixels$/m;
  expect(trained.stderr).toMatch(note);
  expect(Number(note.exec(trained.stderr)?.[1])).toBeLessThan(0.95 * width);
  const model = join(await scratchFolder(), 'woman.csv');
  writeFileSync(model, trained.stdout);
  const [there, here] = await Promise.all(
    ['--remote', '--local'].map(async (where) =>
      JSON.parse((await start('fr-recognize', [model, large, '--json', where], { env })).stdout),
    ),
  );
  expect(there.face_present).toBe('True');
  for (const side of ['left', 'top', 'right', 'bottom']) {
    expect(Math.abs(there.faces[0].box[side] - here.faces[0].box[side])).toBeLessThan(30);
  }
});

test('refuses a picture that cannot fit into a request, without sending it', async () => {
  const large = join(await scratchFolder(), 'large.jpg');
  writeFileSync(large, Buffer.alloc(5 * 2 ** 20));
  const { stderr, exitCode } = await start('fr-train', [large, '-q'], { env: await server.deployed() });
  expect(stderr).toMatch(
    /large\.jpg: is too large for AWS Lambda: the request is 6\.7 MB and at most 6 are allowed: use a smaller picture or --local$/,
  );
  expect(exitCode).toBe(2);
  expect(server.calls).toEqual([]);
});

test.each([
  [
    'an unknown function',
    {
      status: 404,
      headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
      body: { Message: 'Function not found' },
    },
    'fr-train: there is no function trains in eu-west-1: run npm run deploy',
  ],
  [
    'a forbidden call',
    { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: { Message: 'not authorized' } },
    'fr-train: these credentials may not call the function trains: allow lambda:InvokeFunction',
  ],
  [
    'expired credentials',
    {
      status: 403,
      headers: { 'x-amzn-errortype': 'ExpiredTokenException' },
      body: { message: 'The token is expired' },
    },
    'fr-train: AWS does not accept the credentials (The token is expired): log in to AWS, or use --local',
  ],
  [
    'a function that runs out of time',
    {
      status: 200,
      headers: { 'x-amz-function-error': 'Unhandled' },
      body: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 30.00 seconds' },
    },
    'fr-train: PHOTO: the function trains failed (Sandbox.Timedout: Task timed out after 30.00 seconds): try again, or use --local',
  ],
  [
    'too many calls at a time',
    { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: { message: 'Rate Exceeded.' } },
    'fr-train: PHOTO: AWS Lambda refuses more calls for now (Rate Exceeded.): try again in a minute',
  ],
  [
    'a function that is starting',
    { status: 502, headers: { 'x-amzn-errortype': 'ResourceNotReadyException' }, body: { message: 'inactive' } },
    'fr-train: PHOTO: the function trains is being changed or is starting: try again in a minute',
  ],
  [
    'a request that is too large all the same',
    { status: 413, headers: { 'x-amzn-errortype': 'RequestTooLargeException' }, body: { message: 'too large' } },
    'fr-train: PHOTO: is too large for AWS Lambda: the request is 0.1 MB and at most 6 are allowed: use a smaller picture or --local',
  ],
  [
    'an answer of another program',
    { status: 200, body: { hello: 'world' } },
    'fr-train: PHOTO: the function trains gave an answer of an unknown form: run npm run deploy',
  ],
])('explains %s in one line', async (_case, answer, line) => {
  server.canned = answer;
  const { stdout, stderr, exitCode } = await start('fr-train', [WOMAN, '-q'], { env: await server.deployed() });
  expect(stderr.replace(WOMAN, 'PHOTO')).toBe(`fr-train: ${WHERE}\n${line}`);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
});

test('explains missing credentials and a server that is not there', async () => {
  const env = await server.deployed();
  const none = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: '/nowhere',
  };
  const anonymous = await start('fr-train', [WOMAN, '-q'], { env: { ...env, ...none } });
  expect(anonymous.stderr.split('\n')[1]).toMatch(
    /^fr-train: AWS does not accept the credentials \(.*\): log in to AWS, or use --local$/,
  );
  const nowhere = 'http://127.0.0.1:9';
  const absent = await start('fr-train', [WOMAN, '-q'], { env: { ...env, AWS_ENDPOINT_URL_LAMBDA: nowhere } });
  expect(absent.stderr).toMatch(/: AWS Lambda in eu-west-1 did not answer \(.*ECONNREFUSED.*\): try again$/);
  server.calls = [];
  const noIdentity = await start('fr-train', [WOMAN, '-q'], { env: { ...env, AWS_ENDPOINT_URL_STS: nowhere } });
  expect(noIdentity.stderr.split('\n')[1]).toMatch(
    /^fr-train: AWS in eu-west-1 did not tell the account of these credentials \(.*ECONNREFUSED.*\), so nothing was sent: check the network and try again, or use --local$/,
  );
  expect(noIdentity.exitCode).toBe(2);
  expect(server.calls).toEqual([]);
});

test('refuses a damaged record of a deployment', async () => {
  const env = await server.deployed();
  writeFileSync(env.FR_DEPLOYMENT as string, '{"region": 1}');
  const { stderr, exitCode } = await start('fr-train', [WOMAN], { env });
  expect(stderr).toMatch(
    /^fr-train: .*deployment\.json is not a deployment's record: run npm run deploy, or use --local$/,
  );
  expect(exitCode).toBe(2);
});

async function invoke(name: string, event: unknown): Promise<CannedAnswer> {
  try {
    return { status: 200, headers: { 'x-amz-log-result': REPORT }, body: (await FUNCTIONS[name]?.(event)) as object };
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    const headers = { 'x-amz-function-error': 'Unhandled' };
    return { status: 200, headers, body: { errorType, errorMessage, trace: [] } };
  }
}
