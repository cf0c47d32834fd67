// Builds each image from its Dockerfile, sets its dates so that equal sources give equal images, and packs it into a
// layout on disk.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, dockerfile, FUNCTIONS, type FunctionName, imageName, localArchitecture } from '../names.ts';
import type { Progress, Tell } from '../progress.ts';
import { projectRoot } from '../project.ts';
import { tidily } from '../shell/interrupt.ts';
import { EPOCH, loadImage, saveImage, withFolder } from './archive.ts';
import { type BaseOptions, findBase } from './base.ts';
import { docker, type Engine, ImageBuildError, removeImage } from './engine.ts';
import { packImage } from './pack.ts';

export interface BuildOptions extends BaseOptions {
  /** Shows the engine's progress on stderr. */
  verbose?: boolean | undefined;
  /** The project's folder; by default the current one. */
  folder?: string | undefined;
}

export interface Image {
  readonly name: string;
  /** The digest (`sha256:...`) of its configuration, which names every layer. Equal ids are equal images. */
  readonly id: string;
}

/** A line of BuildKit's plain progress when a step begins: `#9 [build 3/7] RUN cmake ...`. */
const STEP = /^#\d+ (\[[^\]]+\] .*)$/;

/** Where and on what to build. */
export interface Workshop {
  readonly engine: Engine;
  readonly architecture: Architecture;
  /** The image to build on, and the image to build in. They differ only in the processor. */
  readonly base: string;
  readonly buildBase: string;
  readonly verbose?: boolean | undefined;
  /** The project's folder. */
  readonly folder: string;
}

/** Where images are packed by default. */
export const LAYOUT = join('build', 'images');

export function defaultLayout(): string {
  return join(projectRoot(), LAYOUT);
}

/** Finds the base images, or makes them. @throws ImageBuildError. */
export async function openWorkshop(
  engine: Engine,
  architecture: Architecture,
  options: BuildOptions = {},
): Promise<Workshop> {
  const here = localArchitecture();
  const [base, buildBase] = await tidily(async () => {
    const first = await findBase(engine, architecture, options);
    return [first, architecture === here ? first : await findBase(engine, here, options)] as const;
  });
  return { engine, architecture, base, buildBase, verbose: options.verbose, folder: options.folder ?? '.' };
}

export interface Made {
  name: FunctionName;
  image: Image;
  /** The manifest's digest, by which registries and Lambda know the image. */
  digest: string;
}

/** Builds and packs both images. The second one reuses layers of the first. @throws ImageBuildError. */
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

/** Builds one image; with `fresh` without any cache. Tells the engine's current step. @throws ImageBuildError. */
export async function buildImage(
  workshop: Workshop,
  name: FunctionName,
  tell: Tell = () => undefined,
  fresh = false,
): Promise<Image> {
  const image = imageName(name, workshop.architecture);
  const built = `${image}-as-built-${process.pid}`; // each process has its own name
  try {
    await buildTarget(workshop, name, ['--target', 'image', '--tag', built], { fresh, tell });
    tell('giving every date the epoch');
    return { name: image, id: await rewriteDates(workshop.engine, built, image) };
  } finally {
    await removeImage(workshop.engine, built);
  }
}

/** Runs `docker build` on a Dockerfile. `words` are its `--target`, and a `--tag` or an `--output`. */
export async function buildTarget(
  { engine, architecture, base, buildBase, verbose, folder }: Workshop,
  name: FunctionName,
  words: readonly string[],
  { fresh = false, tell }: { fresh?: boolean; tell?: Tell } = {},
): Promise<void> {
  const file = join(folder, dockerfile(name));
  if (!existsSync(file)) throw new ImageBuildError(`there is no ${file}: run this in the project's folder`);
  const { NODE_EXTRA_CA_CERTS: authorities, FR_WEIGHTS: weights } = process.env;
  const command = [
    ...['build', '--progress=plain', '--file', file, '--platform', `linux/${architecture}`],
    ...['--build-arg', `BASE=${base}`, '--build-arg', `BUILD_BASE=${buildBase}`],
    ...(authorities ? ['--secret', `id=ca,src=${authorities}`] : []),
    ...(weights ? ['--build-arg', `WEIGHTS=${weights}`] : []),
    ...(engine.hasBridge ? [] : ['--network=host']),
    ...(fresh ? ['--no-cache'] : []),
    ...words,
    folder,
  ];
  await docker(engine, command, { stderr: verbose ? ['pipe', 'inherit'] : 'pipe' }, (line) => {
    const [, step] = STEP.exec(line) ?? [];
    if (step !== undefined) tell?.(step);
  });
}

/**
 * Writes an image's configuration again, with the epoch for every date and without the builder's notes about itself.
 * The layers stay as they are: the Dockerfile sets their files' dates. SOURCE_DATE_EPOCH would do the same, but needs a
 * newer Docker than Debian 12 has. buildah can do it too, but few people have it.
 */
function rewriteDates(engine: Engine, built: string, name: string): Promise<string> {
  return withFolder(async (folder) => {
    const { configuration, layers } = await saveImage(engine, built, folder);
    const history = configuration.history.map((step) => ({ ...step, created: EPOCH }));
    return loadImage(engine, name, folder, { ...configuration, created: EPOCH, history }, layers);
  });
}
