// The native build: the program that ships, and what its tests need. Plain JavaScript on Node alone, as setup.mjs is.
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SetupError, step } from './steps.mjs';

const PARALLEL_JOBS = 2; // a compiler on dlib's templates takes 1 GB
// Only CI asks for it: a newer compiler has new warnings, and these must not stop a user's build.
const WARNINGS = `-DFR_WERROR=${process.env.FR_WERROR === '1' ? 'ON' : 'OFF'}`;

/**
 * Deletes a build folder that was configured elsewhere, or for another build tool or compiler: CMake would refuse it.
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
  // CMake records the compiler's path.
  const same = lines.some((line) => line.startsWith('CMAKE_CXX_COMPILER:') && line.endsWith(`/${compiler}`));
  if ((compiler && !same) || !ours.every((line) => lines.includes(line))) rmSync(folder, { recursive: true });
}

/**
 * Builds targets of native/ in a folder of their own.
 * @param {string} what
 * @param {string} folder
 * @param {string[]} targets
 * @param {string[]} options
 * @param {string} compiler of C++, where it is not the machine's own
 */
export async function buildNative(what, folder, targets, options, compiler = '') {
  dropForeignBuild(folder, compiler);
  await step(
    what,
    [
      ['cmake', '-S', resolve('native'), '-B', resolve(folder), '-G', 'Ninja', WARNINGS, ...options],
      ['cmake', '--build', folder, '--parallel', String(PARALLEL_JOBS), '--target', ...targets],
    ],
    `read the output above; if the build folder is broken, run 'rm -r ${folder}' and try again`,
  );
}

/**
 * Builds the sidecar and its weights.
 * @param {boolean} tests whether to build the native tests too, and what they need
 */
export async function makeNative(tests) {
  const program = `-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${resolve('dist/native')}`;
  const { FR_WEIGHTS: weights = 'half' } = process.env;
  if (!['full', 'half'].includes(weights)) throw new SetupError(`FR_WEIGHTS is '${weights}': set it to full or half`);
  const targets = tests ? ['all', 'native-tests'] : ['all'];
  await buildNative('building the native program', 'build/native', targets, [program, `-DFR_WEIGHTS=${weights}`]);
  if (tests) await makeSanitized(targets);
}

/** @param {string[]} targets */
async function makeSanitized(targets) {
  // The builder of the weights writes the same bytes however it was compiled, so they are built once.
  const weightsFiles = [
    `-DFR_WEIGHTS_FILE=${resolve('dist/native/fr-sidecar.weights')}`,
    `-DFR_FULL_WEIGHTS_FILE=${resolve('build/native/full.weights')}`,
  ];
  // CI chooses clang here, so that the code is free of both compilers' warnings.
  const { FR_SANITIZED_BY: compiler = '' } = process.env;
  if (!['', 'clang', 'gcc'].includes(compiler)) {
    throw new SetupError(`FR_SANITIZED_BY is '${compiler}': set it to clang or gcc`);
  }
  const cxx = compiler === 'clang' ? 'clang++' : 'g++';
  const compilers = compiler ? [`-DCMAKE_C_COMPILER=${compiler}`, `-DCMAKE_CXX_COMPILER=${cxx}`] : [];
  const [what, folder] = ['building it with sanitizers', 'build/native-sanitized'];
  await buildNative(what, folder, targets, ['-DFR_SANITIZE=ON', ...weightsFiles, ...compilers], compiler && cxx);
  const threads = ['-DFR_SANITIZE_THREADS=ON', ...weightsFiles];
  await buildNative('building the thread tests with a sanitizer', 'build/native-threads', ['native-tests'], threads);
}
