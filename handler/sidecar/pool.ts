// Pictures -> faces, several at a time: a crew of sidecars, each with one picture. A run over one picture starts only one.
import { type Config, processConfig } from '../config.ts';
import { lambdaCores, usableCores } from './cores.ts';
import type { Face } from './faces.ts';
import { type DescribeOptions, type FaceFinder, processSidecar, Sidecar } from './sidecar.ts';

/**
 * As many sidecars as `jobs`. The first uses every core for its picture, so that the first answer comes as early as it
 * can; the others, which only start when there is more to do, use one core each. All of them map the same weights.
 */
export class SidecarPool implements FaceFinder {
  readonly jobs: number;
  readonly #config: Config;
  readonly #first: Sidecar | undefined;
  readonly #crew: Sidecar[] = [];
  readonly #idle: Sidecar[] = [];
  readonly #waiting: ((sidecar: Sidecar) => void)[] = [];

  /**
   * @param jobs how many pictures at a time, from 1 up.
   * @param first a sidecar to begin with, such as one that is warm.
   */
  constructor(config: Config, jobs: number = usableCores(), first?: Sidecar) {
    this.#config = config;
    this.#first = first;
    this.jobs = jobs;
  }

  /** How many pictures keep every sidecar busy: another waits for each, so that none stands idle while we read the next file. */
  atOnce(): number {
    return 2 * this.jobs;
  }

  /** As Sidecar.describe. A picture that takes long, or kills its sidecar, holds up no other. */
  async describe(image: Uint8Array, options: DescribeOptions = {}): Promise<Face[]> {
    const sidecar = await this.#take();
    try {
      options.onStart?.();
      return await sidecar.describe(image, options);
    } finally {
      this.#giveBack(sidecar);
    }
  }

  /** Starts the first sidecar if it is not running, so that the first picture need not wait for it. */
  start(): void {
    if (this.#crew.length === 0) this.#idle.push(this.#hire());
    this.#crew[0]?.start();
  }

  /** Ends every sidecar at once. Pictures in progress fail. */
  close(): void {
    for (const sidecar of this.#crew) sidecar.close();
  }

  #hire(): Sidecar {
    const sidecar = this.#crew.length > 0 ? new Sidecar(this.#config, 1) : (this.#first ?? new Sidecar(this.#config));
    this.#crew.push(sidecar);
    return sidecar;
  }

  #take(): Sidecar | Promise<Sidecar> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#crew.length < this.jobs) return this.#hire();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(sidecar: Sidecar): void {
    const next = this.#waiting.shift();
    if (next) next(sidecar);
    else this.#idle.push(sidecar);
  }
}

let shared: SidecarPool | undefined;

/** The process's one sidecar, with others beside it in a Lambda of several processors. Made at the first call. Throws ConfigError. */
export function processPool(): SidecarPool {
  shared ??= new SidecarPool(processConfig(), lambdaCores(), processSidecar());
  return shared;
}
