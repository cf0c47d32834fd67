// An engine's image as files in a folder (Docker's archive format, which every version loads), and back.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecaError, execa } from 'execa';
import { interrupted } from '../shell/interrupt.ts';
import { type Engine, ImageBuildError, imageId } from './engine.ts';

/** What a configuration says that decides how the image runs; the rest is what a builder noted about itself. */
export interface Configuration {
  architecture: string;
  config: Record<string, unknown>;
  created: string;
  history: { created: string }[];
  os: string;
  rootfs: { type: 'layers'; diff_ids: string[] };
}

/** The date of everything: equal contents are equal images, whenever they are made. */
export const EPOCH = '1970-01-01T00:00:00Z';

const BYTES = { encoding: 'buffer', buffer: { stdout: false, stderr: true }, cancelSignal: interrupted } as const;

/** Gives `use` a folder of its own, and removes it. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-image-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits for two programs of which one feeds the other. @throws ImageBuildError with what they said. */
async function through(programs: Promise<unknown>): Promise<void> {
  try {
    await programs;
  } catch (cause) {
    const failed = cause as ExecaError;
    // The first that fails is why the other does.
    const texts = [...failed.pipedFrom, failed].map(({ stderr }) =>
      Buffer.from((stderr ?? '') as string).toString('utf8'),
    );
    const said = texts.map((text) => text.trim()).find((text) => text !== '');
    throw new ImageBuildError(`an image could not be read or loaded: ${said ?? failed.shortMessage}`, { cause });
  }
}

/** Unpacks an image of the engine's into a folder. The layers are paths from there, lowest first. */
export async function saveImage(
  engine: Engine,
  name: string,
  folder: string,
): Promise<{ configuration: Configuration; layers: string[] }> {
  await through(execa(engine.client, ['image', 'save', name], BYTES).pipe('tar', ['x', '-C', folder]));
  const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  return { configuration: JSON.parse(await readFile(join(folder, manifest.Config), 'utf8')), layers: manifest.Layers };
}

/** A configuration as its image's id is computed from it: the same text whoever wrote it before. */
export function configurationText({ architecture, config, created, history, os, rootfs }: Configuration): string {
  return JSON.stringify({ architecture, config, created, history, os, rootfs });
}

/** Gives the engine an image made of layers in a folder. Returns its id, the digest of its configuration. */
export async function loadImage(
  engine: Engine,
  name: string,
  folder: string,
  configuration: Configuration,
  layers: readonly string[],
): Promise<string> {
  const text = configurationText(configuration);
  const file = `${createHash('sha256').update(text).digest('hex')}.json`;
  await writeFile(join(folder, file), text);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([{ Config: file, RepoTags: [name], Layers: layers }]));
  // Only what the manifest names: a newer engine's index.json would name the image as it was built.
  const others = ['index.json', 'oci-layout', 'repositories'].map((other) => `--exclude=./${other}`);
  await through(execa('tar', ['c', '-C', folder, ...others, '.'], BYTES).pipe(engine.client, ['image', 'load']));
  const id = await imageId(engine, name);
  if (!id) throw new ImageBuildError(`the engine did not take the image ${name}: see 'docker image load --help'`);
  return id;
}
