// The sidecar's CSV -> faces, and a face as answers show it. native/csv.hh writes the CSV.

import type { FaceReport } from '../answers.ts';
import { SidecarError } from '../errors.ts';
import { type FaceVector, parseNumber, unpackVector, VECTOR_SIZE } from '../matching/vectors.ts';

const LANDMARKS = 5;

/** Pixels of the upright picture, half-open; may reach past its edge. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** `left,top,right,bottom`, as the sidecar and fr-train's --box take it. */
export function boxText({ left, top, right, bottom }: Box): string {
  return [left, top, right, bottom].join(',');
}

/** One look at a face: a row of the sidecar. */
export interface Face {
  box: Box;
  /** The detector's margin above its threshold, from 0. */
  score: number;
  /** Five [x, y] in pixels: outer and inner corner of the eye on the right, the same on the left, base of the nose. */
  landmarks: [x: number, y: number][];
  vector: FaceVector;
  /** Number of the face in the picture, from 1, left to right. */
  face: number;
  /** Which look at the face this is: 0 is dlib's own; see native/align/variants.hh. */
  variant: number;
  /** How much detail the face holds; see native/align/quality.hh. */
  sharpness: number;
  /** Mean brightness of the face, 0 black to 255 white. */
  brightness: number;
  /** Sharpness along the direction in which the face is least sharp, from 0. */
  leastSharpness: number;
  /** Share of the face, 0 to 1, that is overexposed. */
  clipped: number;
  /** How much a JPEG's blocks show, from 0. */
  blocking: number;
  /** Above 0 where the face looks turned away, where its eyes look covered, and where its mouth does; see native/align/signs.hh. */
  turned: number;
  eyesCovered: number;
  mouthCovered: number;
}

/** Groups the sidecar's rows by face. The order stays. */
export function byFace(rows: readonly Face[]): Face[][] {
  const faces = new Map<number, Face[]>();
  for (const row of rows) faces.set(row.face, [...(faces.get(row.face) ?? []), row]);
  return [...faces.values()];
}

/** A face as answers show it: without its vector. */
export function reportFace({ face, box, score, landmarks, sharpness, brightness }: Face): FaceReport {
  return { face, box, score, landmarks, sharpness, brightness };
}

/**
 * Reads an answer of the sidecar, in which nothing is quoted. csv-parse takes 10 ms of CPU for a process's first answer and
 * 0.5 ms for each later one; splitting takes 0.1 and 0.01.
 *
 * @throws SidecarError (`output`) naming the cell that cannot be read.
 */
export function parseFaces(csv: string): Face[] {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const columns = new Map(header.split(',').map((column, i) => [column, i]));
  try {
    return lines.map((line) => parseFace(line.split(','), columns));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new SidecarError('output', `the sidecar answered a row that cannot be read: ${why}`, { cause });
  }
}

function parseFace(cells: readonly string[], columns: ReadonlyMap<string, number>): Face {
  if (cells.length !== columns.size) throw new Error(`${cells.length} cells for ${columns.size} columns`);
  const number = (column: string): number => {
    const value = parseNumber(cells[columns.get(column) ?? -1] ?? '');
    if (!Number.isFinite(value)) throw new Error(`column ${column} is not a number`);
    return value;
  };
  const packed = columns.get('vector');
  return {
    box: { left: number('left'), top: number('top'), right: number('right'), bottom: number('bottom') },
    score: number('score'),
    landmarks: Array.from({ length: LANDMARKS }, (_, i) => [number(`x${i}`), number(`y${i}`)]),
    vector:
      packed === undefined
        ? Float32Array.from({ length: VECTOR_SIZE }, (_, i) => number(`v${i}`))
        : packedVector(cells[packed]),
    face: number('face'),
    variant: number('variant'),
    sharpness: number('sharpness'),
    brightness: number('brightness'),
    leastSharpness: number('least_sharpness'),
    clipped: number('clipped'),
    blocking: number('blocking'),
    turned: number('turned'),
    eyesCovered: number('eyes_covered'),
    mouthCovered: number('mouth_covered'),
  };
}

function packedVector(cell: string | undefined): FaceVector {
  const vector = unpackVector(cell);
  if (!vector) throw new Error('column vector is not a vector');
  return vector;
}
