// The packages that a clone needs: the system's, by apt, and npm's. Plain JavaScript on Node alone, as setup.mjs is.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onPath, SetupError, say, step } from './steps.mjs';

const SYSTEM_PACKAGES = [
  ...['g++', 'cmake', 'ninja-build', 'libdlib-dev', 'libopenblas-pthread-dev'],
  ...['libjpeg-dev', 'libpng-dev', 'libwebp-dev', 'libgif-dev', 'zlib1g-dev'],
];
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'];

/** @param {string[]} names */
function missingPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own fields
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names];
  const known = spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout.split('\n');
  return names.filter((name) => !known.includes(`${name} installed`));
}

/** The words that make a command run as root: none if we are root, undefined if sudo would need a password nobody can type. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!onPath('sudo')) return undefined;
  if (process.stdin.isTTY) return ['sudo'];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/** Installs what the native build needs. Throws SetupError, with the line to run, if we cannot become root. */
export async function installSystemPackages() {
  if (!onPath('dpkg-query') || !onPath('apt-get')) {
    const missing = ['g++', 'cmake', 'ninja'].filter((tool) => !onPath(tool));
    if (missing.length === 0) return;
    throw new SetupError(
      `${missing.join(', ')} not found, and this is not Debian or Ubuntu: install them and the static libraries of ` +
        'dlib, OpenBLAS, libjpeg, libpng, libwebp, giflib and zlib, then run the same command again',
    );
  }
  await installDebianPackages(SYSTEM_PACKAGES);
}

/**
 * Installs those of Debian's packages that are missing. Throws SetupError, with the line to run, if we cannot become root.
 * @param {string[]} names
 */
export async function installDebianPackages(names) {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  const line = `apt-get update && ${[...INSTALL, ...missing].join(' ')}`;
  const byHand = `run this line, then the same command again: ${
    onPath('sudo') ? line.replaceAll('apt-get', 'sudo apt-get') : `su -c '${line}'`
  }`;
  const prefix = rootPrefix();
  if (!prefix) throw new SetupError(`system packages are missing and only root may install them: ${byHand}`);
  say(`setup: missing on this machine: ${missing.join(' ')}\n`);
  // Repairs an installation that was cut short. If the update fails, the old lists may still do.
  const script = 'dpkg --configure -a; apt-get update; exec "$@"';
  const options = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = [...INSTALL, '--fix-broken', ...options, ...missing];
  await step(
    `installing with ${[...prefix, 'apt-get'].join(' ')}`,
    [[...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', script, 'sh', ...install]],
    byHand,
  );
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Compares npm's own record with the lock file. npm writes the record last, so an interrupted installation has none. */
function npmPackagesAreInstalled() {
  /** @type {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
  let installed;
  try {
    installed = readJson('node_modules/.package-lock.json').packages;
  } catch {
    return false;
  }
  /** @type {typeof installed} */
  const wanted = readJson('package-lock.json').packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const here = installed[path];
    return path === '' || optional || (here?.version === version && here?.integrity === integrity);
  });
}

/** On Windows npm is a script that only a shell can start, so npm's program is started by Node instead. */
function npmCommand() {
  const { npm_execpath: program } = process.env;
  return process.platform === 'win32' && program ? [process.execPath, program] : ['npm'];
}

/** Installs npm's packages unless they are those of the lock file. */
export async function installNpmPackages() {
  if (npmPackagesAreInstalled()) return;
  await step(
    'installing npm packages',
    // dev: the compiler and the demo's photographs are needed even if NODE_ENV is production
    [[...npmCommand(), 'ci', '--include=dev', '--no-audit', '--no-fund']],
    'read what npm says above, then run the same command again',
  );
}
