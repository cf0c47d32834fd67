// A film -> the frames to look at, by ffmpeg: at equal times and after cuts, as large as faces need, each decoded once.
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { inputOf, inputWords, type OpenFilm, refuseMissing } from './ffmpeg.ts';
import { readPictures, readTimes } from './parts.ts';
import type { FilmFacts } from './probe.ts';

/** A frame has at most so many pixels; see README.md for what a larger one finds. */
const MOST_PIXELS = 1280 * 720;
/** ffmpeg's documentation calls 0.3 to 0.5 sane. */
const CUT = 0.3;
/** A film that flickers gives no more frames than this. */
const LEAST_BETWEEN_CUTS_S = 0.1;
/** JPEG quality of ffmpeg, 2 to 31: the best. */
const QUALITY = 2;
/** How long ffmpeg may take for the next frame, and for each second of film up to it. */
const STALL_MS = 60_000;
const STALL_MS_A_SECOND = 10_000;

export interface Frame {
  /** Seconds from the film's start. */
  timeS: number;
  /** Whether it is the first after a cut. */
  isCut: boolean;
  /** JPEG. */
  image: Buffer;
}

export interface FramesOptions {
  film: OpenFilm;
  facts: FilmFacts;
  everyS: number;
  maxBytes: number;
}

/** How large frames are, in pixels. */
export function frameSize({ width, height }: FilmFacts): { width: number; height: number } {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  const even = (pixels: number) => Math.max(2, 2 * Math.round((pixels * scale) / 2));
  return scale === 1 ? { width, height } : { width: even(width), height: even(height) };
}

/** The frames of one film. */
export class Frames {
  readonly #options: FramesOptions;
  /** Whether ffmpeg met with something that it could not read. */
  isDamaged = false;
  /** Whether ffmpeg stopped giving frames and was ended. */
  isStalled = false;

  constructor(options: FramesOptions) {
    this.#options = options;
  }

  /** Stops ffmpeg when the caller stops. @throws ConfigError when ffmpeg is not installed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void, void> {
    const { film, maxBytes, everyS } = this.#options;
    const program = execa('ffmpeg', ['-nostdin', ...inputWords(film), ...this.#words()], {
      buffer: false,
      encoding: 'buffer',
      reject: false,
      stdio: [inputOf(film), 'pipe', 'pipe', 'pipe'],
    });
    program.stderr?.on('data', () => {
      this.isDamaged = true;
    });
    const end = () => void program.kill('SIGKILL');
    const stallMs = STALL_MS + STALL_MS_A_SECOND * everyS;
    try {
      const pictures = readPictures(program.stdout as Readable, maxBytes);
      const times = readTimes(program.stdio[3] as Readable);
      for (;;) {
        const timer = setTimeout(() => {
          this.isStalled = true;
          end();
        }, stallMs);
        const [image, shown] = await Promise.all([pictures.next(), times.next()]).finally(() => clearTimeout(timer));
        if (image.done || shown.done) break;
        yield { timeS: shown.value.timeS, isCut: shown.value.change > CUT, image: image.value };
      }
      // Nothing is read any more, so it cannot wait for us.
      program.stdout?.destroy();
      (program.stdio[3] as Readable).destroy();
      const { code, exitCode } = await program;
      refuseMissing({ code });
      if (exitCode !== 0) this.isDamaged = true;
    } finally {
      end();
    }
  }

  #words(): string[] {
    const { everyS, facts } = this.#options;
    const { width, height } = frameSize(facts);
    // The half of a microsecond keeps times that are multiples of `everyS` on the right side.
    const step = (time: string) => `floor(${time}/${everyS}+0.000001)`;
    const isDue = `isnan(prev_selected_t)+gt(${step('t')},${step('prev_selected_t')})`;
    const isCut = `gt(scene,${CUT})*gte(t-prev_selected_t,${LEAST_BETWEEN_CUTS_S})`;
    const filters = [
      `select='${isDue}+${isCut}'`,
      'settb=AVTB',
      "metadata=print:direct=1:file='pipe\\:3'",
      `scale=${width}:${height}`,
      'setsar=1',
      'format=yuvj420p',
    ];
    return [
      ...['-map', '0:V:0', '-vf', filters.join(','), '-fps_mode', 'passthrough'],
      ...['-c:v', 'mjpeg', '-q:v', String(QUALITY), '-f', 'mpjpeg', 'pipe:1'],
    ];
  }
}
