// `--version --json`: what this installation holds, for a report of a fault.
import { createRequire } from 'node:module';
import { projectVersion } from '../../deploy/project.ts';
import { EMBEDDER } from '../../handler/matching/embedder.ts';
import { findProgram, platformName } from '../../handler/program.ts';
import { NEEDS } from './optional.ts';

const DECODERS = ['libheif-js', '@jsquash/avif'];

/** One line of JSON. */
export function describeInstallation(): string {
  const { path, from } = findProgram();
  const kind = from === 'none' ? 'none' : path.endsWith('.mjs') ? 'wasm' : 'native';
  const named = process.env.FR_SIDECAR;
  const optional = [...new Set([...Object.values(NEEDS).flat(), ...DECODERS])].sort();
  return JSON.stringify({
    version: projectVersion(),
    embedder: EMBEDDER,
    sidecar: named === undefined ? { kind, from } : { kind: 'named', from: 'FR_SIDECAR' },
    platform: platformName(),
    node: process.versions.node,
    optional: Object.fromEntries(optional.map((name) => [name, isInstalled(name)])),
  });
}

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  // Fonts have no code to be found, and some packages hide their package.json.
  return [`${name}/package.json`, name].some((file) => {
    try {
      return require.resolve(file) !== '';
    } catch {
      return false;
    }
  });
}
