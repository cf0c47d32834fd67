// Runs -> one Markdown table: medians, a row a task, a column a peer.

export interface Row {
  task: string;
  peer: string;
  value: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function show(value: number): string {
  if (Number.isNaN(value)) return '';
  return value.toFixed(value < 10 ? 1 : 0);
}

/** Tasks in the order of their first run; a peer that does not do one has an empty cell. */
export function table(rows: readonly Row[], peers: readonly string[]): string {
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const lines = tasks.map((task) => {
    const cells = peers.map((peer) =>
      show(median(rows.filter((row) => row.task === task && row.peer === peer).map(({ value }) => value))),
    );
    return `| ${task} | ${cells.join(' | ')} |`;
  });
  return `${[`| | ${peers.join(' | ')} |`, `|${'---|'.repeat(peers.length + 1)}`, ...lines].join('\n')}\n`;
}
