// Our network as an ONNX file, so that onnxruntime runs the same weights. Read from the weights file, whose
// layout is native/weights.hh's and native/kernels/net_kernels.hh's; written as the few protocol buffer messages it takes.

const BLOCK = 32; // outputs packed together

// --- protocol buffers: https://protobuf.dev/programming-guides/encoding, field numbers from onnx.proto ---

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function bytes(field: number, value: Buffer | string): Buffer {
  const content = Buffer.from(value as string);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function message(field: number, parts: Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

const FLOAT = 1;
const INT64 = 7;

function tensor(name: string, type: number, shape: readonly number[], data: Buffer): Buffer {
  return message(5, [...shape.map((side) => number(1, side)), number(2, type), bytes(8, name), bytes(9, data)]);
}

function values(field: number, name: string, shape: readonly (number | string)[]): Buffer {
  const sides = shape.map((side) => message(1, [typeof side === 'string' ? bytes(2, side) : number(1, side)]));
  return message(field, [bytes(1, name), message(2, [message(1, [number(1, FLOAT), message(2, sides)])])]);
}

function node(type: string, inputs: string[], output: string, integers: Record<string, number[]> = {}): Buffer {
  const INTS = 7;
  const attributes = Object.entries(integers).map(([name, list]) =>
    message(5, [bytes(1, name), ...list.map((value) => number(8, value)), number(20, INTS)]),
  );
  return message(1, [...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, type), ...attributes]);
}

// --- the network ---

/** A convolution as packed: rows and columns of its filter, whether all taps of an input lie together. */
interface Layer {
  inputs: number;
  outputs: number;
  rows: number;
  columns: number;
  tapsTogether: boolean;
}

class Reader {
  readonly #floats: Float32Array;
  #at = 0;

  constructor(floats: Float32Array) {
    this.#floats = floats;
  }

  take(count: number): Float32Array {
    this.#at += count;
    return this.#floats.subarray(this.#at - count, this.#at);
  }

  /** Weights as ONNX has them, [output][input][row][column], and biases. */
  layer({ inputs, outputs, rows, columns, tapsTogether }: Layer): { weights: Float32Array; biases: Float32Array } {
    const taps = rows * columns;
    const packed = this.take(inputs * outputs * taps);
    const weights = new Float32Array(packed.length);
    for (let k = 0; k < outputs; k += 1) {
      for (let c = 0; c < inputs; c += 1) {
        for (let tap = 0; tap < taps; tap += 1) {
          const row = Math.floor(k / BLOCK) * taps * inputs + (tapsTogether ? c * taps + tap : tap * inputs + c);
          weights[(k * inputs + c) * taps + tap] = packed[row * BLOCK + (k % BLOCK)] ?? Number.NaN;
        }
      }
    }
    return { weights, biases: this.take(outputs) };
  }
}

function raw(array: Float32Array | BigInt64Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** In full precision the section "network" is larger than this, in half precision smaller. */
const FULL_BYTES = 16e6;

/** The numbers of section "network" of a weights file. */
function networkOf(weights: Buffer): Float32Array {
  for (let at = 64; ; at += 32) {
    const name = weights.toString('latin1', at, at + 16).replace(/\0+$/, '');
    if (name !== 'network') continue;
    const start = Number(weights.readBigUInt64LE(at + 16));
    const bytes = Number(weights.readBigUInt64LE(at + 24));
    return bytes > FULL_BYTES
      ? Float32Array.from({ length: bytes / 4 }, (_, i) => weights.readFloatLE(start + 4 * i))
      : Float32Array.from({ length: bytes / 2 }, (_, i) => halfPrecision(weights.readUInt16LE(start + 2 * i)));
  }
}

/** The value of a finite half-precision number (IEEE 754 binary16). */
function halfPrecision(bits: number): number {
  const [exponent, digits] = [(bits >> 10) & 31, bits & 1023];
  const size = (exponent === 0 ? digits : digits + 1024) * 2 ** (Math.max(exponent, 1) - 25);
  return bits & 0x8000 ? -size : size;
}

class Graph {
  readonly parts: Buffer[] = [];
  readonly #reader: Reader;
  #names = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  add(type: string, inputs: string[], integers: Record<string, number[]> = {}): string {
    this.#names += 1;
    const output = `t${this.#names}`;
    this.parts.push(node(type, inputs, output, integers));
    return output;
  }

  constant(shape: readonly number[], data: Float32Array | BigInt64Array): string {
    this.#names += 1;
    const name = `w${this.#names}`;
    this.parts.push(tensor(name, data instanceof Float32Array ? FLOAT : INT64, shape, raw(data)));
    return name;
  }

  convolve(from: string, layer: Layer, stride: number, pad: number): string {
    const { weights, biases } = this.#reader.layer(layer);
    const names = [this.constant([layer.outputs, layer.inputs, layer.rows, layer.columns], weights)];
    names.push(this.constant([layer.outputs], biases));
    return this.add('Conv', [from, ...names], { strides: [stride, stride], pads: [pad, pad, pad, pad] });
  }

  /** Zeros after the channels, the rows and the columns. */
  extend(from: string, channels: number, sides: number): string {
    const pads = BigInt64Array.from([0, 0, 0, 0, 0, channels, sides, sides].map(BigInt));
    return this.add('Pad', [from, this.constant([8], pads)]);
  }

  stem(from: string): string {
    // Packed as seven rows of 7 x 3 RGB values, which is [row][column][channel].
    const { weights, biases } = this.#reader.layer({
      inputs: 21,
      outputs: 32,
      rows: 7,
      columns: 1,
      tapsTogether: false,
    });
    const turned = new Float32Array(weights.length);
    for (let k = 0; k < 32; k += 1) {
      for (let i = 0; i < 147; i += 1) {
        const [c, r, s] = [Math.floor(i / 49), Math.floor(i / 7) % 7, i % 7];
        turned[k * 147 + i] = weights[(k * 21 + s * 3 + c) * 7 + r] ?? Number.NaN;
      }
    }
    const names = [this.constant([32, 3, 7, 7], turned), this.constant([32], biases)];
    const map = this.add('Relu', [this.add('Conv', [from, ...names], { strides: [2, 2] })]);
    return this.add('MaxPool', [map], { kernel_shape: [3, 3], strides: [2, 2] });
  }

  block(from: string, channels: number): string {
    const layer = { inputs: channels, outputs: channels, rows: 3, columns: 3, tapsTogether: true };
    const middle = this.add('Relu', [this.convolve(from, layer, 1, 1)]);
    return this.add('Relu', [this.add('Add', [this.convolve(middle, layer, 1, 1), from])]);
  }

  /** `missing`: rows and columns that the convolutions make fewer than the pool. */
  halving(from: string, inputs: number, outputs: number, missing: number, last = false): string {
    const first = { inputs, outputs, rows: 3, columns: 3, tapsTogether: false };
    const second = last
      ? { ...first, inputs: outputs, rows: 1, columns: 1 }
      : { ...first, inputs: outputs, tapsTogether: true };
    const middle = this.add('Relu', [this.convolve(from, first, 2, 0)]);
    let sum = this.convolve(middle, second, 1, last ? 0 : 1);
    if (missing > 0) sum = this.extend(sum, 0, missing);
    let past = this.add('AveragePool', [from], { kernel_shape: [2, 2], strides: [2, 2] });
    if (outputs > inputs) past = this.extend(past, outputs - inputs, 0);
    return this.add('Relu', [this.add('Add', [sum, past])]);
  }
}

/** Input "chips" [n, 3, 150, 150], normalised; output "vectors" [n, 128]. */
export function onnxFile(weights: Buffer): Buffer {
  const reader = new Reader(networkOf(weights));
  const graph = new Graph(reader);
  let at = graph.stem('chips');
  for (let i = 0; i < 3; i += 1) at = graph.block(at, 32);
  at = graph.halving(at, 32, 64, 0);
  for (let i = 0; i < 3; i += 1) at = graph.block(at, 64);
  at = graph.halving(at, 64, 128, 0);
  for (let i = 0; i < 2; i += 1) at = graph.block(at, 128);
  at = graph.halving(at, 128, 256, 1);
  for (let i = 0; i < 2; i += 1) at = graph.block(at, 256);
  at = graph.halving(at, 256, 256, 1, true);
  at = graph.add('Flatten', [graph.add('GlobalAveragePool', [at])]);
  graph.parts.push(node('MatMul', [at, graph.constant([256, 128], reader.take(256 * 128))], 'vectors'));
  const io = [values(11, 'chips', ['n', 3, 150, 150]), values(12, 'vectors', ['n', 128])];
  const body = message(7, [...graph.parts, bytes(2, 'faces'), ...io]);
  return Buffer.concat([number(1, 8), body, message(8, [bytes(1, ''), number(2, 13)])]);
}
