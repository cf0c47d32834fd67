// Chooses the images to deploy: those of --images, or new ones. A plan builds none and looks at what was built before.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { defaultLayout, LAYOUT, makeImages, openWorkshop } from './image/build.ts';
import { findEngine } from './image/engine.ts';
import { checkLayers } from './image/layers.ts';
import { REF_NAME, readImage, readIndex, type StoredImage } from './image/oci.ts';
import { FUNCTIONS, type FunctionName, imageName } from './names.ts';
import type { Progress } from './progress.ts';
import { projectRoot } from './project.ts';
import type { Settings } from './settings.ts';

export type Images = Record<FunctionName, StoredImage>;

/** The images of --images, or newly built ones. @throws DeployError, ImageBuildError. */
export async function findImages(settings: Settings, progress: Progress): Promise<Images> {
  const { architecture, base } = settings;
  let folder = settings.images;
  if (folder === undefined) {
    const engine = await progress.quietly('looking for Docker', () => findEngine());
    progress.say(`building the images with ${engine.client}, which takes minutes the first time`);
    const options = { base, folder: projectRoot(), onProgress: progress.say };
    folder = defaultLayout();
    const open = () => openWorkshop(engine, architecture, options);
    await makeImages(await progress.quietly('getting the base image', open), folder, progress);
  }
  return readImages(folder, settings);
}

/** For a plan: images that are there already. A plan can do without, so it gives undefined when there are none. */
export async function knownImages(settings: Settings, { say }: Progress): Promise<Images | undefined> {
  if (settings.images !== undefined) return readImages(settings.images, settings);
  const folder = defaultLayout();
  const there = (await readIndex(folder)).map(({ annotations }) => annotations?.[REF_NAME]);
  if (!FUNCTIONS.every((name) => there.includes(imageName(name, settings.architecture)))) {
    say('images: built at deploy time, so their digests are not known yet');
    return undefined;
  }
  const packed = statSync(join(folder, 'index.json')).mtime.toISOString().slice(0, 16).replace('T', ' ');
  say(`images: those in ${LAYOUT}, packed ${packed} UTC; deploy builds them anew, so changed sources change them`);
  return readImages(folder, settings);
}

async function readImages(folder: string, { architecture }: Settings): Promise<Images> {
  const read = async (name: FunctionName): Promise<StoredImage> => {
    const image = await readImage(folder, imageName(name, architecture), architecture);
    await checkLayers(image);
    return image;
  };
  return { trainer: await read('trainer'), recognizer: await read('recognizer') };
}
