// onnxruntime as a peer of the benchmark: the network alone, on one thread, with all its graph optimisations.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CHIP_BYTES, chipByte, serve } from './js-peer.ts';
import { onnxFile } from './onnx-file.ts';

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

const model = process.env.FR_ONNX
  ? readFileSync(process.env.FR_ONNX)
  : onnxFile(readFileSync(process.env.FR_MODEL ?? ''));
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});

const inputs = new Map([1, 8].map((count) => [count, new Tensor('float32', chips(count), [count, 3, 150, 150])]));

await serve({
  embed: async (count) => {
    const input = inputs.get(count);
    return (await session.run({ chips: input })).vectors.data[0];
  },
});
