// Many pictures -> their faces, on all cores, remembered by content outside the repository.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { processConfig } from '../handler/config.ts';
import type { Face } from '../handler/faces.ts';
import { Sidecar } from '../handler/sidecar.ts';

/** The faces of each picture, in the pictures' order. Training pictures give the variants of their one face too. */
export async function describeAll(paths: readonly string[], augment: boolean): Promise<Face[][]> {
  const config = processConfig();
  const cache = openCache(config.sidecarPath, augment);
  const results: Face[][] = new Array(paths.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    const sidecar = new Sidecar(config);
    for (let i = next++; i < paths.length; i = next++) {
      const image = readFileSync(paths[i] as string);
      results[i] = await cache(image, () => sidecar.describe(image, { augment }));
      done += 1;
      if (done % 100 === 0) process.stderr.write(`\r${done} of ${paths.length} pictures `);
    }
    sidecar.close();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  process.stderr.write('\r');
  return results;
}

type Cache = (image: Buffer, describe: () => Promise<Face[]>) => Promise<Face[]>;

// Vectors of real people: readable by their owner only. Another build of the sidecar does not see them.
function openCache(sidecarPath: string, augment: boolean): Cache {
  const program = digest(readFileSync(sidecarPath)).slice(0, 16);
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(root, 'fr-accuracy', `${program}${augment ? '-augmented' : ''}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return async (image, describe) => {
    const path = join(folder, digest(image));
    const known = read(path);
    if (known) return known;
    const faces = await describe();
    const text = JSON.stringify(faces.map((face) => ({ ...face, vector: Array.from(face.vector) })));
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return faces;
  };
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
