// The WebAssembly sidecar: its tool-chain from Debian, and its build. Plain JavaScript on Node alone, as setup.mjs is.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildNative } from './native.mjs';
import { installDebianPackages } from './packages.mjs';
import { step } from './steps.mjs';

/** The compiler, the linker, the C and C++ libraries for WebAssembly, and what unpacks source packages. */
const TOOL_CHAIN = [
  ...['clang-19', 'lld-19', 'llvm-19', 'wasi-libc', 'libc++-19-dev-wasm32', 'libclang-rt-19-dev-wasm32'],
  ...['cmake', 'ninja-build', 'dpkg-dev'],
];
/** Source packages: there is no Debian package of a decoder for WebAssembly. */
const DECODERS = ['libjpeg-turbo', 'libpng1.6', 'libwebp', 'giflib', 'zlib'];
const SOURCES = 'build/decoders';
const FOLDER = 'build/wasm';

/** Builds dist/native/fr-core.wasm and puts its JavaScript beside it. */
export async function makeWasm() {
  await installDebianPackages(TOOL_CHAIN);
  mkdirSync(SOURCES, { recursive: true });
  await step(
    "unpacking the decoders' sources",
    [['sh', 'tools/setup/decoders.sh', SOURCES, ...DECODERS]],
    'read the output above: the source packages come from where the machine has its packages from',
  );
  const options = ['-DCMAKE_TOOLCHAIN_FILE=wasm/toolchain.cmake', `-DFR_DECODERS=${resolve(SOURCES)}`];
  await buildNative('building the WebAssembly sidecar', FOLDER, ['fr-core'], options);
  mkdirSync('dist/native', { recursive: true });
  copyFileSync(join(FOLDER, 'fr-core.wasm'), 'dist/native/fr-core.wasm');
  for (const name of ['fr-core.mjs', 'fr-sidecar.mjs'])
    copyFileSync(join('native/wasm', name), join('dist/native', name));
}
