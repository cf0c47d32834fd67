// Many pictures -> the vectors of the person each is of, on all cores, remembered by content outside the repository.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { replaceFile } from '../../deploy/shell/save.ts';
import { processConfig } from '../../handler/config.ts';
import { FaceError, ImageError } from '../../handler/errors.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { SidecarPool } from '../../handler/sidecar/pool.ts';
import type { FaceFinder } from '../../handler/sidecar/sidecar.ts';
import { overPictures, type Picture } from '../batch/pictures.ts';
import { displayName, say } from '../cli/cli.ts';
import { checkJobs } from '../cli/jobs.ts';
import { ProgressLine } from '../cli/progress-line.ts';
import { sharpSource } from '../cli/sharp-source.ts';

export interface DescribeAllOptions {
  thorough?: boolean | undefined;
  /** How many pictures at a time; without it, one a core. */
  jobs?: number | undefined;
  /** What is done to each picture first. */
  change?: ((image: Buffer) => Promise<Buffer>) | undefined;
}

/**
 * All variants of each picture's subject, the face nearest its centre, in the pictures' order; none where no face is
 * found or the picture cannot be used. Pictures that were described before are read from the cache, so a
 * stopped run continues where it was.
 */
export async function describeAll(paths: readonly string[], options: DescribeAllOptions = {}): Promise<Face[][]> {
  const config = processConfig();
  const remembered = openCache(config.sidecarPath, options);
  const progress = new ProgressLine(paths.length, process.stderr);
  const results: Face[][] = [];
  const pool = new SidecarPool(config, checkJobs(options.jobs));
  const work = async ({ read }: Picture<string>): Promise<Face[]> => {
    const image = options.change ? await options.change(await read()) : await read();
    return remembered(image, () => describeSubject(image, pool, options));
  };
  const how = { maxBytes: config.maxBytes, atOnce: () => pool.atOnce(), pathOf: (path: string) => path };
  try {
    for await (const { item, result, error } of overPictures(paths, work, how)) {
      results.push(result ?? leaveOut(item, error, progress));
      progress.advance();
    }
  } finally {
    progress.clear();
    pool.close();
  }
  return results;
}

/** A picture that cannot be read costs one line and does not stop the run. */
function leaveOut(path: string, error: unknown, progress: ProgressLine): Face[] {
  if (!(error instanceof FaceError)) throw error;
  progress.clear();
  say(`${displayName(path)}: left out: ${error.message}`);
  return [];
}

async function describeSubject(image: Buffer, sidecar: FaceFinder, { thorough }: DescribeAllOptions): Promise<Face[]> {
  try {
    const rows = await sidecar.describe(image, { thorough, augment: true });
    const faces = rows.filter(({ variant }) => variant === 0);
    if (faces.length < 2) return rows;
    const source = await sharpSource(image);
    const { autoOrient } = await sharp(source.input, source.options).metadata();
    const face = nearestTo(faces, autoOrient.width / 2, autoOrient.height / 2);
    const all = await sidecar.describe(image, { thorough, augment: true, face });
    return all.filter((row) => row.face === face);
  } catch (error) {
    if (error instanceof ImageError) return [];
    throw error;
  }
}

function nearestTo(faces: readonly Face[], x: number, y: number): number {
  const away = ({ box }: Face) => Math.hypot((box.left + box.right) / 2 - x, (box.top + box.bottom) / 2 - y);
  return faces.reduce((nearest, face) => (away(face) < away(nearest) ? face : nearest)).face;
}

type Cache = (image: Buffer, describe: () => Promise<Face[]>) => Promise<Face[]>;

// Vectors of real people: readable by their owner only. Another build of the sidecar uses another folder.
function openCache(sidecarPath: string, { thorough }: DescribeAllOptions): Cache {
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(root, 'fr-accuracy', `${fingerprint(sidecarPath)}${thorough ? '-thorough' : ''}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return async (image, describe) => {
    const path = join(folder, digest(image));
    const known = read(path);
    if (known) return known;
    const faces = await describe();
    const text = JSON.stringify(faces.map((face) => ({ ...face, vector: Array.from(face.vector) })));
    replaceFile(path, text); // whole, since another run may read it or write it too
    return faces;
  };
}

/** Names a build of the sidecar: the program and its weights. */
function fingerprint(sidecarPath: string): string {
  const files = [sidecarPath, join(dirname(sidecarPath), 'fr-sidecar.weights')];
  return digest(Buffer.concat(files.map((file) => readFileSync(file)))).slice(0, 16);
}

function read(path: string): Face[] | undefined {
  try {
    const faces = JSON.parse(readFileSync(path, 'utf8')) as (Omit<Face, 'vector'> & { vector: number[] })[];
    return faces.map((face) => ({ ...face, vector: Float32Array.from(face.vector) }));
  } catch {
    return undefined;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
