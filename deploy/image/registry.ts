// Pushes to a registry over its HTTP API (opencontainers/distribution-spec), so that no other program has to log in and no
// credentials are written to disk.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { DeployError } from '../failure.ts';
import { retry } from '../wait.ts';
import { blobPath, type Descriptor, type StoredImage, sha256 } from './oci.ts';
import { type Answer, type Ask, expectStatus, openRepository, Passing } from './registry-http.ts';

/** With pauses of 0.25 to 0.5, 0.5 to 1, ... seconds: 4 to 8 seconds in all. */
const RETRIES = 4;
const FIRST_PAUSE_MS = 250;
/** Uploads at a time. With more, ECR was reported to break connections (dotnet/sdk-container-builds#279). */
const AT_ONCE = 3;

export interface Registry {
  /** Whether it has this manifest; the blobs are then there too. */
  has(image: StoredImage): Promise<boolean>;
  /** Sends the blobs that it lacks, then the manifest under `tag`. If the tag already names this image, that is success. */
  push(image: StoredImage, tag: string, onProgress: (sent: BytesSent) => void): Promise<void>;
}

export interface BytesSent {
  /** Bytes of blobs sent so far. */
  sentBytes: number;
  totalBytes: number;
}

/**
 * @param repository `host[:port]/name`, as ECR's repositoryUri.
 * @param token gives base64 of `user:password`, for basic authorization; called once, at the first request.
 * @param firstPauseMs the pause before the second try.
 * @throws DeployError when FR_REGISTRY is not an address.
 */
export function openRegistry(
  repository: string,
  token: () => Promise<string>,
  firstPauseMs = FIRST_PAUSE_MS,
): Registry {
  const ask = openRepository(repository, token);
  const patient: Patient = (work, signal) =>
    retry(work, {
      isPassing: (failure) => failure instanceof Passing,
      retries: RETRIES,
      firstMs: firstPauseMs,
      ...(signal ? { signal } : {}),
    });
  const registry = { ask, patient };
  return {
    has: async (image) => (await verdict(registry, image)) === 'same',
    push: (image, tag, onProgress) => push(registry, image, tag, onProgress),
  };
}

type Patient = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

interface Connection {
  ask: Ask;
  /** Repeats work that fails with Passing. */
  patient: Patient;
}

async function verdict({ ask, patient }: Connection, { digest, mediaType }: StoredImage): Promise<'same' | 'absent'> {
  const answer = await patient(async () => {
    const told = await ask('GET', `manifests/${digest}`, { headers: { accept: mediaType } });
    expectStatus('read a manifest', told, (status) => status === 200 || status === 404);
    return told;
  });
  if (answer.status === 404) return 'absent';
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (sha256(answer.text) !== digest || type !== mediaType) {
    throw new DeployError(
      `the registry holds something else (${type}) as ${digest}: delete it there, then run it again`,
    );
  }
  return 'same';
}

async function push(
  registry: Connection,
  image: StoredImage,
  tag: string,
  onProgress: (sent: BytesSent) => void,
): Promise<void> {
  const { ask, patient } = registry;
  const { manifest, mediaType, text } = image;
  const missing: Descriptor[] = [];
  const unique = new Map([...manifest.layers, manifest.config].map((blob) => [blob.digest, blob]));
  for (const blob of unique.values()) if (!(await patient(() => hasBlob(ask, blob)))) missing.push(blob);
  await pushBlobs(registry, image.folder, missing, onProgress);
  await patient(async () => {
    const told = await ask('PUT', `manifests/${tag}`, { headers: { 'content-type': mediaType }, body: text });
    // ECR refuses to move a tag: "The image tag '...' already exists in the ... repository and cannot be overwritten". It
    // also answers this when it took the manifest at an earlier try whose answer was lost.
    if (!/already exists/i.test(told.text)) expectStatus('take the manifest', told, (status) => status < 300);
  });
  if ((await verdict(registry, image)) === 'absent') {
    throw new DeployError(`the registry has another image under the tag ${tag}: delete it there, then run it again`);
  }
}

async function hasBlob(ask: Ask, { digest }: Descriptor): Promise<boolean> {
  const told = await ask('HEAD', `blobs/${digest}`);
  // ECR may redirect to S3, by a link that may be signed for GET only. It does so only for blobs that exist.
  if (told.status === 200 || (told.redirected && told.status === 403)) return true;
  expectStatus('look for a layer', told, (status) => status === 404);
  return false;
}

async function pushBlobs(
  { ask, patient }: Connection,
  folder: string,
  missing: readonly Descriptor[],
  onProgress: (sent: BytesSent) => void,
): Promise<void> {
  const progress = { sentBytes: 0, totalBytes: missing.reduce((sum, { size }) => sum + size, 0) };
  const count = (bytes: number): void => {
    progress.sentBytes += bytes;
    onProgress({ ...progress });
  };
  const queue = [...missing];
  const stop = new AbortController();
  const worker = async (): Promise<void> => {
    for (let blob = queue.shift(); blob; blob = queue.shift()) {
      const one = blob;
      let isFirst = true;
      await patient(async () => {
        // The last try may have succeeded, and only its answer was lost.
        if (!isFirst && (await hasBlob(ask, one))) return count(one.size);
        isFirst = false;
        await sendBlob(ask, folder, one, count, stop.signal);
      }, stop.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    // When one upload has failed for good, the others end too.
    stop.abort();
  }
}

/**
 * Pushes as docker and crane do: opens an upload, fills it by one PATCH and closes it with the digest, which the registry
 * checks. Each try opens a new upload: ECR answers 416 when an upload that has bytes is filled from the start again
 * (apple/containerization#790), and ignores every Content-Range after the first (jdx/mise#11376).
 */
async function sendBlob(
  ask: Ask,
  folder: string,
  { digest, size }: Descriptor,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const opened = await ask('POST', 'blobs/uploads/', { signal });
  expectStatus('open an upload', opened, (status) => status === 202);
  let sent = 0;
  const read = async function* (): AsyncIterable<Buffer> {
    for await (const chunk of createReadStream(blobPath(folder, digest), { highWaterMark: 2 ** 18 })) {
      yield chunk as Buffer;
      sent += (chunk as Buffer).length;
      onBytes((chunk as Buffer).length);
    }
  };
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
  try {
    const filled = await ask('PATCH', location(opened), { headers, body: Readable.from(read()), signal });
    // The specification says 202, ECR answers 201 (jdx/mise#11376, aws/containers-roadmap#2831), others 204.
    expectStatus('take a layer', filled, (status) => [201, 202, 204].includes(status));
    const place = new URL(location(filled));
    place.searchParams.set('digest', digest);
    const closed = await ask('PUT', place.href, { signal });
    expectStatus('take a layer', closed, (status) => [201, 204].includes(status));
  } catch (error) {
    onBytes(-sent);
    throw error;
  }
}

/** Where an upload goes on. It may be relative to the address that answered. */
function location({ headers, url }: Answer): string {
  const place = headers.get('location');
  if (!place || !URL.canParse(place, url)) {
    throw new DeployError('the registry opened an upload and did not say where: is it a registry?');
  }
  return new URL(place, url).href;
}
