// What the benchmark's JavaScript peers share: the protocol of test/bench/peer.hh.
import { createInterface } from 'node:readline';

export const CHIP_BYTES = 150 * 150 * 3;

/** The same chips as in peer.hh. */
export function chipByte(chip: number, at: number): number {
  return (at * 31 + chip * 17) % 251;
}

export interface JsPeer {
  embed: (count: number) => Promise<number>;
  picture?: (path: string) => Promise<number>;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Answers lines until stdin ends; or with `--once PATH` does one picture, or one chip where it knows no pictures. */
export async function serve(peer: JsPeer): Promise<void> {
  const [once, path] = process.argv.slice(2);
  if (once === '--once') {
    await (peer.picture ? peer.picture(path ?? '') : peer.embed(1));
    return;
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, on = ''] = line.split(' ');
    const start = cpuMs();
    const check = await (what === 'embed' ? peer.embed(Number(on)) : peer.picture?.(on));
    process.stdout.write(`${(cpuMs() - start).toFixed(4)} ${check}\n`);
  }
}
