// An image of the engine -> files in a folder, and back. The format is Docker's archive, which every version can load.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecaError, execa } from 'execa';
import { interrupted } from '../shell/interrupt.ts';
import { type Engine, ImageBuildError, imageId } from './engine.ts';

/** The part of a configuration that decides how the image runs. The rest is a builder's notes about itself. */
export interface Configuration {
  architecture: string;
  config: Record<string, unknown>;
  created: string;
  history: { created: string }[];
  os: string;
  rootfs: { type: 'layers'; diff_ids: string[] };
}

/** The date of everything in an image, so that equal contents are equal images whenever they are made. */
export const EPOCH = '1970-01-01T00:00:00Z';

const BYTES = { encoding: 'buffer', buffer: { stdout: false, stderr: true }, cancelSignal: interrupted } as const;

/** Gives `use` a new folder, and removes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-image-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits for two programs, one of which feeds the other. @throws ImageBuildError with what they printed. */
async function through(programs: Promise<unknown>): Promise<void> {
  try {
    await programs;
  } catch (cause) {
    const failed = cause as ExecaError;
    // When the first one fails, the other one fails because of it.
    const texts = [...failed.pipedFrom, failed].map(({ stderr }) =>
      Buffer.from((stderr ?? '') as string).toString('utf8'),
    );
    const said = texts.map((text) => text.trim()).find((text) => text !== '');
    throw new ImageBuildError(`an image could not be read or loaded: ${said ?? failed.shortMessage}`, { cause });
  }
}

/** Unpacks an image of the engine into a folder. The layers are paths relative to it, lowest first. */
export async function saveImage(
  engine: Engine,
  name: string,
  folder: string,
): Promise<{ configuration: Configuration; layers: string[] }> {
  await through(execa(engine.client, ['image', 'save', name], BYTES).pipe('tar', ['x', '-C', folder]));
  const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  return { configuration: JSON.parse(await readFile(join(folder, manifest.Config), 'utf8')), layers: manifest.Layers };
}

/** The text from which an image's id is computed: always the same text for the same configuration. */
export function configurationText({ architecture, config, created, history, os, rootfs }: Configuration): string {
  return JSON.stringify({ architecture, config, created, history, os, rootfs });
}

/** Loads an image made of layers in a folder into the engine. Returns its id, the digest of its configuration. */
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
  // Only what the manifest names: a newer engine's index.json would name the image under the name of its build.
  const others = ['index.json', 'oci-layout', 'repositories'].map((other) => `--exclude=./${other}`);
  await through(execa('tar', ['c', '-C', folder, ...others, '.'], BYTES).pipe(engine.client, ['image', 'load']));
  const id = await imageId(engine, name);
  if (!id) throw new ImageBuildError(`the engine did not take the image ${name}: see 'docker image load --help'`);
  return id;
}
