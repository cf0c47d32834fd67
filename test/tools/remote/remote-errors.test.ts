// A failure of a function comes here with the class, code and reason it had there: the built functions as processes of
// their own, behind a Runtime API, called through AWS's SDK.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { processSidecar } from '../../../handler/sidecar/sidecar.ts';
import { openBackend } from '../../../tools/remote/invoke.ts';
import { RuntimeApi } from '../../container/runtime-api.ts';
import { DIST, ROOT, scratchFolder, start, WOMAN } from '../../helpers.ts';
import { type CannedAnswer, LambdaServer } from './lambda-server.ts';

let functions: Record<string, RuntimeApi> = {};

const server = new LambdaServer(async (name, event) => {
  const api = functions[name];
  if (!api) throw new Error(`no function ${name} was started`);
  // A function that cannot start answers what it posted of that, as Lambda passes it on.
  const { kind, body } = await Promise.race([api.invoke(JSON.stringify(event)), api.initError]);
  const headers: Record<string, string> = kind === 'response' ? {} : { 'x-amz-function-error': 'Unhandled' };
  return { status: 200, headers, body: JSON.parse(body) } satisfies CannedAnswer;
});

beforeAll(() => server.listen());
beforeEach(() => {
  server.reset();
  functions = {};
});
afterAll(() => {
  server.close();
  processSidecar().close();
});

/** Starts a function as its image does, without the image. */
async function startFunction(of: 'trainer' | 'recognizer', env: Record<string, string> = {}): Promise<void> {
  const api = new RuntimeApi();
  await api.listen({ port: 0, host: '127.0.0.1' });
  const AWS_LAMBDA_RUNTIME_API = `127.0.0.1:${(api.server.address() as { port: number }).port}`;
  const child = execa(process.execPath, [join(DIST, 'handler/lambda', `${of}.js`)], {
    env: { AWS_LAMBDA_RUNTIME_API, ...env },
    reject: false,
  });
  functions[of === 'trainer' ? 'trains' : 'recognizes'] = api;
  onTestFinished(async () => {
    child.kill();
    await child;
    api.server.closeAllConnections();
    api.server.close();
  });
}

/** What is to be equal of two failures. */
function facts(error: unknown): object {
  const { name, code, reason, message } = error as Error & { code?: string; reason?: string };
  return { name, code, reason, message };
}

test.each([
  ['FACE_TOO_BLURRED', 'ImageError', () => sharp(WOMAN).blur(12).jpeg().toBuffer()],
  ['UNUSABLE_PICTURE', 'ImageError', async () => Buffer.from('no picture')],
  [
    'NO_FACE',
    'NoFaceError',
    () =>
      sharp({ create: { width: 99, height: 99, channels: 3, background: '#888' } })
        .png()
        .toBuffer(),
  ],
])('a photo that fails with %s fails the same there as here', async (code, name, makePhoto) => {
  await startFunction('trainer');
  for (const [key, value] of Object.entries(await server.deployed())) vi.stubEnv(key, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const photo = await makePhoto();
  const failures: object[] = [];
  for (const place of [{ local: true }, { remote: true }]) {
    const backend = await openBackend(place);
    const failure = await backend.train(photo, {}).catch((error: unknown) => error);
    failures.push(facts(failure));
    if (place.remote) backend.close();
  }
  expect(failures[0]).toMatchObject({ code, name });
  expect(failures[1]).toEqual(failures[0]);
  expect(server.calls).toHaveLength(1);
});

async function writeModel(): Promise<string> {
  const model = join(await scratchFolder(), 'model.csv');
  await writeFile(model, `${Array.from({ length: 128 }, () => '0.5').join(',')}\n`);
  return model;
}

test('a sidecar that is missing there stops the whole run, as it does here', async () => {
  await startFunction('recognizer', { FR_SIDECAR: '/nowhere' });
  const env = await server.deployed();
  const pictures = new Array<string>(40).fill(WOMAN);
  const { stdout, stderr, exitCode } = await start('fr-recognize', [await writeModel(), ...pictures, '-q'], { env });
  expect(stderr.split('\n').slice(1)).toEqual([
    'fr-recognize: the function recognizes cannot work (the sidecar /nowhere cannot be started (ENOENT)): run npm run deploy again',
  ]);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(server.calls.length).toBeLessThan(10); // those that were under way
});

test('a sidecar that is too slow there costs one picture, and the JSON has its code', async () => {
  const folder = await scratchFolder();
  const env = { FR_FIXTURE_DIARY: join(folder, 'diary'), FR_FIXTURE_BAD_STARTS: '9', FR_TIMEOUT_MS: '300' };
  await startFunction('recognizer', { ...env, FR_SIDECAR: join(ROOT, 'test/fixtures/hangs.mjs') });
  const words = [await writeModel(), WOMAN, WOMAN, '-q', '--json'];
  const { stdout, exitCode } = await start('fr-recognize', words, { env: await server.deployed() });
  const lines = stdout.split('\n').map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { error: { name: 'SidecarError', code: 'SIDECAR_TIMEOUT' } },
    { error: { name: 'SidecarError', code: 'SIDECAR_TIMEOUT' } },
  ]);
  expect(exitCode).toBe(2);
  expect(server.calls).toHaveLength(2);
});

test.each([
  ['a code that this version does not know', { errorType: 'ImageError', code: 'FACE_TOO_DARK' }, 'FACE_TOO_DARK'],
  ['an older function, which sends no code', { errorType: 'ImageError' }, 'UNUSABLE_PICTURE'],
  ['a code that is none', { errorType: 'ImageError', code: 'rm -rf\n' }, 'UNUSABLE_PICTURE'],
  ['a reason that is none', { errorType: 'SidecarError', reason: 7 }, 'SIDECAR_EXIT'],
  ['a class that is none', { errorType: 'constructor' }, 'REMOTE_FAILED'],
])('understands %s', async (_what, failure, code) => {
  const headers = { 'x-amz-function-error': 'Unhandled' };
  server.canned = { status: 200, headers, body: { errorMessage: 'it failed', ...failure } };
  const words = [await writeModel(), WOMAN, '-q', '--json'];
  const { stdout, exitCode } = await start('fr-recognize', words, { env: await server.deployed() });
  expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
  expect(exitCode).toBe(2);
});
