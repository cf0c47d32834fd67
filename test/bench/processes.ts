// What is measured of whole processes: their start, their memory, many at once, and their bytes on disk.
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { execa } from 'execa';
import { type Peer, program } from './peers.ts';
import type { Runs } from './runs.ts';
import { Worker } from './worker.ts';

/** Titles that the goals look up. */
export const START = 'start to first vector and end, 0.2 megapixels, ms';
export const MEMORY = 'peak memory of it, MB';
export const DISK = 'on disk, MB';
const TURNS = 10;

/** Processor time, and the clock's, which tells more of what else the machine is doing. */
export async function timeStarts(peers: readonly Peer[], picture: string, rounds: number, runs: Runs): Promise<void> {
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, once, env } of peers) {
      if (!once) continue;
      const { stdout } = await execa(program('measure'), [...once, picture], { env });
      const [wall = 0, cpu = 0, peakKb = 0, status = 1] = stdout.split(' ').map(Number);
      if (status !== 0) throw new Error(`${once.join(' ')} ended with status ${status}`);
      if (round < 0) continue;
      runs.note(START, name, round, cpu);
      runs.note('the same by the clock, ms', name, round, wall);
      runs.note(MEMORY, name, round, peakKb / 1e3);
    }
  }
}

/** By the clock, one process a core, in ten turns. */
export async function timeMany(peers: readonly Peer[], picture: string, pictures: number, runs: Runs): Promise<void> {
  const cores = availableParallelism();
  const title = `${pictures} of 0.7 megapixels, ${cores} processes, pictures a second`;
  const crews = peers
    .filter(({ can }) => can.includes('picture'))
    .map((peer) => ({ peer, workers: Array.from({ length: cores }, () => new Worker(peer)) }));
  for (let turn = -1; turn < TURNS; turn += 1) {
    for (const { peer, workers } of crews) {
      let left = Math.ceil(turn < 0 ? cores : pictures / TURNS);
      const start = performance.now();
      const done = left;
      const work = async (worker: Worker) => {
        for (; left > 0; ) {
          left -= 1;
          await worker.ask(`picture ${picture}`);
        }
      };
      await Promise.all(workers.map(work));
      if (turn >= 0) runs.note(title, peer.name, turn, (done / (performance.now() - start)) * 1e3);
    }
  }
  for (const { workers } of crews) for (const worker of workers) await worker.end();
}

export async function weigh(peers: readonly Peer[], runs: Runs): Promise<void> {
  for (const { name, files } of peers) {
    const sizes = await Promise.all((await files()).map(sizeOf));
    runs.note(DISK, name, 0, sizes.reduce((sum, size) => sum + size, 0) / 1e6);
  }
}

async function sizeOf(path: string): Promise<number> {
  const about = await stat(path);
  if (!about.isDirectory()) return about.size;
  const sizes = await Promise.all((await readdir(path)).map((entry) => sizeOf(resolve(path, entry))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
