// Both images: built in the local engine and packed into a layout on disk.
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { buildImage, type Image, type Workshop } from './image.ts';
import { FUNCTIONS, type FunctionName } from './names.ts';
import { packImage } from './pack.ts';
import { projectRoot } from './project.ts';

/** Where images are packed unless told otherwise. */
export const LAYOUT = join('build', 'images');

export function defaultLayout(): string {
  return join(projectRoot(), LAYOUT);
}

export interface Made {
  name: FunctionName;
  image: Image;
  /** Of the manifest: what a registry and Lambda know it by. */
  digest: string;
}

/** The second finds what it shares with the first already made. @throws ImageBuildError. */
export async function makeImages(workshop: Workshop, layout: string, fresh = false): Promise<Made[]> {
  const made: Made[] = [];
  for (const [i, name] of FUNCTIONS.entries()) {
    const image = await buildImage(workshop, name, fresh && i === 0);
    made.push({ name, image, digest: await pack(workshop.engine, image, layout) });
  }
  return made;
}

async function pack(engine: Engine, image: Image, layout: string): Promise<string> {
  return (await packImage(engine, image.id, image.name, layout)).digest;
}
