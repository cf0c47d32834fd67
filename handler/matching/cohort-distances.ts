// A unit-length vector -> its Euclidean distance to every vector of a cohort. In WebAssembly, since JavaScript has no SIMD and
// takes many times as long. The module is so small that it is written here, instruction by instruction.
import { VECTOR_SIZE } from './vectors.ts';

/** How a cohort stores the value 1. */
export const COHORT_SCALE = 32_767;

const PAGE_BYTES = 65_536;
const LANES = 4;
const UNIT_BYTES = 4 * VECTOR_SIZE;
const ROW_BYTES = 2 * VECTOR_SIZE;

// Numbers are those of the specification: webassembly.github.io/spec/core/binary/instructions.html
const I32 = 0x7f;
const V128 = 0x7b;
const LOOP = [0x03, 0x40];
const BRANCH_IF = (depth: number) => [0x0d, depth];
const END = 0x0b;
const GET = (local: number) => [0x20, local];
const SET = (local: number) => [0x21, local];
const TEE = (local: number) => [0x22, local];
const I32_CONST = (value: number) => [0x41, ...leb(value)];
const F32_CONST = (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
const F32_STORE = [0x38, 2, 0];
const [I32_ADD, I32_LESS, F32_SQRT, F32_ADD, F32_SUB, F32_MUL, F32_MAX] = [
  0x6a, 0x49, 0x91, 0x92, 0x93, 0x94, 0x97,
] as const;
const V128_LOAD = (offset: number) => [0xfd, 0x00, 0, ...leb(offset)];
const V128_LOAD16X4 = (offset: number) => [0xfd, 0x03, 0, ...leb(offset)]; // int16 widened to int32
const V128_ZERO = [0xfd, 0x0c, ...new Uint8Array(16)];
const F32X4_LANE = (lane: number) => [0xfd, 0x1f, lane];
const F32X4_CONVERT = [0xfd, 0xfa, 0x01];
const F32X4_ADD = [0xfd, 0xe4, 0x01];
const F32X4_MUL = [0xfd, 0xe6, 0x01];

/** Of a number from 0 that an instruction holds; signed where the instruction wants it, as of I32_CONST below 64. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [0x80 | (value & 0x7f), ...leb(value >>> 7)];
}

function section(id: number, ...content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

/** Parameters: where the vector, the first row and its distance are, and where the rows end. */
const [UNIT, ROW, DISTANCE, ROWS_END] = [0, 1, 2, 3] as const;
/** Four sums side by side, since an addition takes the processor as long as four that do not wait for each other. */
const SUMS = [4, 5, 6, 7] as const;
const [FIRST] = SUMS;

/** Adds the product of four values of the vector and of the row to one of the sums. */
function addProduct(step: number): number[] {
  const sum = SUMS[step % SUMS.length] as number;
  const value = [...GET(ROW), ...V128_LOAD16X4(2 * LANES * step), ...F32X4_CONVERT];
  return [...GET(sum), ...value, ...GET(UNIT), ...V128_LOAD(4 * LANES * step), ...F32X4_MUL, ...F32X4_ADD, ...SET(sum)];
}

function instructions(): number[] {
  const lane = (i: number) => [...GET(FIRST), ...F32X4_LANE(i)];
  const dot = [...lane(0), ...lane(1), F32_ADD, ...lane(2), ...lane(3), F32_ADD, F32_ADD];
  // The square of the distance is 2 - 2 x the cosine.
  const square = [...F32_CONST(2), ...dot, ...F32_CONST(2 / COHORT_SCALE), F32_MUL, F32_SUB];
  return [
    ...LOOP,
    ...SUMS.flatMap((sum) => [...V128_ZERO, ...SET(sum)]),
    ...Array.from({ length: VECTOR_SIZE / LANES }, (_, step) => addProduct(step)).flat(),
    ...SUMS.slice(1).flatMap((sum) => [...GET(FIRST), ...GET(sum), ...F32X4_ADD, ...SET(FIRST)]),
    ...GET(DISTANCE),
    ...[...square, ...F32_CONST(0), F32_MAX, F32_SQRT, ...F32_STORE],
    ...[...GET(DISTANCE), ...I32_CONST(4), I32_ADD, ...SET(DISTANCE)],
    ...[...GET(ROW), ...I32_CONST(ROW_BYTES), I32_ADD, ...TEE(ROW), ...GET(ROWS_END), I32_LESS],
    ...BRANCH_IF(0),
    END,
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const code = [1, SUMS.length, V128, ...instructions(), END];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 4, I32, I32, I32, I32, 0), // a type: four numbers, and no result
    ...section(2, 1, 1, 0x6d, 1, 0x6d, 2, 0, 1), // imports memory m.m, a page at least
    ...section(3, 1, 0),
    ...section(7, 1, 1, 0x64, 0, 0), // exports the function as d
    ...section(10, 1, ...leb(code.length), ...code),
  );
}

let compiled: WebAssembly.Module | undefined;

/** The distances from any vector to one cohort. Holds a copy of the cohort. */
export class CohortDistances {
  readonly #unit: Float32Array;
  readonly #distances: Float32Array;
  readonly #measure: () => void;

  /** @param rows VECTOR_SIZE values a row, each row COHORT_SCALE long. */
  constructor(rows: Int16Array) {
    const size = rows.length / VECTOR_SIZE;
    const end = UNIT_BYTES + rows.byteLength;
    const memory = new WebAssembly.Memory({ initial: Math.ceil((end + 4 * size) / PAGE_BYTES) });
    new Int16Array(memory.buffer, UNIT_BYTES, rows.length).set(rows);
    this.#unit = new Float32Array(memory.buffer, 0, VECTOR_SIZE);
    this.#distances = new Float32Array(memory.buffer, end, size);
    compiled ??= new WebAssembly.Module(moduleBytes());
    const { d } = new WebAssembly.Instance(compiled, { m: { m: memory } }).exports;
    this.#measure = () => (d as (...places: number[]) => void)(0, UNIT_BYTES, end, end);
  }

  /** The distance, 0 to 2, of a unit-length vector to each row, in the order of the rows. Overwritten by the next call. */
  of(unit: Float32Array): Float32Array {
    this.#unit.set(unit);
    this.#measure();
    return this.#distances;
  }
}
