// Puts the benchmark's peers in place: compiles what is ours, fetches what npm has.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { onnxFile } from './onnx-file.ts';
import { FOLDER, ONNX, PACKAGES, ROOT, WEIGHTS } from './peers.ts';

// Not this project's dependencies, because they are half a gigabyte: kept apart, and put there by the first run.
const WANTED = [
  'onnxruntime-node@1.30.0',
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
  '@vladmandic/face-api@1.7.15',
];

/** Puts the packages of the JavaScript peers in place, or says why it cannot. */
export async function installPackages(): Promise<string | undefined> {
  if (existsSync(join(PACKAGES, 'node_modules/.package-lock.json'))) return undefined;
  const words = ['install', '--prefix', PACKAGES, '--ignore-scripts', '--no-audit', '--no-fund', ...WANTED];
  const env = { npm_config_cache: join(FOLDER, 'npm'), npm_config_update_notifier: 'false' }; // nothing outside the clone
  const { failed, stderr } = await execa('npm', words, { cwd: ROOT, env, reject: false });
  return failed ? (/^npm error .*$/m.exec(stderr)?.[0] ?? stderr.split('\n')[0]) : undefined;
}

export async function buildPeers(): Promise<void> {
  await execa('cmake', ['--build', join(ROOT, 'build/native'), '--parallel', '2', '--target', 'bench-programs']);
  const sources = ['onnx', 'face-api', 'handler'].map((name) => join(ROOT, `test/bench/${name}-peer.ts`));
  const format = ['--platform=node', '--format=esm', '--out-extension:.js=.mjs', '--log-level=warning'];
  const words = [...sources, `--outdir=${PACKAGES}`, '--bundle', '--packages=external', ...format];
  await execa(join(ROOT, 'node_modules/.bin/esbuild'), words);
  await writeFile(ONNX, onnxFile(await readFile(WEIGHTS)));
}
