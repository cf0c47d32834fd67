// One request to a registry: its address, the login, the proxy, and what its refusals mean.
import type { Readable } from 'node:stream';
import { Agent, fetch, Pool, ProxyAgent } from 'undici';
import { DeployError } from '../failure.ts';
import { proxyFor } from '../proxy.ts';

/** Limit for a request without a blob. */
const ANSWER_MS = 60_000;

/** A whole answer. */
export interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
  /** The address that answered, after redirects. A relative Location is relative to it. */
  url: string;
  redirected: boolean;
}

interface Options {
  headers?: Record<string, string>;
  /** A blob is streamed. */
  body?: string | Readable;
  signal?: AbortSignal;
}

/** Asks once for `place`, which is relative to the repository. @throws Passing, DeployError. */
export type Ask = (method: string, place: string, options?: Options) => Promise<Answer>;

/** A failure after which another try may succeed. */
export class Passing extends DeployError {
  /** The shortest wait that the registry asks for. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.waitMs = waitMs;
  }
}

/**
 * Where a repository is served. `elsewhere` is FR_REGISTRY (`http://127.0.0.1:5000`), for an emulator of AWS whose
 * repositoryUri names a host that it does not serve. Images are pushed there, and Lambda is told so (work.ts).
 */
function repositoryUrl(repository: string, elsewhere: string | undefined): URL {
  const [host = '', ...name] = repository.split('/');
  // Like docker: plain HTTP only to this machine.
  const scheme = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host) ? 'http' : 'https';
  const place = `/v2/${name.join('/')}/`;
  if (!elsewhere) return new URL(place, `${scheme}://${host}`);
  if (!/^https?:\/\/[^/@]+\/?$/.test(elsewhere) || !URL.canParse(elsewhere)) {
    throw new DeployError('FR_REGISTRY is not the address of a registry: one is http://127.0.0.1:5000');
  }
  return new URL(place, elsewhere);
}

/**
 * @param repository `host[:port]/name`, as ECR's repositoryUri.
 * @param token base64 of `user:password`, for basic authorization; asked for at the first call.
 * @throws DeployError when FR_REGISTRY is not an address.
 */
export function openRepository(repository: string, token: () => Promise<string>): Ask {
  const own = repositoryUrl(repository, process.env.FR_REGISTRY);
  const dispatcher = new Agent({
    factory: (origin, options) => {
      const uri = proxyFor(String(origin));
      return uri === undefined ? new Pool(origin, options) : new ProxyAgent({ ...options, uri });
    },
  });
  let authorization: Promise<string> | undefined;
  return async (method, place, { headers = {}, body, signal } = {}) => {
    authorization ??= token();
    const url = new URL(place, own);
    // A registry may send an upload to a store on another host, whose address is the permission: our password does not go
    // there. It does not follow a redirect either: fetch drops Authorization when the origin changes (Fetch Standard,
    // "HTTP-redirect fetch"; undici does the same).
    const secret = url.origin === own.origin ? { authorization: `Basic ${await authorization}` } : {};
    const isRead = method === 'HEAD' || method === 'GET';
    // A blob may take long. undici ends a connection that stands still for five minutes.
    const limit = typeof body === 'object' ? [] : [AbortSignal.timeout(ANSWER_MS)];
    try {
      const answer = await fetch(url, {
        method,
        headers: { ...secret, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
        // A write is never sent on to another address: its redirect counts as the answer.
        redirect: isRead ? 'follow' : 'manual',
        signal: AbortSignal.any([...limit, ...(signal ? [signal] : [])]),
        dispatcher,
      });
      const { status, redirected } = answer;
      return { status, headers: answer.headers, text: await answer.text(), url: answer.url || url.href, redirected };
    } catch (cause) {
      throw broken(url, cause as Error);
    }
  };
}

function broken({ host }: URL, error: Error): Error {
  const { cause: inner, message } = error as Error & { cause?: Error & { code?: string } };
  if (inner instanceof DeployError) return inner;
  // undici's own codes say less than its messages.
  const why = inner?.code?.startsWith('E') ? inner.code : (inner?.message ?? message);
  const text = `the registry ${host} cannot be reached (${why}): check the network, then run it again`;
  return new Passing(text, undefined, { cause: error });
}

/** @throws Passing for 429 and 5xx, DeployError for any other status that is not wanted. */
export function expectStatus(what: string, answer: Answer, isWanted: (status: number) => boolean): void {
  const { status, text, headers } = answer;
  if (isWanted(status)) return;
  const said = firstMessage(text);
  const why = said ? `${status}: ${said}` : `${status}`;
  if (status === 429 || status >= 500) {
    throw new Passing(
      `the registry did not ${what} (${why}): run it again`,
      readRetryAfter(headers.get('retry-after')),
    );
  }
  if (status === 401 || status === 403) {
    throw new DeployError(
      `these credentials may not ask the registry to ${what} (${why}): 'npm run deploy -- --plan' prints the policy needed`,
    );
  }
  throw new DeployError(`the registry did not ${what} (${why}): run it again`);
}

/** Milliseconds, from a number of seconds or a date. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** The first of `{"errors":[{"code":...,"message":...}]}`, the form that the specification gives. */
function firstMessage(text: string): string {
  try {
    const [first] = (JSON.parse(text) as { errors: { code?: string; message?: string }[] }).errors;
    return [first?.code, first?.message].filter(Boolean).join(' ');
  } catch {
    return text.slice(0, 200);
  }
}
