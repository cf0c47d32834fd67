// A stand-in for Lambda that scales as Lambda does and judges nothing: environments start, throttle and fail, and answers take
// the time that pictures take. It reads requests as they come and keeps none.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ACCOUNT, identityAnswer } from './recorded.ts';

/** How it behaves. The defaults are what AWS documents (notes of the bench's README). */
export interface Scaling {
  /** Environments at once. */
  most: number;
  /** New environments in ten seconds; as many may start at once after a pause. */
  perTenSeconds: number;
  /** What the first call of an environment waits. */
  coldMs: number;
  /** The network's, added to every answer. */
  latencyMs: number;
  /** Of a picture in the function, median. */
  msPerPicture: number;
  /** One call in so many fails; in turns AWS fails (500) and the function dies. 0: none. */
  failEvery: number;
  /** Does not say what the account allows. */
  isSilent: boolean;
  /** A second of the stand-in takes this long, in seconds: a test need not wait. */
  speed: number;
  /** Key and certificate; without them it speaks plain HTTP. */
  tls?: { key: string; cert: string } | undefined;
}

const AS_AWS: Scaling = {
  most: 1_000,
  perTenSeconds: 1_000,
  coldMs: 1_500,
  latencyMs: 20,
  msPerPicture: 154,
  failEvery: 1_000,
  isSilent: false,
  speed: 1,
};

const QUOTE = 0x22;
const CLOSING = 0x5d;
const SPREAD = 0.25;
const MEMORY_MB = 1769;

const FACE = {
  face: 1,
  box: { left: 209, top: 209, right: 425, bottom: 425 },
  score: 1.234567,
  landmarks: Array.from({ length: 5 }, (_, i) => [201 + 7 * i, 302 + 5 * i]),
  sharpness: 0.0123456,
  brightness: 123.4,
  verdict: 'False',
  distance: 0.5213456,
  false_match_rate: 0.013,
  computed_from: { euclidean: 0.51, background: 0.91, model_background: 0.93, turn: 0.11, pair_background: 0.98 },
  nearest_row: 3,
};
const ANSWER = JSON.stringify({ face_present: 'False', threshold: 0.4239, embedder: 'dlib-resnet-v1', faces: [FACE] });

/** What has happened. */
export interface Counts {
  calls: number;
  pictures: number;
  environments: number;
  throttled: number;
  failed: number;
  /** Calls in the function now, and the most at once. */
  busy: number;
  mostBusy: number;
  billedMs: number;
}

export class ScalingLambda {
  readonly counts: Counts = {
    calls: 0,
    pictures: 0,
    environments: 0,
    throttled: 0,
    failed: 0,
    busy: 0,
    mostBusy: 0,
    billedMs: 0,
  };
  readonly #scaling: Scaling;
  readonly #server: ReturnType<typeof createServer>;
  readonly #idle: number[] = [];
  #starts: number;
  #countedMs = performance.now();

  constructor(scaling: Partial<Scaling> = {}) {
    this.#scaling = { ...AS_AWS, ...scaling };
    this.#starts = this.#scaling.perTenSeconds;
    const listener: RequestListener = (request, response) => void this.#serve(request, response);
    const { tls } = this.#scaling;
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pictures = await countPictures(request);
    const { most, isSilent, latencyMs, speed } = this.#scaling;
    const isCall = request.method !== 'GET' && request.url !== '/';
    if (!isCall) await pause(latencyMs * speed);
    if (request.method === 'GET') {
      response.writeHead(isSilent ? 403 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ AccountLimit: { ConcurrentExecutions: most, UnreservedConcurrentExecutions: most } }),
      );
    } else if (!isCall) {
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(identityAnswer(ACCOUNT));
    } else {
      this.#invoke(pictures, response);
    }
  }

  #invoke(pictures: number, response: ServerResponse): void {
    const { counts } = this;
    const { coldMs, msPerPicture, latencyMs, failEvery, speed } = this.#scaling;
    const warm = this.#idle.pop();
    const id = warm ?? this.#start();
    if (id === undefined) {
      counts.throttled += 1;
      setTimeout(() => throttle(response), latencyMs * speed);
      return;
    }
    counts.calls += 1;
    counts.busy += 1;
    counts.mostBusy = Math.max(counts.mostBusy, counts.busy);
    const isFailing = failEvery > 0 && counts.calls % failEvery === 0;
    const startMs = warm === undefined ? coldMs : 0;
    const workMs = isFailing ? 5 : pictures * msPerPicture * spread();
    const isDeath = isFailing && counts.failed % 2 === 1;
    const finish = (): void => {
      this.#idle.push(id);
      counts.busy -= 1;
      counts.billedMs += Math.ceil(workMs + startMs);
      if (isFailing) counts.failed += 1;
      else counts.pictures += pictures;
      if (isFailing && !isDeath) fail(response);
      else respond(response, { pictures, isDeath, workMs, startMs, id });
    };
    setTimeout(finish, (startMs + workMs + latencyMs) * speed);
  }

  /** A new environment, if Lambda would start one now. */
  #start(): number | undefined {
    const { most, perTenSeconds, speed } = this.#scaling;
    const nowMs = performance.now();
    const gained = ((nowMs - this.#countedMs) / (10_000 * speed)) * perTenSeconds;
    this.#starts = Math.min(perTenSeconds, this.#starts + gained);
    this.#countedMs = nowMs;
    if (this.counts.environments >= most || this.#starts < 1) return undefined;
    this.#starts -= 1;
    this.counts.environments += 1;
    return this.counts.environments;
  }
}

/** About 1, skewed as times are. */
function spread(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Math.exp(SPREAD * normal);
}

/** The pictures of a request: those of `images`, which is its first field if it has one. Base64 holds no quote. */
async function countPictures(request: IncomingMessage): Promise<number> {
  let quotes = 0;
  let isOver = false;
  let isFirst = true;
  for await (const part of request) {
    const chunk = part as Buffer;
    let at = 0;
    if (isFirst) {
      isFirst = false;
      if (!chunk.toString('latin1', 0, 10).startsWith('{"images":')) isOver = true;
      at = 10;
    }
    if (isOver) continue;
    const closing = chunk.indexOf(CLOSING, at);
    const end = closing < 0 ? chunk.length : closing;
    isOver = closing >= 0;
    for (at = chunk.indexOf(QUOTE, at); at >= 0 && at < end; at = chunk.indexOf(QUOTE, at + 1)) quotes += 1;
  }
  return Math.max(1, quotes / 2);
}

interface Outcome {
  pictures: number;
  isDeath: boolean;
  workMs: number;
  startMs: number;
  id: number;
}

function respond(response: ServerResponse, { pictures, isDeath, workMs, startMs, id }: Outcome): void {
  const billed = `Billed Duration: ${Math.ceil(workMs + startMs)} ms\tMemory Size: ${MEMORY_MB} MB\tMax Memory Used: 120 MB`;
  const init = startMs > 0 ? `\tInit Duration: ${startMs.toFixed(2)} ms` : '';
  const log = `START RequestId: 1\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: ${workMs.toFixed(2)} ms\t${billed}${init}\t\n`;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amz-log-result': Buffer.from(log).toString('base64'),
  };
  if (isDeath) headers['x-amz-function-error'] = 'Unhandled';
  const body = isDeath ? DEATH : pictures === 1 ? ANSWER : several(pictures, id);
  response.writeHead(200, headers);
  response.end(body);
}

const DEATH = JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: Runtime exited' });

function several(pictures: number, id: number): string {
  return `{"answers":[${new Array<string>(pictures).fill(ANSWER).join(',')}],"environment":"2026/12/01/[7]${id}"}`;
}

function throttle(response: ServerResponse): void {
  response.writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'TooManyRequestsException' });
  response.end(
    JSON.stringify({ Reason: 'ConcurrentInvocationLimitExceeded', Type: 'User', message: 'Rate Exceeded.' }),
  );
}

function fail(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceException' });
  response.end(JSON.stringify({ Type: 'Service', Message: 'An internal error' }));
}
