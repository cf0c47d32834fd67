// Our own server of Lambda's Runtime API: hands events to a function's process, keeps Lambda's limits, and answers what a
// client of Lambda would see. To run it by hand: `node runtime-api.ts` (Node 24), then
// `curl localhost:9000/2015-03-31/functions/function/invocations -d @event.json`, the path of AWS's own emulator.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Bytes of a request or an answer that Lambda lets pass: 6 MB and a little. */
export const MAX_PAYLOAD_BYTES = 6_291_556;

/** How an invocation ended, as Lambda's client sees it. */
export interface Outcome {
  /** `refused` by Lambda itself, before or after the function saw it. */
  kind: 'response' | 'error' | 'refused' | 'timeout';
  body: string;
  /** What the function sent with it. */
  headers: Record<string, string | string[] | undefined>;
}

export interface Invocation {
  id?: string;
  timeoutMs?: number;
  traceId?: string;
}

interface Pending extends Required<Invocation> {
  event: Buffer;
  deadline: number;
  settle: (outcome: Outcome) => void;
}

export class RuntimeApi {
  /** Resolves with what a function that cannot start posts. */
  readonly initError: Promise<Outcome>;
  readonly server: Server = createServer((request, response) => void this.#serve(request, response));
  readonly #queue: Pending[] = [];
  readonly #open = new Map<string, Pending>();
  #waiting: ServerResponse | undefined;
  #onIdle: (() => void)[] = [];
  #failInit!: (outcome: Outcome) => void;

  constructor() {
    this.initError = new Promise((resolve) => {
      this.#failInit = resolve;
    });
  }

  listen(where: ListenOptions): Promise<void> {
    return new Promise((resolve) => this.server.listen(where, resolve));
  }

  /** Resolves when the function waits for an event: its init is over, and so is what was before. */
  idle(): Promise<void> {
    if (this.#waiting) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Hands the function one event. */
  async invoke(event: Buffer | string, invocation: Invocation = {}): Promise<Outcome> {
    const bytes = Buffer.from(event);
    if (bytes.length > MAX_PAYLOAD_BYTES) {
      return refusal(
        'RequestEntityTooLargeException',
        `${bytes.length} byte payload is too large (limit ${MAX_PAYLOAD_BYTES} bytes)`,
      );
    }
    const { id = randomUUID(), timeoutMs = 60_000, traceId = `Root=1-${id}` } = invocation;
    return new Promise((settle) => {
      this.#queue.push({ id, timeoutMs, traceId, event: bytes, deadline: Date.now() + timeoutMs, settle });
      this.#hand();
    });
  }

  #hand(): void {
    if (!this.#waiting || this.#queue.length === 0) return;
    const response = this.#waiting;
    const pending = this.#queue.shift() as Pending;
    this.#waiting = undefined;
    const timer = setTimeout(
      () => finish({ ...refusal('Sandbox.Timedout', timeoutText(pending)), kind: 'timeout' }),
      pending.timeoutMs,
    );
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer);
      this.#open.delete(pending.id);
      pending.settle(outcome);
    };
    this.#open.set(pending.id, { ...pending, settle: finish });
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': pending.id,
      'lambda-runtime-deadline-ms': pending.deadline,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:000000000000:function:test',
      'lambda-runtime-trace-id': pending.traceId,
    });
    response.end(pending.event);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const outcome = { body: body.toString('utf8'), headers: request.headers };
    const [, id = '', what = request.url] =
      /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? '') ?? [];
    if (what === '/2018-06-01/runtime/invocation/next' && request.method === 'GET') {
      this.#waiting = response;
      for (const resolve of this.#onIdle.splice(0)) resolve();
      this.#hand();
    } else if (what === '/2018-06-01/runtime/init/error') {
      this.#failInit({ kind: 'error', ...outcome });
      accept(response, 202);
    } else if (this.#open.has(id)) {
      const tooLarge = what === 'response' && body.length > MAX_PAYLOAD_BYTES;
      accept(response, tooLarge ? 413 : 202);
      const text = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
      const kind = what as 'response' | 'error';
      this.#open.get(id)?.settle(tooLarge ? refusal('Function.ResponseSizeTooLarge', text) : { kind, ...outcome });
    } else {
      accept(response, id ? 400 : 404);
    }
  }
}

function refusal(errorType: string, errorMessage: string): Outcome {
  return { kind: 'refused', body: JSON.stringify({ errorType, errorMessage }), headers: {} };
}

function timeoutText({ id, timeoutMs }: Pending): string {
  return `RequestId: ${id} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

function accept(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end('{"status":"OK"}');
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Serves a function on 127.0.0.1:9001, and whoever calls it on `control`: a port, or the path of a socket. */
async function main(control: string): Promise<void> {
  const api = new RuntimeApi();
  await api.listen({ port: 9001, host: '127.0.0.1' });
  const calls = createServer(async (request, response) => {
    const event = await readAll(request);
    if (request.url === '/idle') {
      const first = await Promise.race([api.idle().then(() => undefined), api.initError]);
      response.end(JSON.stringify(first ?? null));
      return;
    }
    const timeout = request.headers['x-timeout-ms'];
    const outcome = await api.invoke(event, timeout === undefined ? {} : { timeoutMs: Number(timeout) });
    const failed = outcome.kind === 'response' ? {} : { 'x-amz-function-error': 'Unhandled' };
    response.writeHead(outcome.kind === 'refused' ? 413 : 200, { 'x-outcome': outcome.kind, ...failed });
    response.end(outcome.body);
  });
  calls.listen(/^\d+$/.test(control) ? { port: Number(control) } : { path: control });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] ?? '9000');
