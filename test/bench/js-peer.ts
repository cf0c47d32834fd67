// What the benchmark's JavaScript peers share: the protocol of test/bench/peer.hh.
import { createInterface } from 'node:readline';

export const CHIP_BYTES = 150 * 150 * 3;

/** The same chips as in peer.hh. */
export function chipByte(chip: number, at: number): number {
  return (at * 31 + chip * 17) % 251;
}

interface Around {
  /** What is not measured. */
  prepare?: (on: string) => Promise<void>;
  /** Processor time of other processes that belong to the work. */
  otherMs?: () => number;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Answers lines until stdin ends; or with `--once PATH` does one picture, or one chip where it knows no pictures. */
export async function serve(
  tasks: Record<string, (on: string) => Promise<number>>,
  { prepare = async () => undefined, otherMs = () => 0 }: Around = {},
): Promise<void> {
  const [once, path = ''] = process.argv.slice(2);
  if (once === '--once') {
    await (tasks.picture?.(path) ?? tasks.embed?.('1'));
    return;
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const [what = '', on = ''] = line.split(' ');
    await prepare(on);
    const others = otherMs();
    const start = cpuMs();
    const check = await tasks[what]?.(on);
    process.stdout.write(`${(cpuMs() - start + otherMs() - others).toFixed(4)} ${check}\n`);
  }
}
