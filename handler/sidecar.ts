// Image bytes -> face vectors: one warm worker process of the native sidecar. The only place that uses execa here.
import { execa } from 'execa';
import { type Config, processConfig } from './config.ts';
import { ImageError, SidecarError } from './errors.ts';
import { type Face, parseFaces } from './faces.ts';

export interface DescribeOptions {
  /** Gives all variants of face `face`, or of the only face: what a model is made of. */
  augment?: boolean | undefined;
  /** Gives for every face the variants that it is judged by, instead of variant 0. */
  probe?: boolean | undefined;
  face?: number | undefined;
  /** Looks for faces with every detector, and not only until one finds a face; see native/detect/finder.hh. */
  thorough?: boolean | undefined;
  /** Called with what a person should know of a picture that is used all the same, a line each. */
  onNote?: ((note: string) => void) | undefined;
}

const MAX_HEAD_BYTES = 64;
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const RESTARTS = 1;
/** The sidecar gives up a picture by itself at most this long before its time is up, so that we need not end it. */
const GRACE_MS = 1_000;
const GRACE_SHARE = 0.1;

interface Answer {
  status: number;
  text: string;
  /** Lines. */
  notes: string;
}

/**
 * Keeps one worker alive and gives it one picture at a time. A worker that dies is started again and asked once
 * more; a worker that hangs or talks nonsense is killed, and the next picture gets a new one.
 */
export class Sidecar {
  readonly #config: Config;
  #worker: Worker | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(config: Config) {
    this.#config = config;
  }

  /**
   * The faces of a picture, left to right; none is an empty list.
   *
   * @throws ImageError when the picture cannot be used.
   * @throws SidecarError when the sidecar cannot be started, takes too long, dies twice, or answers nonsense.
   */
  describe(image: Uint8Array, options: DescribeOptions = {}): Promise<Face[]> {
    const answer = this.#queue.then(() => this.#describe(image, options));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** Starts the worker if it is not running, so that the first picture need not wait for it. */
  start(): void {
    this.#worker ??= new Worker(this.#config);
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

  async #ask(image: Uint8Array, options: DescribeOptions): Promise<Answer> {
    const deadline = AbortSignal.timeout(this.#config.timeoutMs);
    for (let restarts = 0; ; restarts += 1) {
      this.start();
      const worker = this.#worker as Worker;
      try {
        return await worker.ask(image, options, deadline);
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

let shared: Sidecar | undefined;

/** The process's one sidecar, made at the first call. Throws ConfigError. */
export function processSidecar(): Sidecar {
  shared ??= new Sidecar(processConfig());
  return shared;
}

function tookTooLong({ timeoutMs }: Config): SidecarError {
  const seconds = timeoutMs / 1000;
  return new SidecarError(
    'timeout',
    `the sidecar took more than ${seconds} s for the picture: shrink it or raise FR_TIMEOUT_MS`,
  );
}

function startWorker({ sidecarPath, timeoutMs, maxPixels, maxBytes }: Config) {
  const ownTimeoutMs = Math.max(1, Math.floor(timeoutMs - Math.min(GRACE_MS, timeoutMs * GRACE_SHARE)));
  const limits = ['--max-pixels', maxPixels, '--max-bytes', maxBytes, '--timeout-ms', ownTimeoutMs].map(String);
  return execa(sidecarPath, ['--worker', ...limits], {
    buffer: false,
    encoding: 'buffer',
    reject: false,
    stdin: 'pipe',
  });
}

/** One worker process: writes requests, reads answers. See native/worker.hh for their form. */
class Worker {
  readonly #process: ReturnType<typeof startWorker>;
  readonly #config: Config;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #complaint = '';
  #death: SidecarError | undefined;
  #wake: (() => void) | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#process = startWorker(config);
    this.#process.stdin.on('error', () => undefined); // a write to a dead worker: its end tells the reason
    this.#process.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-1000);
    });
    void this.#process.then((result) => {
      this.#death ??= this.#explain(result);
      this.#wake?.();
    });
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async ask(image: Uint8Array, options: DescribeOptions, deadline: AbortSignal): Promise<Answer> {
    this.#refuseSurplus(); // of an earlier picture, come late
    const onDeadline = (): void => {
      this.#death ??= tookTooLong(this.#config);
      this.#wake?.();
    };
    deadline.addEventListener('abort', onDeadline);
    try {
      if (deadline.aborted) onDeadline();
      const words: (string | number)[] = [image.length];
      if (options.augment) words.push('--augment');
      if (options.probe) words.push('--probe');
      if (options.face !== undefined) words.push('--face', options.face);
      if (options.thorough) words.push('--thorough');
      this.#process.stdin.write(`${words.join(' ')}\n`);
      this.#process.stdin.write(image);
      const answer = await this.#answer();
      this.#refuseSurplus();
      return answer;
    } finally {
      deadline.removeEventListener('abort', onDeadline);
    }
  }

  // Anything after an answer would be taken for the next answer, and so for another picture's.
  #refuseSurplus(): void {
    if (this.#receivedBytes > 0) throw new SidecarError('output', 'the sidecar answered what nobody asked: try again');
  }

  async #answer(): Promise<Answer> {
    const head = await this.#take((bytes) => {
      const end = bytes.indexOf('\n');
      if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) return MAX_HEAD_BYTES;
      return end < 0 ? undefined : end + 1;
    });
    const [, status, size, noteSize = '0'] = /^([0123]) (\d{1,9})(?: (\d{1,9}))?\n$/.exec(head) ?? [];
    if (status === undefined || Number(size) + Number(noteSize) > MAX_ANSWER_BYTES) {
      throw new SidecarError('output', 'the sidecar answered what cannot be understood: install this software again');
    }
    const whole = (wanted: number) => (bytes: Buffer) => (bytes.length < wanted ? undefined : wanted);
    const text = await this.#take(whole(Number(size)));
    const notes = await this.#take(whole(Number(noteSize)));
    return { status: Number(status), text, notes };
  }

  /** Waits until `measure` finds a piece at the front of what was received, and takes it off. */
  async #take(measure: (bytes: Buffer) => number | undefined): Promise<string> {
    for (;;) {
      const bytes = Buffer.concat(this.#received);
      const size = measure(bytes);
      if (size !== undefined) {
        const rest = bytes.subarray(size);
        this.#received = [rest];
        this.#receivedBytes = rest.length;
        return bytes.toString('utf8', 0, size);
      }
      this.#received = [bytes];
      if (this.#death) throw this.#death;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    this.#wake?.();
  }

  #explain(result: Awaited<ReturnType<typeof startWorker>>): SidecarError {
    const complaint = this.#complaint.trim().split('\n').at(-1) ?? '';
    const path = this.#config.sidecarPath;
    if (result.signal !== undefined) {
      return new SidecarError('signal', `the sidecar was ended by ${result.signal}: try again, or give more memory`);
    }
    if (result.exitCode !== undefined) {
      return new SidecarError('exit', `the sidecar ended with status ${result.exitCode}: ${complaint || 'no reason'}`);
    }
    const why = result.code ?? result.originalMessage ?? 'no reason';
    return new SidecarError('missing', `the sidecar ${path} cannot be started (${why}): run npm run setup`);
  }
}
