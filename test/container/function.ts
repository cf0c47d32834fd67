// An image run as Lambda runs it: read-only, no network, no HOME, someone else's user, frozen between invocations.
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { docker, type Engine } from '../../deploy/engine.ts';
import { readAll } from './runtime-api.ts';

export interface Settings {
  /** Lambda gives a whole processor with 1,769 MB. */
  memoryMb?: number;
  cpus?: number;
  env?: Record<string, string>;
  /** Docker's words beside those that make it Lambda. */
  words?: string[];
}

export interface Answer {
  kind: string;
  text: string;
}

/** Runs a client of Docker's to its end; fails with what it said. */
export type Docker = (...words: string[]) => Promise<string>;

// Docker sets HOME and Lambda does not. The program of the words that follow takes this one's place.
const WITHOUT_HOME = 'delete process.env.HOME; const words = process.argv.slice(1); process.execve(words[0], words)';

export class LambdaFunction {
  readonly docker: Docker;
  readonly id: string;
  readonly #apiId: string;
  readonly #folder: string;
  #frozen = false;

  private constructor(run: Docker, id: string, apiId: string, folder: string) {
    this.docker = run;
    this.id = id;
    this.#apiId = apiId;
    this.#folder = folder;
  }

  /** Starts an image beside a Runtime API server; they share a loopback and no more. Its init may still go on. */
  static async start(engine: Engine, image: string, settings: Settings = {}): Promise<LambdaFunction> {
    const run: Docker = (...words) => docker(engine, words);
    const folder = await mkdtemp(join(tmpdir(), 'fr-container-'));
    const node = ['--entrypoint', '/usr/local/bin/node'];
    const mounts = ['--volume', `${resolve(import.meta.dirname)}:/test:ro`, '--volume', `${folder}:/control`];
    const api = ['run', '--detach', '--network', 'none', '--user', '0', ...mounts, ...node];
    const apiId = await run(...api, image, '/test/runtime-api.ts', '/control/api.sock');
    const entry = JSON.parse(await run('image', 'inspect', '--format', '{{json .Config.Entrypoint}}', image));
    const words = [...confinement(settings), '--network', `container:${apiId}`, ...node];
    const id = await run('run', '--detach', ...words, image, '-e', WITHOUT_HOME, ...entry);
    return new LambdaFunction(run, id, apiId, folder);
  }

  /** Waits for the end of the init. Undefined, or what the function posted when it could not start. */
  async ready(): Promise<{ body: string; headers: Record<string, string> } | undefined> {
    const { text } = await this.#call('/idle', '');
    return JSON.parse(text) ?? undefined;
  }

  /** Thaws the function, hands it an event, and freezes it when it waits for the next. */
  async invoke(event: unknown, { timeoutMs = 60_000, freeze = true } = {}): Promise<Answer> {
    await this.thaw();
    const text = typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event);
    const answer = await this.#call('/2015-03-31/functions/function/invocations', text, timeoutMs);
    if (answer.kind === 'timeout') return answer;
    await this.#call('/idle', '');
    if (freeze) await this.docker('pause', this.id);
    this.#frozen = freeze;
    return answer;
  }

  async thaw(): Promise<void> {
    if (this.#frozen) await this.docker('unpause', this.id);
    this.#frozen = false;
  }

  /** The value of a JavaScript expression inside the container, whose only program besides ours is Node. */
  async evaluate(expression: string): Promise<string> {
    await this.thaw();
    return this.docker('exec', this.id, '/usr/local/bin/node', '-p', expression);
  }

  /** Process ids as this machine sees them, by the program's name. */
  async processes(): Promise<{ pid: number; state: string; name: string }[]> {
    const [, ...lines] = (await this.docker('top', this.id, '-o', 'pid,stat,args')).split('\n');
    return lines.map((line) => {
      const [pid = '', state = '', program = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), state, name: basename(program) };
    });
  }

  async stop(): Promise<void> {
    await this.thaw();
    await this.docker('rm', '--force', this.id, this.#apiId);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #call(path: string, body: string | Buffer, timeoutMs?: number): Promise<Answer> {
    const socketPath = join(this.#folder, 'api.sock');
    const headers = timeoutMs === undefined ? {} : { 'x-timeout-ms': timeoutMs };
    for (let tries = 0; ; tries += 1) {
      try {
        return await call(socketPath, path, body, headers);
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (tries === 200 || !['ENOENT', 'ECONNREFUSED'].includes(code)) throw error;
        await new Promise((wake) => setTimeout(wake, 50)); // the server is still starting
      }
    }
  }
}

function confinement({ memoryMb = 1769, cpus = 1, env = {}, words = [] }: Settings): string[] {
  const variables = {
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
    AWS_LAMBDA_FUNCTION_NAME: 'test',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/test',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    ...env,
  };
  return [
    ...['--read-only', '--tmpfs', '/tmp:size=512m,mode=1777', '--user', '993:990', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '1024', '--cpus', String(cpus)],
    ...['--memory', `${memoryMb}m`, '--memory-swap', `${memoryMb}m`],
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...words,
  ];
}

function call(socketPath: string, path: string, body: string | Buffer, headers: Record<string, number>) {
  return new Promise<Answer>((settle, reject) => {
    const asked = request({ socketPath, path, method: 'POST', headers }, async (response) => {
      const text = (await readAll(response)).toString('utf8');
      settle({ kind: String(response.headers['x-outcome'] ?? ''), text });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
