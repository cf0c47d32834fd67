// Both images: built in the local engine and packed into a layout on disk, before the person's eyes.
import { join } from 'node:path';
import { FUNCTIONS, type FunctionName } from '../names.ts';
import type { Progress } from '../progress.ts';
import { projectRoot } from '../project.ts';
import { buildImage, type Image, type Workshop } from './image.ts';
import { tidily } from './interrupt.ts';
import { packImage } from './pack.ts';

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
export async function makeImages(
  workshop: Workshop,
  layout: string,
  progress: Progress,
  fresh = false,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const [i, name] of FUNCTIONS.entries()) {
    const { value } = await progress.task(`build the image of the ${name}`, (tell) =>
      tidily(async () => {
        const image = await buildImage(workshop, name, tell, fresh && i === 0);
        tell('packing it');
        return { name, image, digest: (await packImage(workshop.engine, image.id, image.name, layout)).digest };
      }),
    );
    made.push(value);
  }
  return made;
}
