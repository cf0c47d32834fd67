// One request to a registry: where it is, who asks, through which proxy, and what its refusals mean.
import type { Readable } from 'node:stream';
import { Agent, fetch, Pool, ProxyAgent } from 'undici';
import { DeployError } from '../failure.ts';
import { proxyFor } from '../proxy.ts';

/** For a short answer, and for the answer after a blob's last byte. */
const ANSWER_MS = 60_000;

/** An answer, read to its end. */
export interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
  /** Who answered, after redirects: what a relative Location is relative to. */
  url: string;
  redirected: boolean;
}

interface Options {
  headers?: Record<string, string>;
  /** A blob is streamed. */
  body?: string | Readable;
  signal?: AbortSignal;
}

/** Asks for a place, relative to the repository. Not tried again. @throws Passing, DeployError. */
export type Ask = (method: string, place: string, options?: Options) => Promise<Answer>;

/** A failure that another try may get over. */
export class Passing extends DeployError {
  /** How long to wait at least, as the registry says. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.waitMs = waitMs;
  }
}

/**
 * Where a repository is served. `elsewhere` is FR_REGISTRY, for an emulator of AWS whose repositoryUri names a host that
 * it does not serve: `http://127.0.0.1:5000`. Images are pushed there, and Lambda is told so (work.ts).
 */
function repositoryUrl(repository: string, elsewhere: string | undefined): URL {
  const [host = '', ...name] = repository.split('/');
  // As docker does: without encryption only to this very machine.
  const scheme = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host) ? 'http' : 'https';
  const place = `/v2/${name.join('/')}/`;
  if (!elsewhere) return new URL(place, `${scheme}://${host}`);
  if (!/^https?:\/\/[^/@]+\/?$/.test(elsewhere) || !URL.canParse(elsewhere)) {
    throw new DeployError('FR_REGISTRY is no address of a registry: one is http://127.0.0.1:5000');
  }
  return new URL(place, elsewhere);
}

/**
 * @param repository `host[:port]/name`, as ECR's repositoryUri.
 * @param token base64 of `user:password`, for basic authorization; asked for at the first call.
 * @throws DeployError when FR_REGISTRY is no address.
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
    // A registry may send an upload to a store elsewhere, whose address is its own permission; the password stays here.
    // So it is with a redirect: fetch drops Authorization when the origin changes (Fetch Standard, "HTTP-redirect fetch",
    // and undici's http-redirect fetch after it).
    const secret = url.origin === own.origin ? { authorization: `Basic ${await authorization}` } : {};
    const isRead = method === 'HEAD' || method === 'GET';
    // A blob takes its time; undici ends what stands still for five minutes.
    const limit = typeof body === 'object' ? [] : [AbortSignal.timeout(ANSWER_MS)];
    try {
      const answer = await fetch(url, {
        method,
        headers: { ...secret, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
        // What is written is written here, or refused with what was answered.
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
  // undici's own codes say less than its words.
  const why = inner?.code?.startsWith('E') ? inner.code : (inner?.message ?? message);
  const text = `the registry ${host} cannot be reached (${why}): check the network, then run it again`;
  return new Passing(text, undefined, { cause: error });
}

/** @throws Passing for 429 and the registry's own faults, DeployError for any other status that is not wanted. */
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
      `the registry may not ${what} for these credentials (${why}): 'npm run deploy -- --plan' prints the policy needed`,
    );
  }
  throw new DeployError(`the registry did not ${what} (${why}): run it again`);
}

/** Milliseconds: seconds, or a date. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** `{"errors":[{"code":...,"message":...}]}` as the specification has it. */
function firstMessage(text: string): string {
  try {
    const [first] = (JSON.parse(text) as { errors: { code?: string; message?: string }[] }).errors;
    return [first?.code, first?.message].filter(Boolean).join(' ');
  } catch {
    return text.slice(0, 200);
  }
}
