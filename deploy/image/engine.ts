// The container engine: finds a Docker client that can build images, and runs it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa, type Options } from 'execa';
import { interrupted } from '../shell/interrupt.ts';

/** A container engine or an image that cannot be used. The message says what failed, on what, and what to do. */
export class ImageBuildError extends Error {
  override name = 'ImageBuildError';
}

export interface Engine {
  /** The client's path. */
  readonly client: string;
  readonly clientVersion: string;
  readonly serverVersion: string;
  /** Whether containers get a network of their own. Without a bridge they use the host's network, or none. */
  readonly hasBridge: boolean;
}

// With attestations the result would be an index of several images, which Lambda refuses. Older clients make none.
const ENVIRONMENT = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };

const TIDY_MS = 10_000;

/**
 * The first client on PATH that has BuildKit and reaches an engine.
 *
 * @throws ImageBuildError that says why each client cannot be used.
 */
export async function findEngine(): Promise<Engine> {
  const clients = onPath(process.platform === 'win32' ? 'docker.exe' : 'docker');
  if (clients.length === 0) throw new ImageBuildError('no docker on PATH: install Docker (Debian: docker.io)');
  const faults: string[] = [];
  for (const client of clients) {
    const engine = await inspect(client);
    if (typeof engine !== 'string') return engine;
    faults.push(`${client} ${engine}`);
  }
  throw new ImageBuildError(`no Docker here can build: ${faults.join('; ')}`);
}

async function inspect(client: string): Promise<Engine | string> {
  const env = ENVIRONMENT;
  const help = await execa(client, ['build', '--help'], { env, reject: false });
  if (help.failed || !help.stdout.includes('--secret')) return 'has no BuildKit: install its buildx plugin';
  const format = '{{.Client.Version}} {{.Server.Version}}';
  const version = await execa(client, ['version', '--format', format], { env, reject: false });
  if (version.failed) return `reaches no engine: start it (${version.stderr.trim().split('\n').at(-1)})`;
  const [clientVersion = '', serverVersion = ''] = version.stdout.split(' ');
  // Only the network of this name: a build cannot use networks that somebody made.
  const networks = await execa(client, ['network', 'ls', '--format', '{{.Name}}'], { env });
  return { client, clientVersion, serverVersion, hasBridge: networks.stdout.split('\n').includes('bridge') };
}

function onPath(name: string): string[] {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.filter((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs the client until it ends or a signal stops it. @throws ImageBuildError with the last lines that it printed. */
export async function docker(
  engine: Engine,
  words: readonly string[],
  options: Options = {},
  onLine?: (line: string) => void,
): Promise<string> {
  const child = execa(engine.client, words, { env: ENVIRONMENT, cancelSignal: interrupted, ...options, reject: false });
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine?.(line.trim());
  });
  const result = await child;
  if (!result.failed) return String(result.stdout ?? '');
  const said = String(result.stderr ?? result.message).trim();
  const command = `docker ${words.slice(0, 3).join(' ')}`;
  throw new ImageBuildError(`'${command}' failed: ${said.split('\n').slice(-15).join('\n')}`);
}

/** Removes an image's name, if there is such an image. Runs after a signal too, since it tidies up. */
export async function removeImage(engine: Engine, name: string): Promise<void> {
  await execa(engine.client, ['image', 'rm', name], { env: ENVIRONMENT, reject: false, timeout: TIDY_MS });
}

/** An image's content id, or undefined when the engine does not have the image. */
export async function imageId(engine: Engine, name: string): Promise<string | undefined> {
  const words = ['image', 'inspect', '--format', '{{.Id}}', name];
  const result = await execa(engine.client, words, { env: ENVIRONMENT, reject: false });
  return result.failed ? undefined : result.stdout;
}
