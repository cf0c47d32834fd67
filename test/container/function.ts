// Runs an image as Lambda does: read-only, no network, no HOME, another user, frozen between invocations.
import { mkdtemp, rm } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { docker, type Engine } from '../../deploy/image/engine.ts';
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

/** The Runtime API is one file that Node runs. */
const API_START_MS = 30_000;
/** Lambda gives an init 10 s; here several share two processors. Also how long a function may take to ask for more. */
const INIT_MS = 60_000;
/** What a container said before its end may still be on its way. */
const GRACE_MS = 1000;

/** Runs a client of Docker's to its end; fails with what it said. */
export type Docker = (...words: string[]) => Promise<string>;

// Docker sets HOME, Lambda does not. This program then replaces itself with the command that follows.
const WITHOUT_HOME = 'delete process.env.HOME; const words = process.argv.slice(1); process.execve(words[0], words)';

export class LambdaFunction {
  readonly docker: Docker;
  readonly id: string;
  readonly #engine: Engine;
  readonly #apiId: string;
  readonly #folder: string;
  /** Resolves with its status when the function's container has ended. */
  readonly #end: Promise<string>;
  #frozen = false;

  private constructor(engine: Engine, id: string, apiId: string, folder: string) {
    this.docker = (...words) => docker(engine, words);
    this.id = id;
    this.#engine = engine;
    this.#apiId = apiId;
    this.#folder = folder;
    this.#end = end(engine, id);
  }

  /**
   * Starts a Runtime API server and, when it listens, an image; they share a loopback and no more. The function's init
   * may still go on.
   *
   * @throws with the server's log when it ends or does not listen.
   */
  static async start(engine: Engine, image: string, settings: Settings = {}): Promise<LambdaFunction> {
    const run: Docker = (...words) => docker(engine, words);
    const folder = await mkdtemp(join(tmpdir(), 'fr-container-'));
    const node = ['--entrypoint', '/usr/local/bin/node'];
    const mounts = ['--volume', `${resolve(import.meta.dirname)}:/test:ro`, '--volume', `${folder}:/control`];
    const api = ['run', '--detach', '--network', 'none', '--user', '0', ...mounts, ...node];
    let apiId: string | undefined;
    try {
      apiId = await run(...api, image, '/test/runtime-api.ts', '/control/api.sock');
      await listening(engine, apiId, join(folder, 'api.sock'));
      const entry = JSON.parse(await run('image', 'inspect', '--format', '{{json .Config.Entrypoint}}', image));
      const words = [...confinement(settings), '--network', `container:${apiId}`, ...node];
      const id = await run('run', '--detach', ...words, image, '-e', WITHOUT_HOME, ...entry);
      return new LambdaFunction(engine, id, apiId, folder);
    } catch (error) {
      if (apiId) await run('rm', '--force', apiId);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Waits for the end of the init. Undefined, or what the function posted when it could not start.
   *
   * @throws with the function's log when its container has ended and posted nothing.
   */
  async ready(): Promise<{ body: string; headers: Record<string, string> } | undefined> {
    const { text } = await this.#call('/idle', '', INIT_MS);
    return JSON.parse(text) ?? undefined;
  }

  /** Thaws the function, hands it an event, and freezes it when it waits for the next. */
  async invoke(event: unknown, { timeoutMs = 60_000, freeze = true } = {}): Promise<Answer> {
    await this.thaw();
    const text = typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event);
    const path = '/2015-03-31/functions/function/invocations';
    const answer = await this.#call(path, text, INIT_MS + timeoutMs, { 'x-timeout-ms': timeoutMs });
    if (answer.kind === 'timeout') return answer;
    await this.#call('/idle', '', INIT_MS);
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

  /** An answer of the Runtime API server, unless the function ends before, or time is up. */
  async #call(path: string, body: string | Buffer, limitMs: number, headers = {}): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    const late = async (): Promise<never> => {
      await pause(limitMs, undefined, { signal });
      throw new Error(`${path}: no answer in ${limitMs} ms, and the function still runs:\n${await this.#log()}`);
    };
    const ended = async (): Promise<never> => {
      const status = await this.#end;
      await pause(GRACE_MS, undefined, { signal });
      throw new Error(`${path}: the function ended with status ${status}:\n${await this.#log()}`);
    };
    const answer = call(join(this.#folder, 'api.sock'), path, body, { headers, signal });
    try {
      return await Promise.race([answer, ended(), late()]);
    } finally {
      over.abort();
    }
  }

  #log(): Promise<string> {
    return log(this.#engine, this.id);
  }
}

/** Waits until the Runtime API of a container listens: it opens this socket last. */
async function listening(engine: Engine, id: string, socketPath: string): Promise<void> {
  let status: string | undefined;
  void end(engine, id).then((its) => {
    status = its;
  });
  const limit = Date.now() + API_START_MS;
  while (!(await accepts(socketPath))) {
    const why = status === undefined ? `does not listen after ${API_START_MS} ms` : `ended with status ${status}`;
    if (status !== undefined || Date.now() > limit)
      throw new Error(`the Runtime API ${why}:\n${await log(engine, id)}`);
    await pause(20);
  }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Resolves with the status of a container when it has ended; also when it is removed. */
async function end(engine: Engine, id: string): Promise<string> {
  const { stdout, stderr } = await execa(engine.client, ['wait', id], { reject: false });
  return stdout || stderr;
}

/** The end of what a container wrote. */
async function log(engine: Engine, id: string): Promise<string> {
  const { all } = await execa(engine.client, ['logs', '--tail', '30', id], { reject: false, all: true });
  return all;
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

function call(socketPath: string, path: string, body: string | Buffer, options: RequestOptions) {
  return new Promise<Answer>((settle, reject) => {
    const asked = request({ socketPath, path, method: 'POST', ...options }, (response) => {
      const kind = String(response.headers['x-outcome'] ?? '');
      readAll(response).then((bytes) => settle({ kind, text: bytes.toString('utf8') }), reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
