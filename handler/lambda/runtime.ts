// Lambda's Runtime API: takes invocations from the platform, gives them to a handler, posts what it answers.
//
// It does what aws-lambda-ric 4 does for a handler like ours, including the error payload and the log line, without a native
// part. One difference: an event that is not JSON fails its invocation, but does not end the process.
import type { IncomingHttpHeaders } from 'node:http';
import type { Failure } from '../answers.ts';
import { describeFailure, RequestError } from '../errors.ts';

// Not imported: an import reads every export of node:http, and one of them loads undici, a web client that we do not use.
// That takes longer than starting Node.
const { Agent, request } = process.getBuiltinModule('node:http');

/** What a handler is told of its invocation. */
export interface Context {
  functionName: string | undefined;
  functionVersion: string | undefined;
  memoryLimitInMB: string | undefined;
  logGroupName: string | undefined;
  logStreamName: string | undefined;
  awsRequestId: string;
  invokedFunctionArn: string | undefined;
  getRemainingTimeInMillis(): number;
}

export type Handler = (event: unknown, context: Context) => unknown;

const API = '/2018-06-01/runtime';

// One connection, kept. It has no timeout of its own: Lambda freezes this process while it waits for the next event.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/**
 * Runs `start`, then answers invocations until the platform ends the process. A SnapStart snapshot holds what `start`
 * loads. Rejects if `start` does, after it tells the platform, and if the platform does not answer.
 */
export async function serve(handler: Handler, start: () => Promise<void>): Promise<never> {
  try {
    await start();
  } catch (error) {
    log('Init Error', error);
    const payload = describeError(error);
    await call('POST', '/init/error', payload, { 'Lambda-Runtime-Function-Error-Type': payload.errorType });
    throw error;
  }
  for (;;) {
    const { headers, body } = await call('GET', '/invocation/next');
    await answer(handler, headers, body);
  }
}

async function answer(handler: Handler, headers: IncomingHttpHeaders, body: string): Promise<void> {
  const context = readContext(headers);
  const path = `/invocation/${encodeURIComponent(context.awsRequestId)}`;
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = String(traceId);
  let result: unknown;
  try {
    result = (await handler(parseEvent(body), context)) ?? null;
  } catch (error) {
    log('Invoke Error', error, context.awsRequestId);
    await call('POST', `${path}/error`, describeError(error));
    return;
  }
  await call('POST', `${path}/response`, result);
}

function readContext(headers: IncomingHttpHeaders): Context {
  const { env } = process;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: String(headers['lambda-runtime-aws-request-id']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'] as string | undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parseEvent(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message is left out, because it quotes the event, which holds a picture.
    throw new RequestError('the request cannot be used: the event is not JSON');
  }
}

/**
 * The payload of a failed invocation, as Node.js functions answer it, with our `code` and `reason`. Lambda passes an
 * `application/json` body on unchanged.
 */
export function describeError(error: unknown): Failure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const { errorType, errorMessage, ...more } = describeFailure(error);
  return { errorType, errorMessage, trace: error.stack?.split('\n') ?? [], ...more };
}

function log(what: string, error: unknown, requestId?: string): void {
  const line = [new Date().toISOString(), requestId, 'ERROR', what, JSON.stringify(describeError(error))];
  process.stdout.write(`${line.join('\t')}\n`);
}

/**
 * Sends one request to the platform, with `value` as JSON in a post. A refused post is no error here: Lambda answers 413 to
 * a response above 6 MB, and itself tells the client.
 */
function call(method: 'GET' | 'POST', path: string, value?: unknown, more: Record<string, string> = {}) {
  return new Promise<{ headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const content = Buffer.from(method === 'POST' ? JSON.stringify(value) : '');
    const length = { 'Content-Type': 'application/json', 'Content-Length': content.length };
    const headers = method === 'POST' ? { ...length, ...more } : {};
    const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}${API}${path}`;
    const asked = request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const refused = method === 'GET' && response.statusCode !== 200;
        if (refused) reject(new Error(`Lambda's Runtime API answered ${response.statusCode} to ${method} ${path}`));
        else resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    asked.on('error', reject);
    asked.end(content);
  });
}
