// Facts about the benchmark: its harness, and that its native peers do the same work. It measures nothing here.
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers.ts';
import { table } from './table.ts';

test('the table holds medians, a row a task and a column a peer, and an empty cell where a peer does not take part', () => {
  const rows = [3, 1, 200].map((value) => ({ task: 'first', peer: 'a', value }));
  rows.push({ task: 'second', peer: 'b', value: 12.34 }, { task: 'second', peer: 'b', value: 13.34 });
  expect(table(rows, ['a', 'b'])).toBe('| | a | b |\n|---|---|---|\n| first | 3.0 |  |\n| second |  | 13 |\n');
});

test('ours and dlib find the same in every task, and every run is kept', { timeout: 600_000 }, async () => {
  const script = JSON.parse(await readFile(`${ROOT}/package.json`, 'utf8')).scripts.bench;
  // Without the set-up, which the tests had before they began.
  const command = `${String(script).replace(/^node tools\/setup\.mjs && /, '')} --quick --native`;
  const { stdout, stderr } = await execa(command, { cwd: ROOT, shell: true, preferLocal: true });
  expect(stderr).not.toMatch(/answers/);
  const [head = '', , ...rows] = stdout.split('\n');
  expect(head).toMatch(/^\| \| ours \| dlib as found \|/);
  expect(rows).toHaveLength(13);
  for (const row of rows) expect(row).toMatch(/^\| [^|]+ \| [\d.]+ \| [\d.]+ \|/);
  const runs = await readFile(`${ROOT}/build/bench/runs.csv`, 'utf8');
  expect(runs).toMatch(/^# .+ cores, Linux .+\n# commit .+libdlib-dev.+\ntask,peer,round,value\n/);
  expect(runs.match(/^"one face, the network alone, ms","ours",/gm)).toHaveLength(2);
});
