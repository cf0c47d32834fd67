// The Runtime API client, tested against a server like Lambda's. test/container/ runs the images the same way.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoFaceError, SidecarError } from '../../../handler/errors.ts';
import { type Context, type Handler, serve } from '../../../handler/lambda/runtime.ts';
import { MAX_PAYLOAD_BYTES, RuntimeApi } from '../../container/runtime-api.ts';

describe('serve', () => {
  let api: RuntimeApi;
  let ended: Promise<unknown>;

  beforeEach(async () => {
    api = new RuntimeApi();
    await api.listen({ port: 0, host: '127.0.0.1' });
    vi.stubEnv('AWS_LAMBDA_RUNTIME_API', `127.0.0.1:${(api.server.address() as { port: number }).port}`);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'recognize_face');
  });

  afterEach(async () => {
    api.server.close();
    api.server.closeAllConnections();
    await ended;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /** It never ends by itself: closing the server does it. */
  function run(handler: Handler, init: () => Promise<void> = async () => undefined): void {
    ended = serve(handler, init).catch((error: unknown) => error);
  }

  test('passes event and context to the handler and posts the answer as JSON', async () => {
    let seen: Context | undefined;
    run((event, context) => {
      seen = context;
      return { event, trace: process.env._X_AMZN_TRACE_ID, left: context.getRemainingTimeInMillis() };
    });
    const outcome = await api.invoke('{"é":1}', { id: 'id-1', timeoutMs: 5000, traceId: 'Root=1' });
    expect(outcome.kind).toBe('response');
    expect(outcome.headers['content-type']).toBe('application/json');
    const { left, ...rest } = JSON.parse(outcome.body);
    expect(rest).toEqual({ event: { é: 1 }, trace: 'Root=1' });
    expect(left).toBeGreaterThan(3000);
    expect(left).toBeLessThanOrEqual(5000);
    expect(seen).toMatchObject({ awsRequestId: 'id-1', functionName: 'recognize_face' });
    expect(seen?.invokedFunctionArn).toMatch(/^arn:aws:lambda:/);
  });

  test('asks for the first event only when everything is loaded, as SnapStart needs', async () => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'snap-start');
    const asked: (string | undefined)[] = [];
    api.server.prependListener('request', ({ url }) => asked.push(url));
    let load: () => void = () => undefined;
    run(
      () => 'fine',
      () =>
        new Promise((resolve) => {
          load = resolve;
        }),
    );
    await new Promise((wake) => setTimeout(wake, 50));
    expect(asked).toEqual([]);
    load();
    await api.idle();
    expect(asked).toEqual(['/2018-06-01/runtime/invocation/next']);
  });

  test('answers null for undefined, like the official client', async () => {
    run(() => undefined);
    expect((await api.invoke('{}')).body).toBe('null');
  });

  test.each([
    ['an error of ours', new NoFaceError('no face'), 'NoFaceError', 'no face', { code: 'NO_FACE' }],
    [
      'a failure of the sidecar',
      new SidecarError('timeout', 'too slow'),
      'SidecarError',
      'too slow',
      { code: 'SIDECAR_TIMEOUT', reason: 'timeout' },
    ],
    ['any error', Object.assign(new TypeError('x is none'), { code: 'ENOENT' }), 'TypeError', 'x is none', {}],
    ['what is no error', 'text', 'string', 'text', {}],
  ])('posts %s as type, message and trace, and goes on', async (_, thrown, errorType, errorMessage, more) => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    run((event) => {
      if (event === 1) throw thrown;
      return 'fine';
    });
    const { kind, body } = await api.invoke('1');
    expect(kind).toBe('error');
    const { trace, ...rest } = JSON.parse(body);
    expect(rest).toEqual({ errorType, errorMessage, ...more });
    expect(trace.length > 0).toBe(thrown instanceof Error);
    expect(write.mock.calls[0]?.[0]).toMatch(/^\S+Z\t[0-9a-f-]+\tERROR\tInvoke Error\t\{.*\}\n$/);
    expect((await api.invoke('2')).body).toBe('"fine"');
  });

  test('answers an event that is not JSON with a RequestError that does not quote it', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    run(() => 'fine');
    const { kind, body } = await api.invoke('"secret');
    expect(kind).toBe('error');
    expect(JSON.parse(body).errorType).toBe('RequestError');
    expect(body).not.toContain('secret');
    expect(write.mock.calls.join()).toContain('RequestError');
    expect(write.mock.calls.join()).not.toContain('secret');
    expect((await api.invoke('{}')).body).toBe('"fine"');
  });

  test('goes on after an answer that Lambda refuses for its size', async () => {
    run((event) => 'x'.repeat(Number(event)));
    const largest = await api.invoke(String(MAX_PAYLOAD_BYTES - 2));
    expect(largest.kind).toBe('response');
    const { kind, body } = await api.invoke(String(MAX_PAYLOAD_BYTES - 1));
    expect(kind).toBe('refused');
    expect(JSON.parse(body).errorType).toBe('Function.ResponseSizeTooLarge');
    expect((await api.invoke('1')).body).toBe('"x"');
  });

  test('reports a failed start to Lambda, then rejects', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const failure = new NoFaceError('no start');
    run(
      () => 'never',
      () => Promise.reject(failure),
    );
    const { body, headers } = await api.initError;
    expect(headers['lambda-runtime-function-error-type']).toBe('NoFaceError');
    expect(JSON.parse(body)).toMatchObject({ errorType: 'NoFaceError', errorMessage: 'no start' });
    expect(await ended).toBe(failure);
  });

  test('rejects when Lambda is gone', async () => {
    run(() => 'fine');
    await api.idle();
    api.server.closeAllConnections();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });
});
