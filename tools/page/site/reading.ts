// What a person gave -> what the worker takes. Every browser reads HEIC and AVIF here by the same code as the commands, in a worker
// of its own that ends with the picture.
import { decodingFailure, planDecoding } from '../../../handler/decoder/plan.ts';
import { isHeif } from '../../../handler/decoder/sniff.ts';
import { ImageError } from '../../../handler/errors.ts';
import type { Answer, DecoderJob } from './decoder.ts';
import { LIMITS } from './limits.ts';
import type { Picture } from './messages.ts';

/** What decodes. All of it was fetched with the page. */
export interface Decoders {
  /** The address, inside the page, of decoder.ts with libheif's own script before it. */
  script: string;
  /** The libraries' programs. */
  HEIC: ArrayBuffer;
  AVIF: ArrayBuffer;
}

const HEADER_BYTES = 512;

export class Reader {
  readonly #decoders: Decoders;
  readonly #compiled = new Map<string, Promise<WebAssembly.Module>>();

  constructor(decoders: Decoders) {
    this.#decoders = decoders;
  }

  /** @throws ImageError in words for the page. */
  async read(file: Blob): Promise<Picture> {
    if (file.size > LIMITS.maxBytes) {
      throw new ImageError(`the picture is larger than ${LIMITS.maxBytes / 2 ** 20} MiB: use a smaller one`);
    }
    const head = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
    const bytes = await file.arrayBuffer();
    return isHeif(head) ? this.#decode(new Uint8Array(bytes)) : { bytes };
  }

  async #decode(file: Uint8Array<ArrayBuffer>): Promise<Picture> {
    const { format, maxBytes, steps } = planDecoding(file, LIMITS.maxPixels);
    let module = this.#compiled.get(format);
    if (!module) {
      module = WebAssembly.compile(this.#decoders[format]);
      this.#compiled.set(format, module);
    }
    const answer = await this.#run({ format, maxBytes, steps, file, module: await module });
    if ('failure' in answer) throw decodingFailure(format, answer.failure, answer.why);
    return answer;
  }

  #run(job: DecoderJob): Promise<Answer> {
    const worker = new Worker(this.#decoders.script);
    const answer = new Promise<Answer>((resolve, reject) => {
      const late = (): void => {
        reject(new ImageError(`the picture takes more than ${LIMITS.mostMs / 1000} s: shrink it`));
      };
      setTimeout(late, LIMITS.mostMs);
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = ({ message }) => resolve({ failure: 'damaged', why: message });
      worker.postMessage(job, [job.file.buffer]);
    });
    return answer.finally(() => worker.terminate());
  }
}
