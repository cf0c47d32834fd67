// Image bytes -> faces: keeps one warm worker of the native sidecar.
import { type Config, processConfig } from '../config.ts';
import type { Pixels } from '../decoder/decoder.ts';
import { isHeif } from '../decoder/sniff.ts';
import { ImageError, SidecarError } from '../errors.ts';
import { type Face, parseFaces } from './faces.ts';
import { type Answer, type Question, tookTooLong, Worker } from './worker.ts';

export interface DescribeOptions extends Question {
  /** Called when the picture's turn has come, if others are looked at first. */
  onStart?: (() => void) | undefined;
  /** Called with each note for a person about a picture that can be used, one line each. */
  onNote?: ((note: string) => void) | undefined;
  /** Gives up the picture. One that is being looked at costs the worker, which knows no way to stop; the next gets a new one. */
  signal?: AbortSignal | undefined;
}

/** Whoever finds the faces of pictures: one sidecar, or several (pool.ts). */
export interface FaceFinder {
  describe(image: Uint8Array, options?: DescribeOptions): Promise<Face[]>;
}

const RESTARTS = 1;

/**
 * Keeps one worker alive and gives it one picture at a time. If the worker dies, a new one is asked once more. If it hangs
 * or answers what cannot be read, it is killed, and the next picture gets a new one.
 */
export class Sidecar implements FaceFinder {
  readonly #config: Config;
  readonly #threads: number | undefined;
  #worker: Worker | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param threads that the worker may use; without it, all that native/threads.cc counts. */
  constructor(config: Config, threads?: number) {
    this.#config = config;
    this.#threads = threads;
  }

  /**
   * The faces of a picture, left to right; none is an empty list.
   *
   * @throws the signal's reason when it is aborted.
   * @throws ImageError when the picture cannot be used.
   * @throws SidecarError when the sidecar cannot be started, takes too long, dies twice, or gives an answer that cannot be read.
   */
  describe(image: Uint8Array, options: DescribeOptions = {}): Promise<Face[]> {
    const { signal } = options;
    const answer = this.#queue.then(() => {
      signal?.throwIfAborted();
      return this.#describe(image, options);
    });
    this.#queue = answer.catch(() => undefined);
    return signal ? unlessAborted(answer, signal) : answer;
  }

  /** Starts the worker if it is not running, so that the first picture need not wait for it. */
  start(): void {
    this.#worker ??= new Worker(this.#config, this.#threads);
  }

  /** Ends the worker at once. A picture in progress fails; a later one starts a new worker. */
  close(): void {
    this.#worker?.kill();
    this.#worker = undefined;
  }

  async #describe(image: Uint8Array, options: DescribeOptions): Promise<Face[]> {
    const { status, text, notes } = await this.#ask(image, options);
    if (status === 2) throw new ImageError(`the picture cannot be used: ${text}`);
    if (status === 3) throw tookTooLong(this.#config);
    if (status !== 0) throw new SidecarError('exit', `the sidecar failed: ${text}`);
    try {
      const faces = parseFaces(text);
      for (const note of notes.split('\n').filter(Boolean)) options.onNote?.(note);
      return faces;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What the sidecar cannot read is decoded here. Loaded only for such a picture: a start without one costs nothing more. */
  async #decode(image: Uint8Array, deadline: AbortSignal): Promise<Uint8Array | Pixels> {
    if (!isHeif(image)) return image;
    const { decode } = await import('../decoder/decoder.ts');
    return decode(image, this.#config, deadline);
  }

  async #ask(image: Uint8Array, options: DescribeOptions): Promise<Answer> {
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), this.#config.timeoutMs).unref();
    try {
      const deadline = options.signal ? AbortSignal.any([time.signal, options.signal]) : time.signal;
      return await this.#askWorker(await this.#decode(image, deadline), options, deadline);
    } finally {
      clearTimeout(timer);
    }
  }

  async #askWorker(picture: Uint8Array | Pixels, question: Question, deadline: AbortSignal): Promise<Answer> {
    for (let restarts = 0; ; restarts += 1) {
      this.start();
      const worker = this.#worker as Worker;
      try {
        return await worker.ask(picture, question, deadline);
      } catch (error) {
        const closed = this.#worker !== worker;
        worker.kill();
        if (!closed) this.#worker = undefined;
        const died = error instanceof SidecarError && (error.reason === 'signal' || error.reason === 'exit');
        if (closed || !died || restarts === RESTARTS) throw error;
      }
    }
  }
}

/** The result of `work`, or the signal's reason as soon as it is aborted. */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

let shared: Sidecar | undefined;

/** The process's one sidecar, made at the first call. Throws ConfigError. */
export function processSidecar(): Sidecar {
  shared ??= new Sidecar(processConfig());
  return shared;
}
