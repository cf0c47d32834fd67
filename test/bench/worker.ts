// A peer's process, asked one line at a time.
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Peer } from './peers.ts';

export interface Answer {
  /** Processor time of the whole process. */
  ms: number;
  /** What it found: faces, or the first value of the first vector. */
  check: number;
}

export class Worker {
  readonly #child: ReturnType<typeof start>;
  readonly #lines: AsyncIterator<string>;

  constructor(peer: Peer) {
    this.#child = start(peer);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error when the peer has ended. */
  async ask(line: string): Promise<Answer> {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`a peer ended at '${line}': ${(await this.#child).stderr.slice(0, 500)}`);
    const [ms = Number.NaN, check = Number.NaN] = String(value).split(' ').map(Number);
    return { ms, check };
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#child;
  }
}

function start({ command: [program = '', ...words], env }: Peer) {
  return execa(program, words, { env, reject: false, buffer: { stdout: false }, stdin: 'pipe', stdout: 'pipe' });
}
