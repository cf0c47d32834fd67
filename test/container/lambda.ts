// Lets the tests' AWS really run functions: pulls the pushed image by its digest and runs it under a Runtime API in Docker.
import { docker, type Engine } from '../../deploy/image/engine.ts';
import type { Invocation, Outcome } from '../aws/account.ts';
import type { Storage } from '../aws/storage.ts';
import { LambdaFunction } from './function.ts';

interface Environment {
  running: LambdaFunction;
  initMs: number;
}

export class Runner {
  readonly #engine: Engine;
  readonly #storage: Storage;
  /** Execution environments by version; each serves one event at a time and is kept warm. */
  readonly #environments = new Map<string, Environment>();
  readonly #pulled = new Set<string>();
  #before: Promise<unknown> = Promise.resolve();
  /** Invocations that have come and are not answered yet. */
  #open = 0;

  constructor(engine: Engine, storage: Storage) {
    this.#engine = engine;
    this.#storage = storage;
  }

  /** As the service wants it; one invocation after the other. */
  readonly run = (invocation: Invocation): Promise<Outcome> => {
    this.#open += 1;
    const mine = this.#before.then(() => this.#invoke(invocation));
    this.#before = mine.catch(() => undefined);
    return mine.finally(() => {
      this.#open -= 1;
    });
  };

  async stop(): Promise<void> {
    for (const { running } of this.#environments.values()) await running.stop();
    for (const reference of this.#pulled) await docker(this.#engine, ['image', 'rm', reference]);
  }

  async #invoke(invocation: Invocation): Promise<Outcome> {
    const { name, version, payload } = invocation;
    const key = `${name}:${version.version}:${version.digest}:${version.memory}`;
    const warm = this.#environments.get(key);
    const { running, initMs } = warm ?? (await this.#start(invocation));
    this.#environments.set(key, { running, initMs });
    const startMs = performance.now();
    // Lambda freezes an idle environment.
    const freeze = this.#open === 1;
    const { kind, text } = await running.invoke(payload, { timeoutMs: version.timeout * 1000, freeze });
    const ms = performance.now() - startMs;
    return { kind: kind as Outcome['kind'], text, ms, ...(warm ? {} : { initMs }) };
  }

  async #start({ version, repository }: Invocation): Promise<Environment> {
    if (!repository) throw new Error('the function has lost its image');
    const reference = `127.0.0.1:${this.#storage.port}/${repository.storage}/${repository.name}@${version.digest}`;
    await docker(this.#engine, ['pull', '--quiet', reference]);
    this.#pulled.add(reference);
    const startMs = performance.now();
    const running = await LambdaFunction.start(this.#engine, reference, { memoryMb: version.memory });
    const failure = await running.ready();
    if (failure) throw new Error(`the function does not start: ${failure.body}`);
    return { running, initMs: performance.now() - startMs };
  }
}
