// A function's image: built from its Dockerfile, then made the same for everyone who builds the same sources.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type BaseOptions, findBase } from './base.ts';
import { docker, type Engine, ImageBuildError, imageId } from './engine.ts';
import { type Architecture, dockerfile, type FunctionName, imageName, localArchitecture } from './names.ts';

export interface BuildOptions extends BaseOptions {
  /** Shows the engine's progress on stderr. */
  verbose?: boolean | undefined;
}

export interface Image {
  readonly name: string;
  /** `sha256:` and the digest of its configuration, which names every layer: equal ids are equal images. */
  readonly id: string;
}

/** Where and on what to build. */
export interface Workshop {
  readonly engine: Engine;
  readonly architecture: Architecture;
  /** The image to build on, and the one to build in: the same, but for the processor. */
  readonly base: string;
  readonly buildBase: string;
  readonly verbose?: boolean | undefined;
}

/** Finds, or makes, the base images. @throws ImageBuildError. */
export async function openWorkshop(
  engine: Engine,
  architecture: Architecture,
  options: BuildOptions = {},
): Promise<Workshop> {
  const base = await findBase(engine, architecture, options);
  const here = localArchitecture();
  const buildBase = architecture === here ? base : await findBase(engine, here, options);
  return { engine, architecture, base, buildBase, verbose: options.verbose };
}

/** Builds one image; with `fresh` from nothing. The current folder must be the project's root. @throws ImageBuildError. */
export async function buildImage(workshop: Workshop, name: FunctionName, fresh = false): Promise<Image> {
  const image = imageName(name, workshop.architecture);
  const built = `${image}-as-built`;
  await buildTarget(workshop, name, ['--target', 'image', '--tag', built], fresh);
  try {
    return { name: image, id: await normalise(workshop.engine, built, image) };
  } finally {
    await docker(workshop.engine, ['image', 'rm', built]);
  }
}

/** `docker build` of a Dockerfile; `words` say what for: a `--target`, and a `--tag` or an `--output`. */
export async function buildTarget(
  { engine, architecture, base, buildBase, verbose }: Workshop,
  name: FunctionName,
  words: readonly string[],
  fresh = false,
): Promise<void> {
  const file = dockerfile(name);
  if (!existsSync(file)) throw new ImageBuildError(`there is no ${file} here: run this in the project's folder`);
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env;
  const command = [
    ...['build', '--progress=plain', '--file', file, '--platform', `linux/${architecture}`],
    ...['--build-arg', `BASE=${base}`, '--build-arg', `BUILD_BASE=${buildBase}`],
    ...(authorities ? ['--secret', `id=ca,src=${authorities}`] : []),
    ...(engine.hasBridge ? [] : ['--network=host']),
    ...(fresh ? ['--no-cache'] : []),
    ...words,
    '.',
  ];
  await docker(engine, command, { stderr: verbose ? ['pipe', 'inherit'] : 'pipe' });
}

interface Manifest {
  Config: string;
  RepoTags: string[];
}

interface Configuration {
  created: string;
  history: { created: string }[];
  architecture: string;
  os: string;
  config: Record<string, unknown>;
  rootfs: unknown;
}

const BYTES = { encoding: 'buffer', buffer: false } as const;
const EPOCH = '1970-01-01T00:00:00Z';

/**
 * Gives an image's configuration the epoch for every date, and leaves out what the builder noted about itself. The
 * layers need nothing: the Dockerfile sets their files' dates. Done so because the engine's own SOURCE_DATE_EPOCH needs
 * a newer Docker than Debian 12 has, and buildah, which can, is not on most people's machines.
 */
async function normalise(engine: Engine, built: string, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-image-'));
  try {
    await execa(engine.client, ['image', 'save', built], BYTES).pipe('tar', ['x', '-C', folder]);
    const path = join(folder, 'manifest.json');
    const [manifest] = JSON.parse(await readFile(path, 'utf8')) as [Manifest];
    const { architecture, os, config, rootfs, history } = JSON.parse(
      await readFile(join(folder, manifest.Config), 'utf8'),
    ) as Configuration;
    const dated = history.map((step) => ({ ...step, created: EPOCH }));
    const text = JSON.stringify({ architecture, config, created: EPOCH, history: dated, os, rootfs });
    const digest = createHash('sha256').update(text).digest('hex');
    await writeFile(join(folder, `${digest}.json`), text);
    await writeFile(path, JSON.stringify([{ ...manifest, Config: `${digest}.json`, RepoTags: [name] }]));
    // Only what the manifest names: a newer engine's index.json would name the image as it was built.
    const others = ['--exclude=./index.json', '--exclude=./oci-layout', '--exclude=./repositories'];
    await execa('tar', ['c', '-C', folder, ...others, '.'], BYTES).pipe(engine.client, ['image', 'load']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const id = await imageId(engine, name);
  if (!id) throw new ImageBuildError(`the engine did not take the image ${name} back: see 'docker image load'`);
  return id;
}
