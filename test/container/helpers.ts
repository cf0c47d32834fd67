// What the container tests share: the engine and images that setup.ts prepared.
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, inject } from 'vitest';
import type { Engine } from '../../deploy/image/engine.ts';
import { blobPath, type Manifest } from '../../deploy/image/oci.ts';
import { packImage } from '../../deploy/image/pack.ts';
import { FUNCTIONS, type FunctionName, imageName, localArchitecture } from '../../deploy/names.ts';
import { LambdaFunction, type Settings } from './function.ts';

export type { LambdaFunction } from './function.ts';

/** Tests that need an engine; the reason is in their title where there is none, and setup.ts fails there under CI. */
export const describeContainers = describe.skipIf(inject('noEngine') !== '');

export function theEngine(): Engine {
  const engine = inject('engine');
  if (!engine) throw new Error(`no engine: ${inject('noEngine')}`);
  return engine;
}

export function startFunction(name: FunctionName, settings?: Settings): Promise<LambdaFunction> {
  return LambdaFunction.start(theEngine(), inject('images')[name], settings);
}

/** Packed once for all files, which run one after the other: compressing takes longer than most tests. */
const LAYOUT = join('build', 'container-images');

/** Both images as a layout that deploy takes. It is the caller's own, who may change it. */
export async function packImages(layout: string): Promise<void> {
  for (const name of FUNCTIONS) await packed(name);
  await cp(LAYOUT, layout, { recursive: true });
}

/** An image's layers as a registry holds them, lowest first. */
export async function packed(name: FunctionName): Promise<Manifest['layers']> {
  const image = inject('images')[name];
  const { digest } = await packImage(theEngine(), image, imageName(name, localArchitecture()), LAYOUT);
  return (JSON.parse(await readFile(blobPath(LAYOUT, digest), 'utf8')) as Manifest).layers;
}
