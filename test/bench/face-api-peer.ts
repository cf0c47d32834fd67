// @vladmandic/face-api on wasm (SIMD) as a peer of the benchmark, with its fastest detector, the tiny one. Pictures are
// decoded by sharp, which is faster than what its own demo uses.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { CHIP_BYTES, chipByte, serve } from './js-peer.ts';

const load = createRequire(import.meta.url);
// What these print is no answer of ours.
console.log = console.info = console.warn = () => undefined;
const tf = load('@tensorflow/tfjs');
const wasm = load('@tensorflow/tfjs-backend-wasm');
const faceapi = load('@vladmandic/face-api/dist/face-api.node-wasm.js');

wasm.setWasmPaths(`${dirname(load.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
await tf.setBackend('wasm');
await tf.ready();
const models = join(dirname(load.resolve('@vladmandic/face-api/package.json')), 'model');
for (const net of ['tinyFaceDetector', 'faceLandmark68Net', 'faceRecognitionNet']) {
  await faceapi.nets[net].loadFromDisk(models);
}
const options = new faceapi.TinyFaceDetectorOptions({ inputSize: 416 });

const chips = Array.from({ length: 8 }, (_, chip) =>
  tf.tensor3d(
    Uint8Array.from({ length: CHIP_BYTES }, (_byte, at) => chipByte(chip, at)),
    [150, 150, 3],
    'int32',
  ),
);

await serve({
  embed: async (count) => {
    if (count === '1') return (await faceapi.computeFaceDescriptor(chips[0]))[0];
    return (await faceapi.computeFaceDescriptor(chips.slice(0, Number(count))))[0][0];
  },
  picture: async (path) => {
    const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const tensor = tf.tensor3d(data, [info.height, info.width, 3], 'int32');
    const faces = await faceapi.detectAllFaces(tensor, options).withFaceLandmarks().withFaceDescriptors();
    tf.dispose(tensor);
    return faces.length;
  },
});
