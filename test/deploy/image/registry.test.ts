// Pushing to a small registry that checks every request by the specification.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { StoredImage } from '../../../deploy/image/oci.ts';
import { type BytesSent, openRegistry, type Registry } from '../../../deploy/image/registry.ts';
import { scratchFolder } from '../../helpers.ts';
import { packed } from '../helpers.ts';

const AUTHORIZATION = `Basic ${Buffer.from('AWS:secret').toString('base64')}`;
const PATH = '/v2/face/name';

let server: Server;
let asked: string[];
let blobs: Map<string, Buffer>;
let manifests: Map<string, { type: string; text: string }>;
/** The answer to the bytes of a layer. */
let took: number;
/** Takes over an answer. */
let upset: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;

beforeEach(async () => {
  asked = [];
  blobs = new Map();
  manifests = new Map();
  took = 202;
  upset = undefined;
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry');
  const [kind = '', name = ''] = pathname.slice(PATH.length + 1).split(/\/(.*)/);
  asked.push(`${request.method} ${kind}/${name.replace(/(sha256:.{4}).*/, '$1')}`);
  const answer = (status: number, headers: Record<string, string> = {}, text = ''): void => {
    response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : text);
  };
  if (upset?.(request, response)) return;
  if (request.headers.authorization !== AUTHORIZATION)
    return answer(401, {}, refusal('UNAUTHORIZED', 'not authorized'));
  if (kind === 'manifests' && request.method === 'GET') {
    const found = manifests.get(name);
    return found
      ? answer(200, { 'content-type': found.type }, found.text)
      : answer(404, {}, refusal('MANIFEST_UNKNOWN', ''));
  }
  if (kind === 'manifests') {
    if (manifests.has(name)) {
      const text = `The image tag '${name}' already exists in the 'face/name' repository and cannot be overwritten because the tag is immutable.`;
      return answer(400, {}, refusal('TAG_INVALID', text));
    }
    const entry = { type: String(request.headers['content-type']), text: body.toString('utf8') };
    manifests.set(name, entry).set(digestOf(body), entry);
    return answer(201);
  }
  if (request.method === 'HEAD') return answer(blobs.has(name) ? 200 : 404);
  if (request.method === 'POST') return answer(202, { location: `${PATH}/blobs/uploads/1?state=a%2Bb` });
  if (searchParams.get('state') === null) return answer(400, {}, refusal('BLOB_UPLOAD_UNKNOWN', 'where is the state?'));
  if (request.method === 'PATCH') {
    blobs.set('upload', body);
    return answer(took, { location: `${PATH}/blobs/uploads/1?state=c` });
  }
  const digest = searchParams.get('digest') ?? '';
  const upload = blobs.get('upload') as Buffer;
  if (digestOf(upload) !== digest) return answer(400, {}, refusal('DIGEST_INVALID', 'it is not'));
  blobs.set(digest, upload);
  return answer(201);
}

function refusal(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pauses between tries are short. */
function open(secret = 'secret'): Registry {
  const { port } = server.address() as AddressInfo;
  const token = async (): Promise<string> => Buffer.from(`AWS:${secret}`).toString('base64');
  return openRegistry(`127.0.0.1:${port}/face/name`, token, 5);
}

/** A server more, ended with the test. Gives its origin. */
async function elsewhere(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const other = createServer(answer);
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

// One part at a time reaches this registry, whose uploads share a place.
async function image(): Promise<StoredImage> {
  const stored = await packed(await scratchFolder(), 'trainer', ['one layer '.repeat(100_000)]);
  return stored;
}

test('pushes what is missing, reports its progress, and then finds the image there', async () => {
  const registry = open();
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  expect(await registry.has(stored)).toBe(false);
  const told: BytesSent[] = [];
  await registry.push(stored, 'trainer-1', (sent) => told.push(sent));
  const [layer] = stored.manifest.layers;
  expect(told.at(-1)).toEqual({ sentBytes: layer?.size, totalBytes: layer?.size });
  expect(digestOf(blobs.get(layer?.digest as string) as Buffer)).toBe(layer?.digest);
  expect(manifests.get('trainer-1')).toEqual({ type: stored.mediaType, text: stored.text });
  expect(await registry.has(stored)).toBe(true);
});

test('sends no blob twice, and accepts that the image has the tag already', async () => {
  const registry = open();
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  await registry.push(stored, 'trainer-1', () => undefined);
  asked = [];
  await registry.push(stored, 'trainer-1', () => undefined);
  expect(asked.filter((line) => /^(POST|PATCH)/.test(line))).toEqual([]);
});

test('refuses a tag that another image has', async () => {
  const stored = await image();
  for (const { digest } of [stored.manifest.config, ...stored.manifest.layers]) blobs.set(digest, Buffer.from(''));
  manifests.set('trainer-1', { type: stored.mediaType, text: 'another' });
  await expect(open().push(stored, 'trainer-1', () => undefined)).rejects.toThrow(
    'the registry has another image under the tag trainer-1: delete it there, then run it again',
  );
});

test('refuses a manifest that differs from ours', async () => {
  const stored = await image();
  manifests.set(stored.digest, { type: stored.mediaType, text: '{}' });
  await expect(open().has(stored)).rejects.toThrow(/^the registry holds something else/);
  manifests.set(stored.digest, { type: 'application/vnd.oci.image.index.v1+json', text: stored.text });
  await expect(open().has(stored)).rejects.toThrow(
    /^the registry holds something else \(application\/vnd\.oci\.image\.index/,
  );
});

test.each([500, 503, 429])('sends a layer again after an answer of %i, and counts its bytes once', async (status) => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  let left = 1;
  upset = (request, response) => {
    if (request.method !== 'PATCH' || left === 0) return false;
    left -= 1;
    response.writeHead(status).end();
    return true;
  };
  const told: BytesSent[] = [];
  await open().push(stored, 'trainer-1', (sent) => told.push(sent));
  expect(told.at(-1)?.sentBytes).toBe(told.at(-1)?.totalBytes);
  expect(asked.filter((line) => line.startsWith('PATCH'))).toHaveLength(2);
});

test('gives up on a registry that stays broken', async () => {
  const stored = await image();
  upset = (request, response) => {
    if (request.method === 'POST') response.writeHead(500).end('oh');
    return request.method === 'POST';
  };
  await expect(open().push(stored, 'trainer-1', () => undefined)).rejects.toThrow(
    'the registry did not open an upload (500: oh): run it again',
  );
});

test('names the call that the credentials do not allow, and where the policy is', async () => {
  await expect(open('wrong').has(await image())).rejects.toThrow(
    "these credentials may not ask the registry to read a manifest (401: UNAUTHORIZED not authorized): 'npm run deploy -- --plan' prints the policy needed",
  );
});

test('says so when there is no registry', async () => {
  const registry = openRegistry('127.0.0.1:9/face', async () => 'x', 5);
  await expect(registry.has(await image())).rejects.toThrow(
    /^the registry 127\.0\.0\.1:9 cannot be reached \(.+\): check the network, then run it again$/,
  );
});

test('the password does not follow an upload to another host', async () => {
  const seen: (string | undefined)[] = [];
  const store = createServer((request, response) => {
    seen.push(request.headers.authorization);
    request
      .resume()
      .on('end', () => response.writeHead(request.method === 'PUT' ? 201 : 202, { location: elsewhere }).end());
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  const elsewhere = `http://127.0.0.1:${(store.address() as AddressInfo).port}/upload`;
  upset = (request, response) => {
    if (request.method !== 'POST') return false;
    request.resume();
    response.writeHead(202, { location: elsewhere }).end();
    return true;
  };
  try {
    await open().push(await image(), 'trainer-1', () => undefined);
  } finally {
    store.closeAllConnections();
    store.close();
  }
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

test("pushes to the registry that FR_REGISTRY names, whatever the repository's host is", async () => {
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('FR_REGISTRY', `http://127.0.0.1:${port}`);
  const registry = openRegistry('123456789012.dkr.ecr.eu-west-1.amazonaws.com/face/name', async () =>
    Buffer.from('AWS:secret').toString('base64'),
  );
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  await registry.push(stored, 'trainer-1', () => undefined);
  expect(manifests.get('trainer-1')?.text).toBe(stored.text);
});

test.each(['127.0.0.1:5000', 'http://user:word@registry', 'http://registry/v2/', 'ftp://registry'])(
  'refuses %s as FR_REGISTRY',
  (address) => {
    vi.stubEnv('FR_REGISTRY', address);
    expect(() => openRegistry('registry/name', async () => '')).toThrow(
      /^FR_REGISTRY is not the address of a registry/,
    );
  },
);

test.each([201, 202, 204])('takes %i for the bytes of a layer', async (status) => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  took = status;
  await open().push(stored, 'trainer-1', () => undefined);
  const [layer] = stored.manifest.layers;
  expect(blobs.has(layer?.digest as string)).toBe(true);
});

test('opens a new upload for each try', async () => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  let left = 1;
  upset = (request) => {
    if (request.method !== 'PATCH' || left === 0) return false;
    left -= 1;
    request.socket.destroy();
    return true;
  };
  await open().push(stored, 'trainer-1', () => undefined);
  expect(asked.filter((line) => /^(POST|PATCH)/.test(line)).map((line) => line.split(' ')[0])).toEqual([
    ...['POST', 'PATCH', 'POST', 'PATCH'],
  ]);
});

test('does not send a layer again when only the answer to its upload was lost', async () => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  let left = 1;
  upset = (request) => {
    if (request.method !== 'PUT' || !request.url?.includes('digest=') || left === 0) return false;
    left -= 1;
    blobs.set(stored.manifest.layers[0]?.digest as string, Buffer.from('whole'));
    request.socket.destroy();
    return true;
  };
  const told: BytesSent[] = [];
  await open().push(stored, 'trainer-1', (sent) => told.push(sent));
  expect(asked.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  expect(told.at(-1)?.sentBytes).toBe(told.at(-1)?.totalBytes);
});

const FAULTS: [string, (request: IncomingMessage, response: ServerResponse) => void][] = [
  ['an answer of 429', (_request, response) => response.writeHead(429).end()],
  ['an answer of 500', (_request, response) => response.writeHead(500).end()],
  ['a broken connection', (request) => request.socket.destroy()],
];

test.each(
  ['HEAD blobs', 'GET manifests', 'PUT manifests', 'POST blobs', 'PUT blobs'].flatMap((what) =>
    FAULTS.map(([name, fault]) => ({ what, name, fault })),
  ),
)('asks again ($what) after $name', async ({ what, fault }) => {
  const [method, kind] = what.split(' ');
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  let left = 2;
  upset = (request, response) => {
    if (request.method !== method || !request.url?.includes(`/${kind}/`) || left === 0) return false;
    left -= 1;
    fault(request, response);
    return true;
  };
  await open().push(stored, 'trainer-1', () => undefined);
  expect(left).toBe(0);
  expect(manifests.get('trainer-1')?.text).toBe(stored.text);
});

test('waits at least as long as the registry says', async () => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  const at: number[] = [];
  upset = (request, response) => {
    if (request.method !== 'POST') return false;
    at.push(performance.now());
    if (at.length > 1) return false;
    response.writeHead(429, { 'retry-after': '1' }).end();
    return true;
  };
  await open().push(stored, 'trainer-1', () => undefined);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1000);
});

test('ends the other uploads when one is refused for good', async () => {
  const stored = await packed(await scratchFolder(), 'trainer', ['one layer', 'another layer']);
  const waiting: ServerResponse[] = [];
  upset = (request, response) => {
    if (request.method !== 'POST') return false;
    // Two are left without an answer; the third is refused.
    if (waiting.push(response) === 3) response.writeHead(403).end(refusal('DENIED', 'no'));
    return true;
  };
  await expect(open().push(stored, 'trainer-1', () => undefined)).rejects.toThrow(
    /may not ask the registry to open an upload/,
  );
  await expect.poll(() => waiting.filter(({ closed }) => closed).length, { timeout: 30_000 }).toBe(3);
});

test('the password does not follow a redirect to another host, and a link for GET only counts as a layer that is there', async () => {
  const seen: (string | undefined)[] = [];
  const store = await elsewhere((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(seen.length === 1 ? 200 : 403).end();
  });
  const stored = await image();
  upset = (request, response) => {
    if (request.method !== 'HEAD') return false;
    response.writeHead(307, { location: `${store}/blob` }).end();
    return true;
  };
  await open().push(stored, 'trainer-1', () => undefined);
  expect(seen).toEqual([undefined, undefined]);
  expect(asked.filter((line) => /^(POST|PATCH)/.test(line))).toEqual([]);
});

test('follows an upload to a Location that names no host', async () => {
  const stored = await image();
  blobs.set(stored.manifest.config.digest, Buffer.from(''));
  const seen: string[] = [];
  const store = await elsewhere((request, response) => {
    seen.push(`${request.method} ${request.url?.replace(/sha256.*/, '')}`);
    request.resume().on('end', () => response.writeHead(201, { location: '/there?part=2' }).end());
  });
  upset = (request, response) => {
    if (request.method !== 'POST') return false;
    response.writeHead(202, { location: `${store}/upload` }).end();
    return true;
  };
  await open().push(stored, 'trainer-1', () => undefined);
  expect(seen).toEqual(['PATCH /upload', 'PUT /there?part=2&digest=']);
});
