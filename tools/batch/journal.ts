// The journal of runs over many pictures: what was answered before, so that a run that was ended takes up where it was.
import { hash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { RequestError } from '../../handler/errors.ts';
import { encodeName, showName } from '../cli/names.ts';

/** What such a file holds. */
export interface JournalKind {
  /** The first line of every such file. A file that begins otherwise is never written to. */
  readonly head: string;
  /** As messages call it: `a journal`. */
  readonly what: string;
  /** What to do where a file cannot be used. */
  readonly advice: string;
}

const JOURNAL: JournalKind = {
  head: '# serverless-face-recognition journal 1\n',
  what: 'a journal',
  advice: 'choose another place with --journal',
};

const QUESTION_CHARACTERS = 22;
const PICTURE_CHARACTERS = 43;
const CHUNK_BYTES = 2 ** 20;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

/** Where a line's answer is in the file. */
interface Place {
  at: number;
  bytes: number;
}

/**
 * A file of lines `QUESTION PICTURE ANSWER`: two digests and JSON. A line is added as soon as a picture is answered, in one
 * write, so what is lost with a process is at most the pictures it was working on. Lines of other questions, lines that are cut
 * short and lines that are no JSON count as not there. Of the answers only the places are held in memory.
 */
export class Journal {
  readonly #fd: number;
  readonly #question: string;
  readonly #known = new Map<string, Place>();
  #answered = 0;
  #isOpen = true;

  private constructor(fd: number, question: string) {
    this.#fd = fd;
    this.#question = question;
  }

  /**
   * Opens a journal, or makes it, readable by its owner alone.
   *
   * @param question all that the answers depend on beside the picture.
   * @throws RequestError when the file cannot be opened, or is something else.
   */
  static open(path: string, question: string, kind = JOURNAL): Journal {
    const fd = explained(path, kind, () => openSync(encodeName(path), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600));
    const journal = new Journal(fd, digest(question).slice(0, QUESTION_CHARACTERS));
    try {
      explained(path, kind, () => journal.#load(path, kind));
      return journal;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Whether an earlier run answered anything at all. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Whether an earlier run answered a picture. */
  has(picture: string): boolean {
    return this.#known.has(picture);
  }

  /** How many pictures of this run it has answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Deletes a journal if it is there. @throws RequestError when the file is something else, or cannot be deleted. */
  static remove(path: string, kind = JOURNAL): undefined {
    if (!existsSync(encodeName(path))) return;
    Journal.open(path, '', kind).close();
    explained(path, kind, () => rmSync(encodeName(path)));
  }

  /** What was answered before this run; undefined if nothing was. */
  find(picture: string): object | undefined {
    const place = this.#isOpen ? this.#known.get(picture) : undefined;
    if (!place) return undefined;
    const bytes = Buffer.alloc(place.bytes);
    try {
      readSync(this.#fd, bytes, 0, place.bytes, place.at);
      const answer = JSON.parse(bytes.toString('utf8'));
      this.#answered += 1;
      return answer;
    } catch {
      return undefined;
    }
  }

  /** Adds an answer. @throws RequestError when it cannot be written. */
  add(picture: string, answer: object): void {
    if (!this.#isOpen) return;
    const line = Buffer.from(`${this.#question} ${picture} ${JSON.stringify(answer)}\n`);
    // In one write, but for a disk that is full in the middle of it: then the next write says so.
    try {
      for (let at = 0; at < line.length; ) at += writeSync(this.#fd, line, at);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new RequestError(`its file cannot be written (${code}): is the disk full?`, { cause });
    }
  }

  /**
   * Adds an answer. Where that fails, as on a full disk, the run goes on without a journal: the answer is there, and paid.
   *
   * @param onEnd is told so, in a sentence; the journal is closed.
   */
  addOrEnd(picture: string, answer: object, onEnd: (text: string) => void): void {
    try {
      this.add(picture, answer);
    } catch (error) {
      onEnd(`from here on this run keeps no journal: ${(error as Error).message}`);
      this.close();
    }
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  #load(path: string, { head: wanted, what }: JournalKind): void {
    const about = fstatSync(this.#fd);
    if (!about.isFile()) throw new RequestError(`${showName(path)}: is not a file, and ${what} is: name a file`);
    if (about.size === 0) {
      writeSync(this.#fd, wanted);
      return;
    }
    const head = Buffer.alloc(wanted.length);
    readSync(this.#fd, head, 0, wanted.length, 0);
    if (head.toString('latin1') !== wanted) {
      throw new RequestError(`${showName(path)}: is not ${what}: choose another name, or a new file`);
    }
    fchmodSync(this.#fd, 0o600);
    const end = this.#index(wanted.length);
    if (end < about.size) writeSync(this.#fd, '\n'); // a line that was cut short stays a line by itself
  }

  /** Notes where each line's answer is. Returns the end of the last whole line. */
  #index(from: number): number {
    const prefix = QUESTION_CHARACTERS + PICTURE_CHARACTERS + 2;
    let rest = Buffer.alloc(0);
    let at = from;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const count = readSync(this.#fd, chunk, 0, CHUNK_BYTES, at + rest.length);
      if (count === 0) return at;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        const keys = bytes.toString('latin1', start, Math.min(end, start + prefix));
        if (keys.startsWith(`${this.#question} `) && keys.endsWith(' ') && keys.length === prefix) {
          const place = { at: at + start + prefix, bytes: end - start - prefix };
          this.#known.set(keys.slice(QUESTION_CHARACTERS + 1, -1), place);
        }
        start = end + 1;
      }
      at += start;
      rest = bytes.subarray(start);
    }
  }
}

/** By which a journal knows a picture: a digest of its bytes, PICTURE_CHARACTERS long. */
export function pictureKey(image: Uint8Array): string {
  return digest(image);
}

function digest(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url');
}

function explained<Result>(path: string, { what, advice }: JournalKind, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!syscall) throw error;
    throw new RequestError(`${showName(path)}: cannot be used as ${what} (${code}): ${advice}`);
  }
}
