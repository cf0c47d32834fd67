// What the tests of deploy/ share: a small image as an engine saves it, and a layout with it.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Wanted } from '../../deploy/cloud/steps.ts';
import type { Configuration } from '../../deploy/image/archive.ts';
import { readImage, type StoredImage } from '../../deploy/image/oci.ts';
import { packLayers } from '../../deploy/image/pack.ts';
import { type Architecture, arnsOf, type FunctionName, imageName, namesOf } from '../../deploy/names.ts';

const EPOCH = '1970-01-01T00:00:00Z';

export interface Saved {
  configuration: Configuration;
  /** One file a layer. */
  paths: string[];
}

/** An image whose layers hold these texts. Layers may be compressed already, as newer engines save them. */
export function saveLayers(folder: string, texts: readonly string[], gzipped = false, arch = 'amd64'): Saved {
  mkdirSync(folder, { recursive: true });
  const paths = texts.map((text, i) => {
    const path = join(folder, `${i}.tar`);
    writeFileSync(path, gzipped ? gzipSync(text, { level: 1 }) : text);
    return path;
  });
  const diff_ids = texts.map((text) => `sha256:${createHash('sha256').update(text).digest('hex')}`);
  const history = texts.map(() => ({ created: EPOCH }));
  const rootfs = { type: 'layers' as const, diff_ids };
  return { configuration: { architecture: arch, config: {}, created: EPOCH, history, os: 'linux', rootfs }, paths };
}

/** Packs an image of these texts under a function's name. */
export async function packed(
  folder: string,
  name: FunctionName,
  texts: readonly string[],
  arch: Architecture = 'amd64',
): Promise<StoredImage> {
  const { configuration, paths } = saveLayers(join(folder, 'saved', name), texts, false, arch);
  const layout = join(folder, 'layout');
  await packLayers(configuration, paths, imageName(name, arch), layout);
  return readImage(layout, imageName(name, arch), arch);
}

/** What a plain deploy of two such images wants. */
export async function wantedIn(folder: string): Promise<Wanted> {
  const place = { partition: 'aws', account: '123456789012', region: 'eu-west-1' };
  const names = namesOf(place.region);
  const images = {
    trainer: await packed(folder, 'trainer', ['base', 'the trainer']),
    recognizer: await packed(folder, 'recognizer', ['base', 'the recognizer']),
  };
  const common = { architecture: 'amd64' as const, memoryMb: 1769, timeoutS: 60, snapStart: false };
  const settings = { ...common, tags: {}, env: {}, buckets: [] };
  return { place, names, arns: arnsOf(place, names), images, settings };
}
