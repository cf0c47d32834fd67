// `npm run bench`: ours beside its peers on this machine, in turns. Raw runs go to build/bench/runs.csv, one table of
// medians to stdout.   --quick: two rounds of everything   --rounds N (15)   --pictures N (1000): for the throughput
// --native: without the peers that npm brings
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { buildPeers, FOLDER, installPackages, MEASURE, type Peer, peersHere, sizeOnDisk } from './peers.ts';
import { eightPeople, onePerson } from './pictures.ts';
import { type Row, table } from './table.ts';
import { Worker } from './worker.ts';

interface Task {
  title: string;
  needs: Peer['can'][number];
  line: string;
  /** Faces, where pictures are counted. */
  faces?: number;
}

const WARM_UP = 1;
const MEGAPIXELS = [0.2, 0.7, 2.6, 12];
const START_PICTURE = 0.7;

const runs: { task: string; peer: string; round: number; value: number }[] = [];

function note(task: string, peer: Peer, round: number, value: number): void {
  runs.push({ task, peer: peer.name, round, value });
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

async function tasksIn(folder: string): Promise<Task[]> {
  const tasks: Task[] = [
    { title: 'one face, the network alone, ms', needs: 'embed', line: 'embed 1' },
    { title: 'eight faces, the network alone, ms', needs: 'embed', line: 'embed 8' },
  ];
  for (const megapixels of MEGAPIXELS) {
    const path = await onePerson(folder, megapixels);
    if (megapixels === 2.6) {
      tasks.push({ title: 'finding faces in 2.6 megapixels, ms', needs: 'detect', line: `detect ${path}`, faces: 1 });
    }
    tasks.push({
      title: `a picture of ${megapixels} megapixels, ms`,
      needs: 'picture',
      line: `picture ${path}`,
      faces: 1,
    });
  }
  const eight = `picture ${await eightPeople(folder)}`;
  tasks.push({ title: 'a picture of 8 faces, 1.6 megapixels, ms', needs: 'picture', line: eight, faces: 8 });
  return tasks;
}

/** Whether the peer finds what the others do: one that does not has not done the work, and gets no figure. */
function finds(peer: Peer, task: Task, found: number, vector: Map<string, number>): boolean {
  const other = peer.name.startsWith('face-api'); // has its own detector, and the network's weights in 8 bits
  const expected = task.faces ?? vector.get(task.line) ?? found;
  vector.set(task.line, expected);
  if (Math.abs(found - expected) <= (other ? 0.01 : 1e-4)) return true;
  say(`${peer.name} answers ${found} and not ${expected} to '${task.title}'`);
  if (!other) process.exitCode = 1;
  return false;
}

async function timeTasks(peers: Peer[], tasks: Task[], rounds: number): Promise<void> {
  const workers = peers.map((peer) => ({ peer, worker: new Worker(peer) }));
  const vector = new Map<string, number>();
  const left = new Set<string>();
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const task of tasks) {
      for (const { peer, worker } of workers) {
        const pair = `${peer.name}: ${task.title}`;
        if (!peer.can.includes(task.needs) || left.has(pair)) continue;
        const answer = await worker.ask(task.line);
        if (!finds(peer, task, answer.check, vector)) left.add(pair);
        else if (round >= 0) note(task.title, peer, round, answer.ms);
      }
    }
    say(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
  }
  for (const { worker } of workers) await worker.end();
}

/** Processor time, not the clock's, which tells more of what else a machine is doing. */
async function timeStarts(peers: Peer[], picture: string, rounds: number): Promise<void> {
  for (let round = -1; round < rounds; round += 1) {
    for (const peer of peers) {
      const words = peer.once.map((word) => (word === '{}' ? picture : word));
      const { stdout } = await execa(MEASURE, words, { env: peer.env });
      const [wall = 0, cpu = 0, peakKb = 0, status = 1] = stdout.split(' ').map(Number);
      if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}`);
      if (round < 0) continue;
      note('start to first vector and end, ms', peer, round, cpu);
      note('the same by the clock, ms', peer, round, wall);
      note('peak memory of it, MB', peer, round, peakKb / 1e3);
    }
  }
}

/** One process a core. */
async function timeMany(peers: Peer[], picture: string, pictures: number): Promise<void> {
  const cores = availableParallelism();
  for (const peer of peers.filter(({ can }) => can.includes('picture'))) {
    const workers = Array.from({ length: cores }, () => new Worker(peer));
    for (const worker of workers) await worker.ask(`picture ${picture}`);
    const start = performance.now();
    let next = 0;
    const work = async (worker: Worker) => {
      for (; next < pictures; ) {
        next += 1;
        await worker.ask(`picture ${picture}`);
      }
    };
    await Promise.all(workers.map(work));
    const seconds = (performance.now() - start) / 1e3;
    note(`0.7 megapixels, ${cores} processes, pictures a second`, peer, 0, pictures / seconds);
    for (const worker of workers) await worker.end();
    say(`${pictures} pictures by ${peer.name}: ${seconds.toFixed(1)} s`);
  }
}

async function writeRuns(): Promise<void> {
  const versions = await execa('dpkg-query', ['-W', 'libdlib-dev', 'libopenblas-pthread-dev', 'g++'], {
    reject: false,
  });
  const commit = await execa('git', ['rev-parse', '--short', 'HEAD'], { reject: false });
  const kernel = /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1];
  const about = [
    `${kernel ?? cpus()[0]?.model}, ${availableParallelism()} cores, Linux ${release()}, Node ${process.version}`,
  ];
  about.push(`commit ${commit.stdout}, ${versions.stdout.replace(/\s+/g, ' ')}, ${new Date().toISOString()}`);
  const lines = runs.map(({ task, peer, round, value }) => `"${task}","${peer}",${round},${value.toFixed(4)}`);
  const path = join(FOLDER, 'runs.csv');
  await writeFile(path, [...about.map((line) => `# ${line}`), 'task,peer,round,value', ...lines, ''].join('\n'));
  say(`${path}: ${about.join('; ')}`);
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    native: { type: 'boolean' },
    rounds: { type: 'string' },
    pictures: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 15));
const pictures = Number(values.pictures ?? (values.quick ? 4 : 1000));
await mkdir(join(FOLDER, 'pictures'), { recursive: true });
const refusal = values.native ? '--native' : await installPackages();
if (refusal) say(`onnxruntime and face-api are left out: ${refusal}`);
await buildPeers(!refusal);
const peers = await peersHere(!refusal);
const tasks = await tasksIn(join(FOLDER, 'pictures'));
const startPicture = await onePerson(join(FOLDER, 'pictures'), START_PICTURE);
const whole = peers.filter(({ name }) => name !== 'ours, AVX2' && name !== 'dlib, AVX2 kernels');
await timeStarts(whole, startPicture, rounds);
await timeTasks(peers, tasks, rounds);
await timeMany(whole, startPicture, pictures);
for (const peer of whole) note('on disk, MB', peer, 0, (await sizeOnDisk(peer)) / 1e6);
await writeRuns();
const rows: Row[] = runs.map(({ task, peer, value }) => ({ task, peer, value }));
process.stdout.write(
  table(
    rows,
    peers.map(({ name }) => name),
  ),
);
