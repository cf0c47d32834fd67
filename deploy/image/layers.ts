// Finds faults in layers that Docker accepts and Lambda refuses, before anything is pushed. Lambda itself reports such
// faults only after the function was made, one at a time (aspect-build/rules_aws#145).
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { DeployError } from '../failure.ts';
import { blobPath, type Descriptor, type StoredImage } from './oci.ts';

/** For each type of manifest the only type of layer that Lambda takes: compressed by gzip. */
const LAYERS: Record<string, string> = {
  'application/vnd.oci.image.manifest.v1+json': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.docker.distribution.manifest.v2+json': 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** @throws DeployError that names the layer, and the file in it. */
export async function checkLayers(image: StoredImage): Promise<void> {
  await Promise.all(image.manifest.layers.map((layer, i) => checkLayer(image, layer, i + 1)));
}

async function checkLayer(image: StoredImage, layer: Descriptor, number: number): Promise<void> {
  const { folder, ref, mediaType } = image;
  const fail = (what: string, todo: string): never => {
    const which = `layer ${number} of ${ref} in ${folder} (${layer.digest.slice(0, 19)})`;
    throw new DeployError(`${which} ${what}: ${todo}`);
  };
  // UnsupportedImageLayerDetected (aspect-build/rules_aws#145, bazel-contrib/rules_oci#777).
  if (layer.mediaType !== LAYERS[mediaType]) {
    fail(`is of the type ${layer.mediaType}, and Lambda takes ${LAYERS[mediaType]}`, 'build it with gzip');
  }
  const path = blobPath(folder, layer.digest);
  if (!(await isGzip(path))) fail('is not compressed by gzip', 'build it again');
  let orphan: string | undefined;
  try {
    orphan = await findOrphan(path);
  } catch (error) {
    fail(`is damaged (${(error as Error).message})`, 'build it again');
  }
  // MissingParentDirectory (nlewo/nix2container#54, bazel-contrib/rules_img#258, aspect-build/rules_aws#103).
  if (orphan !== undefined) {
    const name = JSON.stringify(orphan).slice(1, -1);
    fail(`has ${name} before or without its folder, which Lambda refuses`, 'build it with an entry for every folder');
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.equals(Buffer.from([0x1f, 0x8b]));
  } finally {
    await file.close();
  }
}

/** The first entry of a compressed archive whose folder has no entry before it. Reads the whole archive and keeps nothing of it. */
async function findOrphan(path: string): Promise<string | undefined> {
  const folders = new Set<string>(['']);
  let orphan: string | undefined;
  const entries = extract();
  entries.on('entry', ({ name, type }: Header, body, next) => {
    const place = name.replace(/^(\.?\/)+/, '').replace(/\/+$|^\.$/, '');
    const parent = place.includes('/') ? place.slice(0, place.lastIndexOf('/')) : '';
    if (!folders.has(parent)) orphan ??= place;
    if (type === 'directory') folders.add(place);
    // An error in a body is also an error of the archive, which pipeline reports.
    body.on('error', () => undefined);
    body.on('end', next).resume();
  });
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 18 }), createGunzip({ chunkSize: 2 ** 18 }), entries);
  return orphan;
}
