// The page's end of its worker: one question at a time, and a new worker when one takes too long or breaks.
import type { Box } from '../../../handler/sidecar/faces.ts';
import { LIMITS } from './limits.ts';
import type { AnswerOf, Kind, Parts, QuestionOf, Reply } from './messages.ts';

/** A failure of the worker, in words for the page. */
export class EngineError extends Error {
  readonly code: string;
  /** Where the faces are, when there are several. */
  readonly boxes: readonly Box[];

  constructor(code: string, message: string, boxes: readonly Box[] = []) {
    super(message);
    this.code = code;
    this.boxes = boxes;
  }
}

export class Engine {
  readonly #parts: Parts;
  /** The address of the worker's script: a blob, so that the worker inherits the page's policy. */
  readonly #script: string;
  #worker: Promise<Worker> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts, script: string) {
    this.#parts = parts;
    this.#script = script;
  }

  /** @throws EngineError. */
  ask<K extends Kind>(kind: K, question: QuestionOf<K>): Promise<AnswerOf<K>> {
    const answer = this.#queue.then(async () => {
      this.#worker ??= this.#start();
      return this.#exchange(await this.#worker, kind, question);
    });
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(this.#script);
    await this.#exchange(worker, 'open', this.#parts);
    return worker;
  }

  #exchange<K extends Kind>(worker: Worker, kind: K, question: QuestionOf<K>): Promise<AnswerOf<K>> {
    return new Promise((resolve, reject) => {
      const drop = (code: string, message: string): void => {
        worker.terminate();
        this.#worker = undefined;
        reject(new EngineError(code, message));
      };
      const timer = setTimeout(
        () => drop('SIDECAR_TIMEOUT', `the picture takes more than ${LIMITS.mostMs / 1000} s: shrink it`),
        LIMITS.mostMs,
      );
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        clearTimeout(timer);
        if ('answer' in data) return resolve(data.answer as AnswerOf<K>);
        const { code, message, boxes } = data.failure;
        // After a fault of its own, the program's memory is not to be trusted.
        if (code === 'FAULT') return drop(code, `the program failed (${message}): try a smaller picture`);
        reject(new EngineError(code, message, boxes));
      };
      worker.onerror = (event) => {
        clearTimeout(timer);
        drop('FAULT', `the program failed (${event.message}): load the page again`);
      };
      worker.postMessage({ kind, question });
    });
  }
}
