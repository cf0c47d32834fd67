// Facts about the benchmark: its harness, and that ours and dlib do the same work in it. What it measures is no fact.
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT, scratchFolder } from '../helpers.ts';
import { wholePeers } from './peers.ts';
import { Runs } from './runs.ts';

test('the table holds medians, a row a task and a column a peer, and an empty cell where a peer does not take part', () => {
  const runs = new Runs();
  for (const [round, value] of [3, 1, 200].entries()) runs.note('first', 'a', round, value);
  for (const [round, value] of [12.34, 13.34].entries()) runs.note('second', 'b', round, value);
  runs.note('third', 'in no column', 0, 1);
  expect(runs.table(['a', 'b'])).toBe('| | a | b |\n|---|---|---|\n| first | 3.0 | |\n| second | | 13 |\n');
});

test('the peers that others wrote report to nobody and keep what they write inside the clone', async () => {
  const theirs = (await wholePeers(true)).filter(({ command }) => command[0] === process.execPath);
  expect(theirs.map(({ name }) => name)).toEqual(['onnxruntime', 'face-api, wasm']);
  for (const { env } of theirs) {
    const home = (await execa('sh', ['-c', 'echo "$HOME" "$XDG_CACHE_HOME" "$ORT_DISABLE_TELEMETRY"'], { env })).stdout;
    expect(home).toMatch(new RegExp(`^${ROOT}/build/\\S+ ${ROOT}/build/\\S+ 1$`));
  }
});

test('a quick look finds the same faces by ours and by dlib, and ends in both tables and a file of every run', {
  timeout: 600_000,
}, async () => {
  const script = JSON.parse(await readFile(`${ROOT}/package.json`, 'utf8')).scripts.bench;
  // Without the set-up, which the tests had before they began.
  const command = `${String(script).replace(/^node tools\/setup\.mjs && /, '')} --quick`;
  const [HOME, TMPDIR] = [await scratchFolder(), await scratchFolder()];
  const env = { HOME, TMPDIR };
  const { stdout, stderr } = await execa(command, { cwd: ROOT, env, shell: true, preferLocal: true });
  expect(await Promise.all([HOME, TMPDIR].map((folder) => readdir(folder)))).toEqual([[], []]);
  expect(stderr).toMatch(/^bench: onnxruntime and face-api are left out: this is a quick look$/m);
  expect(stderr).not.toMatch(/found, not/);
  const [medians = '', goals = ''] = stdout.split('\n\n');
  const [head = '', , ...tasks] = medians.split('\n');
  expect(head).toMatch(/^\| \| ours \| dlib as found \|/);
  expect(tasks).toHaveLength(19);
  for (const task of tasks) expect(task).toMatch(/^\| [^|]+ \| [\d.]+ \|/);
  expect(
    goals.match(/^\| [^|]+ \| [\d.]+ \| .* \| (yes|no) \| [\d.]+ \| [\d.]+ \| [^|]+ \|$/gm)?.length,
  ).toBeGreaterThan(5);
  const runs = await readFile(`${ROOT}/build/bench/quick.csv`, 'utf8');
  expect(runs).toMatch(/^# .+ cores, Linux .+\n# commit .+libdlib-dev.+\n# OpenBLAS finds .+\ntask,peer,round,value\n/);
  expect(runs.match(/^"one face, the network alone, ms",ours,/gm)).toHaveLength(1);
});
