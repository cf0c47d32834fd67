// `npm run bench`: ours beside its peers on this machine, in turns, and what became of the goals. Raw runs go to
// build/bench/runs.csv; a table of medians and one of goals to stdout.
// --quick: a look at ours and dlib, in seconds, to build/bench/quick.csv
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { goalsTable } from './goals.ts';
import { buildPeers, installPackages } from './install.ts';
import { timePrograms } from './many.ts';
import { FOLDER, goalPeers, kernelsAsFound, PACKAGES, program, wholePeers } from './peers.ts';
import { onePerson } from './pictures.ts';
import { timeMany, timeStarts, weigh } from './processes.ts';
import { circumstances, Runs } from './runs.ts';
import { tasksIn, timeTasks } from './tasks.ts';

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

const { quick = false } = parseArgs({ options: { quick: { type: 'boolean' } } }).values;
const [rounds, pictures] = quick ? [1, 20] : [15, 1000];
const folder = join(FOLDER, 'pictures');
await mkdir(folder, { recursive: true });
await mkdir(PACKAGES, { recursive: true });
const refusal = quick ? 'this is a quick look' : await installPackages();
if (refusal) say(`onnxruntime and face-api are left out: ${refusal}`);
say('compiling the peers');
await buildPeers();
const peers = await wholePeers(!refusal);
const runs = new Runs();
const [widest = 0, avx2 = 0] = (await execa(program('peak'))).stdout.split(' ').map(Number);
const about = [...(await circumstances()), `OpenBLAS finds ${await kernelsAsFound()}, peak ${widest} GFLOP/s`];
for (const line of about) say(line);
const keep = () => runs.write(join(FOLDER, quick ? 'quick.csv' : 'runs.csv'), about);
say(`${rounds} starts each`);
await timeStarts(peers, await onePerson(folder, 0.2), rounds, runs);
await weigh(peers, runs);
await keep(); // what is measured stays, if the rest is stopped
say(`${rounds} rounds in warm processes`);
const tasks = await tasksIn(folder, quick);
const others = await goalPeers();
for (const line of await timeTasks([...peers, ...others], tasks, rounds, runs)) say(line);
await keep();
say(`${pictures} pictures, a process a core`);
await timeMany(peers, await onePerson(folder, 0.7), pictures, runs);
await keep();
say(`${pictures} pictures through fr-recognize`);
if (peers[0]) await timePrograms(folder, peers[0], { pictures, turns: quick ? 1 : 3, runs });
await keep();
const names = peers.map(({ name }) => name);
process.stdout.write(`${runs.table(names)}\n${goalsTable(runs, { widest, avx2 })}`);
