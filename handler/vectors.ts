// Face vectors, and model CSV <-> face vectors.
import { parse } from 'csv-parse/sync';
import { EMBEDDER } from './config.ts';
import { ModelError } from './errors.ts';

/** Values of a face vector. dlib calls it a descriptor, the literature an embedding. */
export const VECTOR_SIZE = 128;

/** VECTOR_SIZE finite float32 values as the network gave them, not scaled to unit length, never all zero. */
export type FaceVector = Float32Array;

const COMMENT = /^# face-vectors 1 (\S+)$/;

/**
 * Reads a model: rows of VECTOR_SIZE numbers. Lines that start with `#` are comments; one of the form
 * `# face-vectors 1 <embedder>`, wherever it stands, must name our network. Models joined end to end are one model.
 *
 * @throws ModelError naming the line that cannot be read.
 */
export function parseModel(csv: string): FaceVector[] {
  refuseOtherEmbedders(csv);
  const rows = readRows(csv);
  if (rows.length === 0) throw new ModelError('the model holds no face vector: make one with fr-train');
  return rows.map(({ record, info }) => parseVector(record, info.lines));
}

/** Writes a model: the comment that names the network, then one row a vector. Reads back to the same bits. */
export function formatModel(vectors: readonly FaceVector[]): string {
  const rows = vectors.map((vector) => `${Array.from(vector, shortestText).join()}\n`); // numbers need no quotes
  return `# face-vectors 1 ${EMBEDDER}\n${rows.join('')}`;
}

const SMALLEST_NORMAL = 2 ** -126;

/**
 * The decimal text of fewest digits that reads back to the same float32; 9 always do (IEEE 754). Fewer than 6 are tried
 * for subnormal values only, since any other two texts of 6 digits are two floats.
 */
export function shortestText(value: number): string {
  for (let digits = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6; digits < 9; digits += 1) {
    const text = Number(value.toPrecision(digits)).toString();
    if (Object.is(Math.fround(Number(text)), value)) return text;
  }
  return Object.is(value, -0) ? '-0' : Number(value.toPrecision(9)).toString();
}

function refuseOtherEmbedders(csv: string): void {
  for (const [line] of csv.matchAll(/^[^\S\r\n]*#.*$/gm)) {
    const embedder = COMMENT.exec(line.trim())?.[1]; // trim takes a byte order mark, too
    if (embedder !== undefined && embedder !== EMBEDDER) {
      throw new ModelError(
        `the model was made by the network ${embedder} and this is ${EMBEDDER}: train it again`,
        'OTHER_EMBEDDER',
      );
    }
  }
}

interface Row {
  record: string[];
  info: { lines: number };
}

function readRows(csv: string): Row[] {
  const text = csv.replaceAll('\r\n', '\n'); // mixed line ends would make the parser count lines wrongly
  return /["\r]/.test(text) ? parseRows(text) : splitRows(text);
}

/**
 * Rows in which nothing is quoted, as formatModel writes them. parseRows reads the same from them, but in a process that
 * has just started it takes 13 ms of processor time for one model, most of them V8's for compiling the parser.
 */
function splitRows(text: string): Row[] {
  return text
    .split('\n')
    .map((line, i) => ({ record: line.split(',').map((cell) => cell.trim()), info: { lines: i + 1 } }))
    .filter(({ record: [first = '', ...others] }) => !first.startsWith('#') && (first !== '' || others.length > 0));
}

function parseRows(text: string): Row[] {
  try {
    return parse(text, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (cause) {
    const where = (cause as { lines?: number }).lines;
    throw new ModelError(`the model is not CSV from line ${where ?? 1}: train it again`, 'BAD_MODEL', { cause });
  }
}

function parseVector(cells: readonly string[], line: number): FaceVector {
  if (cells.length !== VECTOR_SIZE) {
    throw new ModelError(`the model's line ${line} has ${cells.length} columns, not ${VECTOR_SIZE}: train it again`);
  }
  const vector = Float32Array.from(cells, parseNumber);
  if (!vector.every(Number.isFinite)) {
    throw new ModelError(`the model's line ${line} holds something that is not a number: train it again`);
  }
  if (vector.every((value) => value === 0)) {
    throw new ModelError(`the model's line ${line} is all zeros, which no face gives: train it again`);
  }
  return vector;
}

/** NaN for anything but a decimal number; Number() alone would take '' for 0 and hexadecimal too. */
export function parseNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
