// The package.json of every package that is published, made from the clone's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPE } from '../../handler/program.ts';
import { COMMANDS } from './bundle.ts';

/** Platforms with a program of their own, as npm names them; all others run WebAssembly. */
export const PLATFORMS = ['linux-x64', 'linux-arm64'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** npm packages that only some commands need. Whoever needs one is told which line installs it (tools/cli/optional.ts). */
export const OPTIONAL = [
  '@aws-sdk/client-lambda',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sfn',
  '@aws-sdk/client-sts',
  '@aws-sdk/credential-provider-node',
  '@fontsource-variable/noto-sans',
  '@fontsource-variable/noto-sans-arabic',
  '@fontsource-variable/noto-sans-hebrew',
  '@fontsource-variable/noto-sans-kr',
  '@fontsource-variable/noto-sans-sc',
  '@fontsource-variable/noto-sans-thai',
  '@jsquash/avif',
  'fontkit',
  'libheif-js',
  'sharp',
  'woff2-encoder',
] as const;

export interface Manifest {
  name: string;
  version: string;
  [field: string]: unknown;
}

interface CloneManifest extends Manifest {
  dependencies: Record<string, string>;
  engines: { node: string };
}

export function readCloneManifest(root: string): CloneManifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

// Provenance: npm records which commit and which workflow made the package, and shows it.
const PUBLISHED = { type: 'module', publishConfig: { access: 'public', provenance: true } } as const;

/** The package that people install: commands, library, and the WebAssembly sidecar. */
export function mainManifest(clone: CloneManifest): Manifest {
  const { name, version, description, license, engines, dependencies } = clone;
  const bin = Object.fromEntries(Object.keys(COMMANDS).map((entry) => [entry, `dist/${entry}.js`]));
  const peerDependencies = Object.fromEntries(OPTIONAL.map((each) => [each, dependencies[each] as string]));
  return {
    name,
    version,
    description,
    license,
    keywords: ['face-recognition', 'face-verification', 'aws-lambda', 'privacy', 'cli'],
    ...PUBLISHED,
    engines,
    bin,
    exports: {
      '.': { types: './dist/types/index.d.ts', default: './dist/index.js' },
      './schema.json': './dist/handler/schema.json',
      './package.json': './package.json',
    },
    files: ['dist', 'CHANGELOG.md', 'THIRD-PARTY-LICENSES'],
    // Exact versions: program, weights and the code around them are made for each other.
    dependencies: { [`${SCOPE}/weights`]: version },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [`${SCOPE}/${platform}`, version])),
    peerDependencies,
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((each) => [each, { optional: true }])),
    // The sidecar is another process, which cannot read inside a package manager's archive.
    preferUnplugged: true,
  };
}

/** The networks' weights: the same file on every platform. */
export function weightsManifest({ version }: CloneManifest, file: string): Manifest {
  return {
    name: `${SCOPE}/weights`,
    version,
    description: 'The weights of the networks of serverless-face-recognition.',
    license: 'CC0-1.0 AND Apache-2.0',
    ...PUBLISHED,
    files: [file, 'THIRD-PARTY-LICENSES'],
    preferUnplugged: true,
  };
}

/** The sidecar for one platform: one static program, for any C library. */
export function platformManifest({ version, license }: CloneManifest, platform: Platform): Manifest {
  const [os, cpu] = platform.split('-');
  return {
    name: `${SCOPE}/${platform}`,
    version,
    description: `The native program of serverless-face-recognition for ${platform}.`,
    license,
    ...PUBLISHED,
    os: [os],
    cpu: [cpu],
    files: ['fr-sidecar', 'THIRD-PARTY-LICENSES'],
    preferUnplugged: true,
  };
}
