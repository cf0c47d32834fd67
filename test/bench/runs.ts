// What was measured: raw runs, kept as CSV, and their medians as one Markdown table.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { stringify } from 'csv-stringify/sync';
import { execa } from 'execa';

export class Runs {
  readonly #rows: { task: string; peer: string; round: number; value: number }[] = [];

  note(task: string, peer: string, round: number, value: number): void {
    this.#rows.push({ task, peer, round, value });
  }

  /** NaN where the peer has no run of the task. */
  median(task: string, peer: string): number {
    const rows = this.#rows.filter((row) => row.task === task && row.peer === peer);
    const sorted = rows.map(({ value }) => value).sort((a, b) => a - b);
    const [lower = Number.NaN, upper = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    return (lower + upper) / 2;
  }

  /** Tasks in the order of their first run, a column a peer; a peer that does not do one has an empty cell. */
  table(peers: readonly string[]): string {
    const tasks = [...new Set(this.#rows.map(({ task }) => task))];
    const rows = tasks.map((task) => [task, ...peers.map((peer) => figure(this.median(task, peer)))]);
    // A task that only peers in no column do.
    return markdown(
      ['', ...peers],
      rows.filter(([, ...cells]) => cells.some(Boolean)),
    );
  }

  async write(path: string, about: readonly string[]): Promise<void> {
    const rows = this.#rows.map((row) => ({ ...row, value: row.value.toFixed(4) }));
    await writeFile(path, [...about.map((line) => `# ${line}\n`), stringify(rows, { header: true })].join(''));
  }
}

/** Two places and more: enough to compare by. */
export function figure(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(value < 10 ? 1 : 0);
}

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `|${cells.map((cell) => (cell ? ` ${cell} |` : ' |')).join('')}`;
  return `${[line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')}\n`;
}

/** Machine, versions and date, a line each. */
export async function circumstances(): Promise<string[]> {
  const output = async (program: string, ...words: string[]) =>
    (await execa(program, words, { reject: false })).stdout?.replace(/\s+/g, ' ') ?? '';
  const model = /^model name\s*:\s*(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? cpus()[0]?.model;
  const versions = await output('dpkg-query', '-W', 'libdlib-dev', 'libopenblas-pthread-dev', 'g++');
  return [
    `${model}, ${availableParallelism()} cores, Linux ${release()}, Node ${process.version}`,
    `commit ${await output('git', 'rev-parse', '--short', 'HEAD')}, ${versions}, ${new Date().toISOString()}`,
  ];
}
