// onnxruntime as a peer of the benchmark: the network alone, on one thread, with all its graph optimisations.
import { createRequire } from 'node:module';
import { CHIP_BYTES, chipByte, serve } from './js-peer.ts';

const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node');
const MEAN = [122.782, 117.001, 104.298];
const SIDE_SQUARED = 150 * 150;

function chips(count: number): Float32Array {
  const values = new Float32Array(count * CHIP_BYTES);
  for (let chip = 0; chip < count; chip += 1) {
    for (let at = 0; at < CHIP_BYTES; at += 1) {
      const [pixel, channel] = [Math.floor(at / 3), at % 3];
      values[chip * CHIP_BYTES + channel * SIDE_SQUARED + pixel] = (chipByte(chip, at) - (MEAN[channel] ?? 0)) / 256;
    }
  }
  return values;
}

const session = await InferenceSession.create(process.env.FR_ONNX, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});
const inputs = new Map(['1', '8'].map((n) => [n, new Tensor('float32', chips(Number(n)), [Number(n), 3, 150, 150])]));

await serve({
  embed: async (count) => (await session.run({ chips: inputs.get(count) })).vectors.data[0],
});
