#!/usr/bin/env node
// Gets a clone ready to run: system packages, npm packages, the native program, dist/. Plain JavaScript on Node alone,
// because nothing else is there yet when it starts. Does only what is not done: it may be stopped and run again.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  copyFileSync,
  constants as fs,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distIsUpToDate, dropStaleDist, noteDist } from './setup/dist.mjs';
import { takeLock } from './setup/lock.mjs';

const SYSTEM_PACKAGES = [
  ...['g++', 'cmake', 'ninja-build', 'libdlib-dev', 'libopenblas-pthread-dev'],
  ...['libjpeg-dev', 'libpng-dev', 'libwebp-dev', 'libgif-dev', 'zlib1g-dev'],
];
const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'];
const PARALLEL_JOBS = 2; // a compiler on dlib's templates takes 1 GB
// For CI: its compilers are known, whereas the next one has warnings of its own.
const WARNINGS = `-DFR_WERROR=${process.env.FR_WERROR === '1' ? 'ON' : 'OFF'}`;
const ANNOUNCE_AFTER_MS = 1000; // a step that ends sooner had nothing to do, and is not worth a line

class SetupError extends Error {}

/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
/** @type {NodeJS.Signals | undefined} */
let stopping;

/** @param {string} text */
function say(text) {
  process.stderr.write(text);
}

/** @param {string} name */
function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), fs.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a command to its end. The terminal stays its stdin, since sudo may ask there.
 * @param {string[]} command
 * @returns {Promise<{ failure: string | undefined, output: string }>}
 */
async function run([program = '', ...words]) {
  const child = spawn(program, words, { stdio: ['inherit', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  /** @type {string | undefined} */
  const failure = await new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (status, signal) => done(status === 0 ? undefined : (signal ?? `exit status ${status}`)));
  });
  running = undefined;
  if (stopping) process.exit(128 + os.signals[stopping]);
  return { failure, output };
}

/**
 * Runs commands one after the other as one line of progress; what they print is shown only when one fails.
 * @param {string} what
 * @param {string[][]} commands
 * @param {string} advice what to do when one fails
 */
async function step(what, commands, advice) {
  const start = performance.now();
  let announced = false;
  const timer = setTimeout(() => {
    announced = true;
    say(`setup: ${what} ... `);
  }, ANNOUNCE_AFTER_MS);
  for (const command of commands) {
    const { failure, output } = await run(command);
    if (failure === undefined) continue;
    clearTimeout(timer);
    say(`${announced ? 'failed\n' : ''}${output.trimEnd()}\n`);
    throw new SetupError(`${what}: '${command.slice(0, 3).join(' ')} ...' failed (${failure}): ${advice}`);
  }
  clearTimeout(timer);
  if (announced) say(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

function missingSystemPackages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own fields
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...SYSTEM_PACKAGES];
  const known = spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout.split('\n');
  return SYSTEM_PACKAGES.filter((name) => !known.includes(`${name} installed`));
}

/** How to become root here: nothing for root itself, undefined where nobody can be asked for a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!onPath('sudo')) return undefined;
  if (process.stdin.isTTY) return ['sudo'];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

async function installSystemPackages() {
  if (!onPath('dpkg-query') || !onPath('apt-get')) {
    const missing = ['g++', 'cmake', 'ninja'].filter((tool) => !onPath(tool));
    if (missing.length === 0) return;
    throw new SetupError(
      `no ${missing.join(', ')} here, and this is not Debian or Ubuntu: install them with the static libraries of ` +
        'dlib, OpenBLAS, libjpeg, libpng, libwebp, giflib and zlib, then run the same command again',
    );
  }
  const missing = missingSystemPackages();
  if (missing.length === 0) return;
  const line = `apt-get update && ${[...INSTALL, ...missing].join(' ')}`;
  const byHand = `run this line, then the same command again: ${
    onPath('sudo') ? line.replaceAll('apt-get', 'sudo apt-get') : `su -c '${line}'`
  }`;
  const prefix = rootPrefix();
  if (!prefix) throw new SetupError(`system packages are missing and only root may install them: ${byHand}`);
  say(`setup: missing on this machine: ${missing.join(' ')}\n`);
  // An earlier installation may have been cut short; and lists that cannot be renewed may still be good enough.
  const script = 'dpkg --configure -a; apt-get update; exec "$@"';
  const options = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = [...INSTALL, '--fix-broken', ...options, ...missing];
  await step(
    `installing them with ${[...prefix, 'apt-get'].join(' ')}`,
    [[...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-c', script, 'sh', ...install]],
    byHand,
  );
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** npm writes its own record last, so an installation that was cut short has none. */
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

/** npm on Windows is a script that only a shell can start; whoever started us says where its program is. */
function npmCommand() {
  const { npm_execpath: program } = process.env;
  return process.platform === 'win32' && program ? [process.execPath, program] : ['npm'];
}

async function installNpmPackages() {
  if (npmPackagesAreInstalled()) return;
  await step(
    'installing npm packages',
    // dev: the compiler and the photographs of the demo are needed even where NODE_ENV says production
    [[...npmCommand(), 'ci', '--include=dev', '--no-audit', '--no-fund']],
    'look at what npm says above, then run the same command again',
  );
}

/**
 * CMake refuses a folder that was configured elsewhere, or for another build tool or compiler: such a one is made anew.
 * @param {string} folder
 * @param {string} compiler
 */
function dropForeignBuild(folder, compiler) {
  let cache;
  try {
    cache = readFileSync(join(folder, 'CMakeCache.txt'), 'utf8');
  } catch {
    return;
  }
  const ours = [`CMAKE_HOME_DIRECTORY:INTERNAL=${resolve('native')}`, 'CMAKE_GENERATOR:INTERNAL=Ninja'];
  const lines = cache.split('\n');
  // CMake writes down where it found the compiler.
  const same = lines.some((line) => line.startsWith('CMAKE_CXX_COMPILER:') && line.endsWith(`/${compiler}`));
  if ((compiler && !same) || !ours.every((line) => lines.includes(line))) rmSync(folder, { recursive: true });
}

/**
 * @param {string} what
 * @param {string} folder
 * @param {string[]} targets
 * @param {string[]} options
 * @param {string} compiler of C++, where it is not the machine's own
 */
async function buildNative(what, folder, targets, options, compiler = '') {
  dropForeignBuild(folder, compiler);
  await step(
    what,
    [
      ['cmake', '-S', resolve('native'), '-B', resolve(folder), '-G', 'Ninja', WARNINGS, ...options],
      ['cmake', '--build', folder, '--parallel', String(PARALLEL_JOBS), '--target', ...targets],
    ],
    `look at what is said above; 'rm -r ${folder}' and a new start cure a build folder gone wrong`,
  );
}

async function makeDist() {
  dropStaleDist();
  if (!distIsUpToDate()) {
    const advice = 'correct what it names above';
    await step('compiling TypeScript', [[process.execPath, 'node_modules/typescript/bin/tsc']], advice);
    noteDist();
  }
  for (const file of readdirSync('handler').filter((name) => name.endsWith('.bin'))) {
    copyFileSync(join('handler', file), join('dist/handler', file));
  }
}

/**
 * Makes `npx fr-train` find our own commands at once. By a "bin" in package.json it would make a project of its own in npm's
 * cache for them, and two at a time would collide there.
 */
function linkCommands() {
  if (process.platform === 'win32') return; // not everybody may make links there; `node dist/tools/fr-train.js` does as well
  for (const file of readdirSync('tools').filter((name) => /^fr-.*\.ts$/.test(name))) {
    const name = file.slice(0, -'.ts'.length);
    const link = join('node_modules/.bin', name);
    chmodSync(join('dist/tools', `${name}.js`), 0o755);
    rmSync(link, { force: true });
    symlinkSync(join('../../dist/tools', `${name}.js`), link);
  }
}

async function main() {
  const words = process.argv.slice(2);
  const tests = words.includes('--tests');
  // The deployer's programs need nothing native: no compiler, and any system that has Node.
  const scripts = words.includes('--scripts');
  if (words.some((word) => word !== '--tests' && word !== '--scripts')) {
    throw new SetupError(`knows --tests and --scripts only, not '${words.join(' ')}'`);
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node ${process.versions.node} is too old: install 20.19 or newer`);
  }
  process.chdir(realpathSync(fileURLToPath(new URL('..', import.meta.url))));
  process.env.PWD = process.cwd(); // CMake would name everything by a symbolic link found there, and build anew
  await takeLock('build/setup.lock', (pid) => say(`setup: waiting for process ${pid}, which sets up this clone\n`));
  if (!scripts) await installSystemPackages();
  await installNpmPackages();
  if (!scripts) await makeNative(tests);
  await makeDist();
  linkCommands();
}

/** @param {boolean} tests whether to build what the tests of the native program need too */
async function makeNative(tests) {
  const program = `-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${resolve('dist/native')}`;
  // Without it what was chosen last time stays.
  const { FR_WEIGHTS: weights = '' } = process.env;
  if (!['', 'full', 'half'].includes(weights)) throw new SetupError(`FR_WEIGHTS is full or half, not '${weights}'`);
  const choice = weights ? [`-DFR_WEIGHTS=${weights}`] : [];
  const targets = tests ? ['all', 'native-tests'] : ['all'];
  await buildNative('building the native program', 'build/native', targets, [program, ...choice]);
  if (tests) {
    // The weights' bytes do not depend on how its builder was compiled.
    const weightsFiles = [
      `-DFR_WEIGHTS_FILE=${resolve('dist/native/fr-sidecar.weights')}`,
      `-DFR_HALF_WEIGHTS_FILE=${resolve('build/native/half.weights')}`,
    ];
    // Another compiler here brings that compiler's warnings and errors too: CI's is clang.
    const { FR_SANITIZED_BY: compiler = '' } = process.env;
    if (!['', 'clang', 'gcc'].includes(compiler)) {
      throw new SetupError(`FR_SANITIZED_BY is clang or gcc, not '${compiler}'`);
    }
    const cxx = compiler === 'clang' ? 'clang++' : 'g++';
    const compilers = compiler ? [`-DCMAKE_C_COMPILER=${compiler}`, `-DCMAKE_CXX_COMPILER=${cxx}`] : [];
    const [what, folder] = ['building it with sanitizers', 'build/native-sanitized'];
    await buildNative(what, folder, targets, ['-DFR_SANITIZE=ON', ...weightsFiles, ...compilers], compiler && cxx);
    const threads = ['-DFR_SANITIZE_THREADS=ON', ...weightsFiles];
    await buildNative('building what has threads, with theirs', 'build/native-threads', ['native-tests'], threads);
  }
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    stopping = signal;
    // At Ctrl-C the terminal has told the child too; it is waited for, so that it can clean up.
    if (!running) process.exit(128 + os.signals[signal]);
    if (signal !== 'SIGINT') running.kill(signal);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`setup: ${error.message}\n`);
  process.exitCode = 1;
}
