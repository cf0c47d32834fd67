// What warm peers are asked, in turns, and whether they find the same.
import type { Peer } from './peers.ts';
import { eightPeople, noPerson, onePerson } from './pictures.ts';
import type { Runs } from './runs.ts';
import { Worker } from './worker.ts';

export interface Task {
  title: string;
  needs: Peer['can'][number];
  on: string;
  /** Divides the milliseconds. */
  per?: number;
  /** How many it finds, where pictures are counted. */
  finds?: number;
}

/** Titles that the goals look up. */
export const ONE_FACE = 'one face, the network alone, ms';
export const DETECTION = 'finding faces, ms a megapixel';
export const SMALL_PICTURE = 'a picture of 0.2 megapixels, ms';
export const PICTURE = 'a picture of 0.7 megapixels, ms';
export const LOOKS = 'the same with four looks a face, ms';
export const HANDLER = 'the same in our handler, event to answer, four looks a face, ms';
export const NO_FACE = 'finding no face in 0.7 megapixels, ms';
export const HOG = 'the same by HOG alone, ms';
export const LARGE_NO_FACE = 'finding no face in 12 megapixels, ms';
export const LARGE_HOG = 'the same by HOG alone, 12 megapixels, ms';
export const LARGE_PICTURE = 'a picture of 12 megapixels, ms';
export const EIGHT_ALONE = 'eight faces, the network alone, ms';
export const EIGHT_FACES = 'a picture of 8 faces, 1.6 megapixels, ms';
const WARM_UP = 1;

/** A quick benchmark is without large pictures. */
export async function tasksIn(folder: string, quick: boolean): Promise<Task[]> {
  const tasks: Task[] = [
    { title: ONE_FACE, needs: 'embed', on: '1' },
    { title: EIGHT_ALONE, needs: 'embed', on: '8' },
    { title: DETECTION, needs: 'detect', on: await onePerson(folder, 2.6), per: 2.6, finds: 1 },
    { title: NO_FACE, needs: 'detect', on: await noPerson(folder, 0.7), finds: 0 },
    { title: HOG, needs: 'hog', on: await noPerson(folder, 0.7) },
  ];
  if (!quick) {
    const on = await noPerson(folder, 12);
    tasks.push({ title: LARGE_NO_FACE, needs: 'detect', on, finds: 0 }, { title: LARGE_HOG, needs: 'hog', on });
  }
  for (const megapixels of quick ? [0.2, 0.7] : [0.2, 0.7, 2.6, 12]) {
    const on = await onePerson(folder, megapixels);
    const title = `a picture of ${megapixels} megapixels, ms`;
    tasks.push({ title, needs: 'picture', on, finds: 1 });
    if (title !== PICTURE) continue;
    tasks.push({ title: LOOKS, needs: 'looks', on, finds: 4 });
    tasks.push({ title: HANDLER, needs: 'handle', on, finds: 1 });
  }
  return [...tasks, { title: EIGHT_FACES, needs: 'picture', on: await eightPeople(folder), finds: 8 }];
}

/** Gives back a line for every peer that finds something else than the others do: it gets no figure for that task. */
export async function timeTasks(peers: readonly Peer[], tasks: readonly Task[], rounds: number, runs: Runs) {
  const workers = peers.map((peer) => ({ peer, worker: new Worker(peer) }));
  const found = new Map<Task, number>();
  const wrong = new Map<string, string>();
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const task of tasks) {
      for (const { peer, worker } of workers) {
        const pair = `${peer.name}: ${task.title}`;
        if (!peer.can.includes(task.needs) || wrong.has(pair)) continue;
        const { ms, check } = await worker.ask(`${task.needs} ${task.on}`);
        const expected = task.finds ?? found.get(task) ?? check;
        found.set(task, expected);
        if (Math.abs(check - expected) > peer.tolerance) wrong.set(pair, `${pair}: ${check} found, not ${expected}`);
        else if (round >= 0) runs.note(task.title, peer.name, round, ms / (task.per ?? 1));
      }
    }
  }
  for (const { worker } of workers) await worker.end();
  return [...wrong.values()];
}
