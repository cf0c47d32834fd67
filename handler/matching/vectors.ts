// Face vectors, and model CSV <-> face vectors.
import { parse } from 'csv-parse/sync';
import { ModelError } from '../errors.ts';
import { EMBEDDER } from './embedder.ts';

/** Values of a face vector. dlib calls it a descriptor, the literature an embedding. */
export const VECTOR_SIZE = 128;

/** VECTOR_SIZE finite float32 values as the network gave them, not scaled to unit length, never all zero. */
export type FaceVector = Float32Array;

/** Rows of a photo: fr-train's looks at one face. */
const LOOKS = 8;

/** The most rows of a model: the looks of 1,250 photos, 13 MB of text. */
export const MOST_ROWS = 10_000;
export const MOST_MODEL_BYTES = 64 * 2 ** 20;

/** A row of 128 numbers is 4 kB of text at most. */
const MOST_LINE_LENGTH = 65_536;

const COMMENT = /^# face-vectors 1 (\S+)$/;

/**
 * Reads a model: rows of VECTOR_SIZE numbers. Lines that start with `#` are comments; one of the form
 * `# face-vectors 1 <embedder>`, wherever it stands, must name our network. Models joined end to end are one model.
 *
 * @throws ModelError naming the line that cannot be read, or the limit that it is above.
 */
export function parseModel(csv: string): FaceVector[] {
  return parsePhotos(csv).flat();
}

/**
 * Reads a model as photos: a comment that names the network begins a new one, and so does every eighth row after it.
 * If rows are left over, as in models of other programs, all rows up to the next such comment count as one photo.
 *
 * @param mostRows more are refused while reading.
 * @throws as parseModel.
 */
export function parsePhotos(csv: string, mostRows = MOST_ROWS): FaceVector[][] {
  if (csv.length > MOST_MODEL_BYTES) throw new ModelError('the model is larger than 64 MiB: use one of fewer photos');
  const text = csv.replaceAll('\r\n', '\n'); // the parser miscounts lines if their ends are mixed
  const heads = findHeads(text);
  const parts: FaceVector[][] = [[]];
  let rows = 0;
  for (const { record, line } of readRows(text, mostRows)) {
    if (line > (heads[0] ?? Number.POSITIVE_INFINITY)) parts.push([]);
    while (line > (heads[0] ?? Number.POSITIVE_INFINITY)) heads.shift();
    rows += 1;
    if (rows > mostRows) throw new ModelError(`the model has more than ${mostRows} rows: use one of fewer photos`);
    parts.at(-1)?.push(parseVector(record, line));
  }
  if (rows === 0) throw new ModelError('the model holds no face vector: make one with fr-train');
  return parts.filter(({ length }) => length > 0).flatMap(splitPhotos);
}

function splitPhotos(rows: FaceVector[]): FaceVector[][] {
  if (rows.length % LOOKS !== 0) return [rows];
  return Array.from({ length: rows.length / LOOKS }, (_, i) => rows.slice(i * LOOKS, (i + 1) * LOOKS));
}

/**
 * Writes a model: the comment that names the network, then one row a vector. Reads back to the same bits. Numbers need no
 * quotes, so the cells are joined: csv-stringify writes the same, but costs a process's first model 11 ms of CPU more.
 */
export function formatModel(vectors: readonly FaceVector[]): string {
  const rows = vectors.map((vector) => `${Array.from(vector, shortestText).join()}\n`);
  return `# face-vectors 1 ${EMBEDDER}\n${rows.join('')}`;
}

const SMALLEST_NORMAL = 2 ** -126;

/**
 * The shortest decimal text that reads back to the same float32; 9 digits always do (IEEE 754). Fewer than 6 are tried
 * for subnormal values only: any other two texts of 6 digits are two different floats.
 */
export function shortestText(value: number): string {
  for (let digits = Math.abs(value) < SMALLEST_NORMAL ? 1 : 6; digits < 9; digits += 1) {
    const text = Number(value.toPrecision(digits)).toString();
    if (Object.is(Math.fround(Number(text)), value)) return text;
  }
  return Object.is(value, -0) ? '-0' : Number(value.toPrecision(9)).toString();
}

/** The lines, from 1, whose comment names our network. @throws ModelError when one names another. */
function findHeads(text: string): number[] {
  const heads: number[] = [];
  let [line, counted] = [1, 0];
  for (const { 0: comment, index } of text.matchAll(/^[^\S\r\n]*"?#.*$/gm)) {
    // A spreadsheet quotes the line, or fills it up with commas; a byte order mark may stand before it.
    const embedder = COMMENT.exec(comment.replace(/^[\s"]+|[\s",;]+$/g, ''))?.[1];
    if (embedder === undefined) continue;
    if (embedder !== EMBEDDER) {
      const other = /^[\w.-]{1,40}$/.test(embedder) ? `the network ${embedder}` : 'another network'; // quotes no other text
      throw new ModelError(`the model was made by ${other} and this is ${EMBEDDER}: train it again`, 'OTHER_EMBEDDER');
    }
    for (; counted < index; counted += 1) if (text.charCodeAt(counted) === LINE_END) line += 1;
    heads.push(line);
  }
  return heads;
}

const LINE_END = 10;

interface Row {
  record: string[];
  /** From 1. */
  line: number;
}

function readRows(text: string, mostRows: number): Iterable<Row> {
  return /["\r]/.test(text) ? parseRows(text, mostRows) : splitRows(text);
}

/**
 * Rows in which nothing is quoted, as formatModel writes them. parseRows reads the same from them, but its csv-parse takes
 * 14 ms of CPU for a process's first model, most of it V8 compiling, and 0.6 ms for each later one. This takes 0.3 and 0.05.
 */
function* splitRows(text: string): Generator<Row> {
  let line = 0;
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    line += 1;
    const content = text.slice(start, end).trim();
    if (content !== '' && !content.startsWith('#')) yield { record: splitCells(content, line), line };
    start = end + 1;
  }
}

function splitCells(content: string, line: number): string[] {
  if (content.length > MOST_LINE_LENGTH) throw tooLong(line);
  return content.split(',').map((cell) => cell.trim());
}

function tooLong(line: number): ModelError {
  return new ModelError(`the model's line ${line} is longer than any row of a model: train it again`);
}

function parseRows(text: string, mostRows: number): Row[] {
  try {
    const rows = parse(text, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      info: true,
      max_record_size: MOST_LINE_LENGTH,
      relax_column_count: true,
      skip_empty_lines: true,
      to: mostRows + 2, // enough to see that there are too many
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return rows
      .filter(({ record: [first = ''] }) => !first.startsWith('#')) // a comment in quotes
      .map(({ record, info }) => ({ record, line: info.lines }));
  } catch (cause) {
    const { code, lines = 1 } = cause as { code?: string; lines?: number };
    if (code === 'CSV_MAX_RECORD_SIZE') throw tooLong(lines);
    throw new ModelError(`the model is not CSV from line ${lines}: train it again`, 'BAD_MODEL', { cause });
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

/**
 * A vector as the sidecar, answers and kept vectors have it: base64 of its float32 values, little-endian. Every processor
 * that runs this is little-endian too.
 */
export function packVector(vector: FaceVector): string {
  return btoa(String.fromCharCode(...new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)));
}

/** What packVector wrote; undefined for anything else. */
export function unpackVector(text: string | undefined): FaceVector | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]{683}=$/.test(text)) return undefined;
  const characters = atob(text);
  const bytes = new Uint8Array(4 * VECTOR_SIZE);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = characters.charCodeAt(i);
  const vector = new Float32Array(bytes.buffer);
  return vector.every(Number.isFinite) && vector.some((value) => value !== 0) ? vector : undefined;
}
