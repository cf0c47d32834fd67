// A thousand pictures through fr-recognize as a person runs it, beside one sidecar a core that is merely fed, in turns.
import { mkdir, rm, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { FOLDER, type Peer, ROOT } from './peers.ts';
import { onePerson } from './pictures.ts';
import type { Runs } from './runs.ts';
import { Worker } from './worker.ts';

/** Labeled Faces in the Wild's pictures have 250 x 250 pixels. */
const SIZES = [
  ['0.06', 0.0625],
  ['0.7', 0.7],
] as const;

/** Titles that the goals look up. */
export const fedTitle = (megapixels: string): string =>
  `many of ${megapixels} megapixels, four looks, a sidecar a core, ms a picture by the clock`;
export const programTitle = (megapixels: string): string =>
  `the same ${megapixels} by fr-recognize, its start included`;

/** By the clock. Both decode, find and look four times; fr-recognize also starts Node, compares and prints. */
export async function timePrograms(
  folder: string,
  ours: Peer,
  { pictures, turns, runs }: { pictures: number; turns: number; runs: Runs },
): Promise<void> {
  for (const [name, megapixels] of SIZES) {
    const picture = resolve(await onePerson(folder, megapixels));
    const album = join(folder, `many-${name}`);
    await rm(album, { recursive: true, force: true });
    await mkdir(album);
    for (let i = 0; i < pictures; i += 1) await symlink(picture, join(album, `${String(i).padStart(5, '0')}.jpg`));
    const model = join(folder, 'many.csv');
    await run('fr-train', ['-q', picture, '-o', model]);
    for (let turn = -1; turn < turns; turn += 1) {
      const fed = await timed(() => feed(ours, picture, pictures));
      const judged = await timed(() => run('fr-recognize', ['-q', '--forget', model, album]));
      if (turn < 0) continue;
      runs.note(fedTitle(name), ours.name, turn, fed / pictures);
      runs.note(programTitle(name), ours.name, turn, judged / pictures);
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function feed(peer: Peer, picture: string, pictures: number): Promise<void> {
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(peer));
  let left = pictures;
  const work = async (worker: Worker): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      await worker.ask(`looks ${picture}`);
    }
    await worker.end();
  };
  await Promise.all(workers.map(work));
}

async function run(name: string, words: string[]): Promise<void> {
  const env = { FR_REMOTE: '0', XDG_STATE_HOME: join(FOLDER, 'state') };
  const { exitCode } = await execa(process.execPath, [join(ROOT, 'dist/tools', `${name}.js`), ...words], {
    env,
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`${name} ended with status ${exitCode}`);
}
