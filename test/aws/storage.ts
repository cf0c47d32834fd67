// Debian's docker-registry, started for the tests on a free port with its own folder. Pushed blobs really go there.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Repository } from './account.ts';

const PROGRAM = '/usr/bin/docker-registry';
const START_MS = 30_000;

/** Why there is no registry; empty when there is one. */
export const NO_REGISTRY = existsSync(PROGRAM) ? '' : "no registry: install Debian's docker-registry";

export class Storage {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
    this.#ended = new Promise((resolve) => process.once('close', resolve));
  }

  static async start(): Promise<Storage> {
    const folder = await mkdtemp(join(tmpdir(), 'fr-registry-'));
    const port = await freePort();
    const settings = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'of the tests' },
    };
    // Every JSON text is also YAML.
    await writeFile(join(folder, 'config.yml'), JSON.stringify(settings));
    const child = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    const storage = new Storage(port, folder, child);
    for (const end = Date.now() + START_MS; Date.now() < end && child.exitCode === null; ) {
      if (await answers(port)) return storage;
      await new Promise((wake) => setTimeout(wake, 20));
    }
    await storage.stop();
    throw new Error(`docker-registry does not answer: ${said}`);
  }

  async blob({ storage, name }: Repository, digest: string): Promise<Buffer> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/v2/${storage}/${name}/blobs/${digest}`);
    if (!answer.ok) throw new Error(`docker-registry answers ${answer.status} for ${name} ${digest}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/v2/`)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
