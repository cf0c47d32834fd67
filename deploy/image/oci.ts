// Images on disk, as an OCI image layout (opencontainers/image-spec). The digest of an image's manifest is known before
// anything is pushed.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeployError } from '../failure.ts';
import type { Architecture } from '../names.ts';
import type { Configuration } from './archive.ts';

/** Names a blob by the digest (`sha256:...`) and the size in bytes of its content. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

export interface Manifest {
  schemaVersion: 2;
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
}

/** An image of a layout, ready to be pushed. */
export interface StoredImage {
  /** The layout's folder. */
  folder: string;
  ref: string;
  /** The manifest's digest. */
  digest: string;
  mediaType: string;
  /** The manifest's own bytes. */
  text: string;
  manifest: Manifest;
}

export const MEDIA = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

export const REF_NAME = 'org.opencontainers.image.ref.name';

// Lambda takes these two types, and no index of several images.
const MANIFESTS: readonly string[] = [MEDIA.manifest, 'application/vnd.docker.distribution.manifest.v2+json'];

/** Lambda's limit on an image. */
const MAX_BYTES = 10 * 2 ** 30;

export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

/** The images that a layout lists; none when there is no layout. */
export async function readIndex(folder: string): Promise<Descriptor[]> {
  const path = join(folder, 'index.json');
  if (!existsSync(path)) return [];
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { manifests: Descriptor[] }).manifests ?? [];
  } catch (cause) {
    throw new DeployError(`${path} is not the index of an OCI image layout: run npm run images again`, { cause });
  }
}

/**
 * Finds an image in a layout and checks it: a single image, for Linux and the wanted processor, with every blob there
 * and of the right size. checkLayers looks into the layers.
 *
 * @throws DeployError that says what is wrong.
 */
export async function readImage(folder: string, ref: string, architecture: Architecture): Promise<StoredImage> {
  const found = (await readIndex(folder)).find(({ annotations }) => annotations?.[REF_NAME] === ref);
  if (!found) {
    throw new DeployError(`${folder} holds no image ${ref}: make it with npm run images -- --arch ${architecture}`);
  }
  const image = await readManifest(folder, ref, found);
  const { manifest } = image;
  for (const { digest, size } of [manifest.config, ...manifest.layers]) {
    if (statSync(blobPath(folder, digest), { throwIfNoEntry: false })?.size !== size) {
      throw new DeployError(`${ref} in ${folder} lacks a part (${digest.slice(0, 19)}): run npm run images again`);
    }
  }
  await checkConfiguration(image, architecture);
  return image;
}

async function readManifest(folder: string, ref: string, { digest, mediaType }: Descriptor): Promise<StoredImage> {
  const text = await readFile(blobPath(folder, digest), 'utf8').catch(() => '');
  if (sha256(text) !== digest) {
    throw new DeployError(`the manifest of ${ref} in ${folder} is missing or damaged: run npm run images again`);
  }
  const manifest = parse(text) as Manifest;
  if (!MANIFESTS.includes(mediaType) || !Array.isArray(manifest.layers) || !manifest.config) {
    throw new DeployError(
      `${ref} in ${folder} is no single image (${mediaType}), which Lambda needs: run npm run images, ` +
        'or build it with --provenance=false --sbom=false',
    );
  }
  return { folder, ref, digest, mediaType, text, manifest };
}

async function checkConfiguration({ folder, ref, manifest }: StoredImage, wanted: Architecture): Promise<void> {
  const text = await readFile(blobPath(folder, manifest.config.digest), 'utf8');
  const { architecture, os } = parse(text) as Partial<Configuration>;
  if (os !== 'linux' || architecture !== wanted) {
    throw new DeployError(
      `${ref} in ${folder} is for ${os}/${architecture} and linux/${wanted} is wanted: give --arch`,
    );
  }
  const bytes = imageBytes({ manifest });
  if (bytes > MAX_BYTES) throw new DeployError(`${ref} has ${bytes} bytes, of at most ${MAX_BYTES} on Lambda`);
}

/** The object in a JSON text; an empty one where there is none. */
function parse(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Bytes of an image as a registry stores them: compressed. */
export function imageBytes({ manifest }: Pick<StoredImage, 'manifest'>): number {
  return [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0);
}
