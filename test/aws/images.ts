// Tiny images for the tests, with one layer and one file: as an OCI image layout on disk, or pushed by the registry's protocol.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Architecture, FunctionName } from '../../deploy/names.ts';

export interface Recipe {
  /** Different content makes a different image. */
  content: string;
  architecture?: string;
  snapStart?: boolean;
  /** Wraps the manifest in an index, as builders that attest do. */
  index?: boolean;
  /** Faults that docker accepts and Lambda refuses: a file whose folder has no entry; an uncompressed layer, with Docker's types. */
  fault?: 'orphan' | 'uncompressed';
}

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
  bytes: Buffer;
}

export interface TinyImage {
  manifest: Blob;
  blobs: Blob[];
}

const OCI = 'application/vnd.oci.image';

function blob(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: sha256(bytes), size: bytes.length, bytes };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const describe = ({ mediaType, digest, size }: Blob): object => ({ mediaType, digest, size });
const json = (mediaType: string, value: object): Blob => blob(mediaType, Buffer.from(JSON.stringify(value)));

/** A tar archive (POSIX ustar) of one file with fixed dates. */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(content.length, 12) + octal(0, 12), 100);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}

const OCI_TYPES = {
  manifest: `${OCI}.manifest.v1+json`,
  config: `${OCI}.config.v1+json`,
  layer: `${OCI}.layer.v1.tar+gzip`,
};
const DOCKER_TYPES = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar',
};

export function tinyImage(recipe: Recipe): TinyImage {
  const { content, architecture = 'amd64', snapStart = true, index = false, fault } = recipe;
  const types = fault === 'uncompressed' ? DOCKER_TYPES : OCI_TYPES;
  const archive = tar(fault === 'orphan' ? 'no/entry/content' : 'content', content);
  const layer = blob(types.layer, fault === 'uncompressed' ? archive : gzipSync(archive));
  const config = json(types.config, {
    architecture,
    os: 'linux',
    config: {
      Entrypoint: ['/content'],
      ...(snapStart ? { Labels: { 'com.amazonaws.lambda.feature.snapstart': 'Allow' } } : {}),
    },
    rootfs: { type: 'layers', diff_ids: [sha256(archive)] },
    history: [],
  });
  const mediaType = types.manifest;
  const manifest = json(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: describe(config),
    layers: [describe(layer)],
  });
  if (!index) return { manifest, blobs: [config, layer] };
  const outer = json(`${OCI}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [{ ...describe(manifest), platform: { architecture, os: 'linux' } }],
  });
  return { manifest: outer, blobs: [config, layer, manifest] };
}

/** Writes both functions' images into a layout folder, as `--images` takes it. */
export async function writeLayout(
  folder: string,
  architecture: Architecture,
  recipes: Record<FunctionName, Recipe>,
): Promise<string> {
  const place = join(folder, 'blobs/sha256');
  await mkdir(place, { recursive: true });
  const manifests: object[] = [];
  for (const [name, recipe] of Object.entries(recipes)) {
    const { manifest, blobs } = tinyImage({ architecture, ...recipe });
    for (const { digest, bytes } of [manifest, ...blobs]) await writeFile(join(place, digest.slice(7)), bytes);
    const annotations = { 'org.opencontainers.image.ref.name': `fr-${name}:${architecture}` };
    manifests.push({ ...describe(manifest), platform: { architecture, os: 'linux' }, annotations });
  }
  const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return folder;
}

export interface Target {
  host: string;
  /** `AWS:` and the password, in base64, as GetAuthorizationToken gives it. */
  token: string;
  repository: string;
  tag: string;
}

/** Pushes an image. Gives the status and the text of the first refusal, or of the answer to the manifest. */
export async function push({ manifest, blobs }: TinyImage, target: Target): Promise<{ status: number; text: string }> {
  const base = `http://${target.host}/v2/${target.repository}`;
  const headers = { authorization: `Basic ${target.token}` };
  const isManifest = ({ mediaType }: Blob): boolean => /manifest|index/.test(mediaType);
  for (const { digest, bytes } of blobs.filter((one) => !isManifest(one))) {
    const start = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers });
    if (start.status !== 202) return { status: start.status, text: await start.text() };
    const place = new URL(start.headers.get('location') ?? '', base);
    place.searchParams.set('digest', digest);
    const end = await fetch(place, { method: 'PUT', headers, body: new Uint8Array(bytes) });
    if (end.status !== 201) return { status: end.status, text: await end.text() };
  }
  let last = { status: 0, text: '' };
  for (const one of [...blobs.filter(isManifest), manifest]) {
    const reference = one === manifest ? target.tag : one.digest;
    const answer = await fetch(`${base}/manifests/${reference}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': one.mediaType },
      body: new Uint8Array(one.bytes),
    });
    last = { status: answer.status, text: await answer.text() };
    if (answer.status !== 201) return last;
  }
  return last;
}
