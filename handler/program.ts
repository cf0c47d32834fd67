// Finds the sidecar that this machine can run: the clone's own build, the npm package of this platform, or WebAssembly.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface Program {
  path: string;
  /** The file of the networks' weights. Undefined where the program finds it by itself, beside it. */
  weightsPath?: string | undefined;
  /** Who made the program: `build` is this clone or image, `package` an npm package, `none` that there is no program here. */
  from: 'build' | 'package' | 'none';
}

/** The scope of the packages that belong to this one. The scope is ours, so nobody else can take a name in it. */
export const SCOPE = '@serverless-face-recognition';

/** The weights package's one file, and the name that the build gives it. */
export const WEIGHTS_FILE = 'fr-sidecar.weights';

const require = createRequire(import.meta.url);

/** `linux-x64`, `darwin-arm64`: as npm names a platform, and as its package here is called. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** The program of `platform`. Where there is none, the path at which the build would put it. */
export function findProgram(platform = platformName()): Program {
  const [built, builtWasm] = ['fr-sidecar', 'fr-sidecar.mjs'].map((name) =>
    fileURLToPath(new URL(`../native/${name}`, import.meta.url)),
  ) as [string, string];
  if (existsSync(built)) return { path: built, from: 'build' };
  const packaged = resolve(`${SCOPE}/${platform}/fr-sidecar`);
  const weightsPath = findWeights();
  if (packaged && weightsPath) return { path: packaged, weightsPath, from: 'package' };
  // WebAssembly runs everywhere. The main package has it at the same place as a build, and the weights in a package of their own.
  if (existsSync(builtWasm)) return { path: builtWasm, weightsPath, from: weightsPath ? 'package' : 'build' };
  return { path: built, from: 'none' };
}

/** The file of the weights package; undefined where that is not installed. */
function findWeights(): string | undefined {
  return resolve(`${SCOPE}/weights/${WEIGHTS_FILE}`);
}

/** What to do where there is no program, in one line. */
export function withoutProgram(platform = platformName()): string {
  return (
    `there is no program for ${platform} here: install this software again with its optional packages, ` +
    'build it in a clone (npm run setup) and name it in FR_SIDECAR, or deploy to AWS Lambda and add --remote'
  );
}

function resolve(file: string): string | undefined {
  try {
    return require.resolve(file);
  } catch {
    return undefined;
  }
}
