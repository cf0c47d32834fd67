// One worker process of the sidecar: writes requests, reads answers. The only place in handler/ that uses execa.

import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { execa } from 'execa';
import type { Config } from '../config.ts';
import type { Pixels } from '../decoder/decoder.ts';
import { SidecarError } from '../errors.ts';
import { findProgram, withoutProgram } from '../program.ts';
import { type Box, boxText } from './faces.ts';

/** What a picture is asked for; native/worker.hh has the words. */
export interface Question {
  /** Gives all looks at face `face`, or at the only face: what a model is made of. */
  augment?: boolean | undefined;
  /** Gives for every face the looks that it is judged by, instead of look 0 alone. */
  probe?: boolean | undefined;
  /** Number of a face, from 1, left to right. */
  face?: number | undefined;
  /** The one face is here, upright: no detector looks. Not with `face`. */
  box?: Box | undefined;
  /** Runs every detector, and does not stop at the first that finds a face; see native/detect/finder.hh. */
  thorough?: boolean | undefined;
}

/** What the sidecar says of a picture. */
export interface Answer {
  /** 0 faces, 1 a failure, 2 a picture that cannot be used, 3 out of time. */
  status: number;
  /** CSV of the faces, or one line that says what failed. */
  text: string;
  /** Lines for a person. */
  notes: string;
}

const MAX_HEAD_BYTES = 64;
const MAX_ANSWER_BYTES = 64 * 2 ** 20;
const MAX_COMPLAINT_CHARACTERS = 1_000;
/** The sidecar gives up by itself this long before the time is up, or this share of the time if that is less. So we need not kill it. */
const GRACE_MS = 1_000;
const GRACE_SHARE = 0.1;

export function tookTooLong({ timeoutMs }: Config): SidecarError {
  const seconds = timeoutMs / 1000;
  return new SidecarError(
    'timeout',
    `the sidecar took more than ${seconds} s for the picture: shrink it or raise FR_TIMEOUT_MS`,
  );
}

/** The WebAssembly sidecar is JavaScript. This Node runs it, since Windows starts no script by itself. */
function commandOf(path: string): [program: string, words: string[]] {
  const script = path.endsWith('.mjs') && existsSync(path);
  return script ? [process.execPath, [path]] : [path, []];
}

function startWorker(
  { sidecarPath, weightsPath, timeoutMs, maxPixels, maxBytes }: Config,
  threads: number | undefined,
) {
  const ownTimeoutMs = Math.max(1, Math.floor(timeoutMs - Math.min(GRACE_MS, timeoutMs * GRACE_SHARE)));
  const limits = ['--max-pixels', maxPixels, '--max-bytes', maxBytes, '--timeout-ms', ownTimeoutMs].map(String);
  const weights = weightsPath === undefined ? [] : ['--weights', weightsPath];
  const [program, words] = commandOf(sidecarPath);
  return execa(program, [...words, '--worker', ...weights, ...limits], {
    buffer: false,
    cleanup: false, // it would end a program by a signal that the program handles with process.once(); see `running`
    encoding: 'buffer',
    reject: false,
    stdin: 'pipe',
    ...(threads !== undefined && { env: { FR_THREADS: String(threads) } }),
  });
}

/** The workers that are alive. They end with our process; where a signal ends it, when they next want to read a picture. */
const running = new Set<ReturnType<typeof startWorker>>();
process.on('exit', () => {
  for (const worker of running) worker.kill('SIGKILL');
});

/** One worker process. See native/worker.hh for the form of requests and answers. */
export class Worker {
  readonly #process: ReturnType<typeof startWorker>;
  readonly #config: Config;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #complaint = '';
  #death: SidecarError | undefined;
  #wake: (() => void) | undefined;

  constructor(config: Config, threads?: number) {
    this.#config = config;
    this.#process = startWorker(config, threads);
    this.#hold(false);
    this.#process.stdin.on('error', () => undefined); // a write to a dead worker: how the process ended says why
    this.#process.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-MAX_COMPLAINT_CHARACTERS);
    });
    running.add(this.#process);
    void this.#process.then((result) => {
      running.delete(this.#process);
      this.#death ??= this.#explain(result);
      this.#wake?.();
    });
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Of a picture's file, or of its pixels where we have decoded it ourselves. */
  async ask(picture: Uint8Array | Pixels, question: Question, deadline: AbortSignal): Promise<Answer> {
    this.#refuseSurplus(); // a late part of an earlier answer
    const onDeadline = (): void => {
      this.#death ??= tookTooLong(this.#config);
      this.#wake?.();
    };
    deadline.addEventListener('abort', onDeadline);
    this.#hold(true);
    try {
      if (deadline.aborted) onDeadline();
      const decoded = 'rgb' in picture;
      const bytes = decoded ? picture.rgb : picture;
      const words: (string | number)[] = [bytes.length, '--packed'];
      if (decoded) words.push('--pixels', `${picture.width}x${picture.height}`);
      if (question.augment) words.push('--augment');
      if (question.probe) words.push('--probe');
      if (question.face !== undefined) words.push('--face', question.face);
      if (question.box) words.push('--box', boxText(question.box));
      if (question.thorough) words.push('--thorough');
      // Together, so that the worker wakes once.
      this.#process.stdin.cork();
      this.#process.stdin.write(Buffer.from(`${words.join(' ')}\n`));
      this.#process.stdin.write(bytes);
      this.#process.stdin.uncork();
      const answer = await this.#answer();
      this.#refuseSurplus();
      return answer;
    } finally {
      deadline.removeEventListener('abort', onDeadline);
      this.#hold(false);
    }
  }

  /** Whether the worker keeps our process alive: only while it has a picture. A program that is done need not close it. */
  #hold(busy: boolean): void {
    const { stdin, stdout, stderr } = this.#process;
    for (const part of [this.#process, ...([stdin, stdout, stderr] as unknown as Socket[])]) {
      if (busy) part.ref();
      else part.unref();
    }
  }

  // Bytes after an answer would be read as the answer to the next picture.
  #refuseSurplus(): void {
    if (this.#receivedBytes > 0) throw new SidecarError('output', 'the sidecar sent more than one answer: try again');
  }

  async #answer(): Promise<Answer> {
    const head = await this.#take((bytes) => {
      const end = bytes.indexOf('\n');
      if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) return MAX_HEAD_BYTES;
      return end < 0 ? undefined : end + 1;
    });
    const [, status, size, noteSize = '0'] = /^([0123]) (\d{1,9})(?: (\d{1,9}))?\n$/.exec(head) ?? [];
    if (status === undefined || Number(size) + Number(noteSize) > MAX_ANSWER_BYTES) {
      throw new SidecarError('output', 'the sidecar sent an answer that cannot be read: install this software again');
    }
    const whole = (wanted: number) => (bytes: Buffer) => (bytes.length < wanted ? undefined : wanted);
    const text = await this.#take(whole(Number(size)));
    const notes = await this.#take(whole(Number(noteSize)));
    return { status: Number(status), text, notes };
  }

  /** Waits until `measure` gives the size of the first piece of what was received, then removes and returns that piece. */
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
    const { path: own, from } = findProgram();
    const advice = from === 'none' && own === path ? withoutProgram() : 'run npm run setup';
    return new SidecarError('missing', `the sidecar ${path} cannot be started (${why}): ${advice}`);
  }
}
