// What the container tests share: the engine and the images that setup.ts got ready.
import { describe, inject } from 'vitest';
import { docker, type Engine } from '../../deploy/image/engine.ts';
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

/** Both images as a layout that deploy takes. */
export async function packImages(layout: string): Promise<void> {
  for (const name of FUNCTIONS.map((one) => imageName(one, localArchitecture()))) {
    const id = await docker(theEngine(), ['image', 'inspect', '--format', '{{.Id}}', name]);
    await packImage(theEngine(), id, name, layout);
  }
}
