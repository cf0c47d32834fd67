// Pushing to a registry over its HTTP API (opencontainers/distribution-spec), so that no program is asked to log in and
// no credentials are written anywhere.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { DeployError } from './failure.ts';
import { blobPath, type Descriptor, type StoredImage, sha256 } from './oci.ts';

/** For a short answer, and for the answer after a blob's last byte. */
const ANSWER_MS = 60_000;
const TRIES = 3;
const AT_ONCE = 3;

export interface Registry {
  /** Whether it holds the very manifest; blobs are then there too. */
  has(image: StoredImage): Promise<boolean>;
  /** Sends what it lacks, then the manifest under `tag`. A tag that is taken by this very image is success. */
  push(image: StoredImage, tag: string, onProgress: (sent: Progress) => void): Promise<void>;
}

export interface Progress {
  /** Bytes of blobs sent now, of all that are to be sent. */
  sentBytes: number;
  totalBytes: number;
}

/**
 * @param repository `host[:port]/name`, as ECR's repositoryUri.
 * @param token base64 of `user:password`, for basic authorization; asked for at the first call.
 * @throws DeployError when FR_REGISTRY is no address.
 */
export function openRegistry(repository: string, token: () => Promise<string>): Registry {
  const own = repositoryUrl(repository, process.env.FR_REGISTRY);
  let authorization: Promise<string> | undefined;
  const ask: Ask = async (method, place, options = {}) => {
    authorization ??= token();
    const url = new URL(place, own);
    // A registry may send an upload to a store elsewhere, whose address is its own permission; the password stays here.
    const secret = url.origin === own.origin ? { authorization: `Basic ${await authorization}` } : {};
    return request(method, url, { ...options, headers: { ...secret, ...options.headers } });
  };
  return {
    has: async (image) => (await verdict(ask, image)) === 'same',
    push: (image, tag, onProgress) => push(ask, image, tag, onProgress),
  };
}

/**
 * Where a repository is served. `elsewhere` is FR_REGISTRY, for an emulator of AWS whose repositoryUri names a host that
 * it does not serve: `http://127.0.0.1:5000`. Images are pushed there; Lambda is still told the repositoryUri.
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

interface Options {
  headers?: Record<string, string>;
  body?: string | (() => Readable);
}

type Ask = (method: string, place: string, options?: Options) => Promise<Response>;

async function request(method: string, url: URL, { headers = {}, body }: Options): Promise<Response> {
  try {
    const streamed = typeof body === 'function';
    return await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: streamed ? (Readable.toWeb(body()) as ReadableStream) : body }),
      // A blob takes its time; fetch itself ends what stands still for five minutes.
      ...(streamed ? { duplex: 'half' } : { signal: AbortSignal.timeout(ANSWER_MS) }),
    } as RequestInit);
  } catch (cause) {
    const { cause: inner, message } = cause as Error & { cause?: Error & { code?: string } };
    const why = inner?.code ?? inner?.message ?? message;
    throw new Unreachable(`the registry ${url.host} cannot be reached (${why}): check the network, then run it again`, {
      cause,
    });
  }
}

/** Worth another try. */
class Unreachable extends DeployError {}

async function verdict(ask: Ask, { digest, mediaType }: StoredImage): Promise<'same' | 'absent'> {
  const answer = await ask('GET', `manifests/${digest}`, { headers: { accept: mediaType } });
  const text = await answer.text();
  if (answer.status === 404) return 'absent';
  if (!answer.ok) throw refusal('read a manifest', answer, text);
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (sha256(text) !== digest || type !== mediaType) {
    throw new DeployError(
      `the registry holds something else (${type}) as ${digest}: delete it there, then run it again`,
    );
  }
  return 'same';
}

async function push(ask: Ask, image: StoredImage, tag: string, onProgress: (sent: Progress) => void): Promise<void> {
  const { manifest, mediaType, text } = image;
  const missing: Descriptor[] = [];
  const unique = new Map([...manifest.layers, manifest.config].map((blob) => [blob.digest, blob]));
  for (const blob of unique.values()) {
    const answer = await ask('HEAD', `blobs/${blob.digest}`);
    if (answer.status === 404) missing.push(blob);
    else if (!answer.ok) throw refusal('look for a layer', answer, '');
  }
  const progress = { sentBytes: 0, totalBytes: missing.reduce((sum, { size }) => sum + size, 0) };
  const queue = [...missing];
  const worker = async (): Promise<void> => {
    for (let blob = queue.shift(); blob; blob = queue.shift()) {
      await pushBlob(ask, image.folder, blob, (bytes) => {
        progress.sentBytes += bytes;
        onProgress({ ...progress });
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const answer = await ask('PUT', `manifests/${tag}`, { headers: { 'content-type': mediaType }, body: text });
  const said = await answer.text();
  // ECR, of a tag that cannot be moved: "The image tag '...' already exists in the ... repository and cannot be overwritten".
  if (!answer.ok && !/already exists/i.test(said)) throw refusal('take the manifest', answer, said);
  if ((await verdict(ask, image)) === 'absent') {
    throw new DeployError(`the registry has another image under the tag ${tag}: delete it there, then run it again`);
  }
}

async function pushBlob(ask: Ask, folder: string, blob: Descriptor, onBytes: (bytes: number) => void): Promise<void> {
  for (let left = TRIES - 1; ; left -= 1) {
    let sent = 0;
    const count = (bytes: number): void => {
      sent += bytes;
      onBytes(bytes);
    };
    try {
      await sendBlob(ask, folder, blob, count);
      return;
    } catch (error) {
      if (!(error instanceof Unreachable) || left === 0) throw error;
      onBytes(-sent);
    }
  }
}

/** As docker pushes: an upload is opened, filled and closed with the digest, which the registry checks. */
async function sendBlob(
  ask: Ask,
  folder: string,
  { digest, size }: Descriptor,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const opened = await ask('POST', 'blobs/uploads/');
  await expectStatus('open an upload', opened, 202);
  const read = async function* (): AsyncIterable<Buffer> {
    for await (const chunk of createReadStream(blobPath(folder, digest), { highWaterMark: 2 ** 18 })) {
      yield chunk as Buffer;
      onBytes((chunk as Buffer).length);
    }
  };
  const body = (): Readable => Readable.from(read());
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  const filled = await ask('PATCH', location(opened), { headers, body });
  await expectStatus('take a layer', filled, 201, 202, 204);
  const place = new URL(location(filled), 'http://upload');
  place.searchParams.set('digest', digest);
  // Relative again unless the registry named another host.
  const target = place.origin === 'http://upload' ? `${place.pathname}${place.search}` : place.href;
  await expectStatus('take a layer', await ask('PUT', target), 201, 204);
}

function location(answer: Response): string {
  const place = answer.headers.get('location');
  if (!place) throw new DeployError('the registry opened an upload and did not say where: is it a registry?');
  return place;
}

async function expectStatus(what: string, answer: Response, ...wanted: number[]): Promise<void> {
  const text = await answer.text();
  if (wanted.includes(answer.status)) return;
  if (answer.status >= 500 || answer.status === 429) throw new Unreachable(refusal(what, answer, text).message);
  throw refusal(what, answer, text);
}

function refusal(what: string, answer: Response, text: string): DeployError {
  const said = firstMessage(text);
  const why = said ? `${answer.status}: ${said}` : `${answer.status}`;
  if (answer.status === 401 || answer.status === 403) {
    return new DeployError(
      `the registry may not ${what} for these credentials (${why}): 'npm run deploy -- --plan' prints the policy needed`,
    );
  }
  return new DeployError(`the registry did not ${what} (${why}): run it again`);
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
