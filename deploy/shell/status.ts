// Lines at the bottom of a terminal that say how far the work is: redrawn in place, erased before anything else is written.

/** The part of a terminal that is used; process.stderr is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const USUAL_COLUMNS = 80;
const visible = new Set<Status>();

/** The caller draws on terminals only. */
export class Status {
  readonly #terminal: Terminal;
  #lines = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows these lines in place of those before. A line that is too wide is cut. */
  draw(lines: readonly string[]): void {
    if (lines.length === 0) {
      this.erase();
      return;
    }
    const width = (this.#terminal.columns || USUAL_COLUMNS) - 1; // a terminal of unknown size has 0
    const text = lines.map((line) => line.slice(0, width)).join('\n');
    this.#terminal.write(`${eraser(Math.max(this.#lines, 1))}${text}`);
    this.#lines = lines.length;
    visible.add(this);
  }

  /** Makes room for other text. */
  erase(): void {
    if (this.#lines === 0) return;
    this.#terminal.write(eraser(this.#lines));
    this.#lines = 0;
    visible.delete(this);
  }
}

/** Erases the cursor's line and those above it that belong to the status. */
function eraser(lines: number): string {
  return `\r\u001b[K${'\u001b[A\u001b[K'.repeat(lines - 1)}`;
}

function eraseAll(): void {
  for (const status of visible) status.erase();
}

process.once('exit', eraseAll); // also after a signal: the shell gets a clean line

/** Writes a line for people to standard error. A status line in its way is erased. */
export function writeLine(text: string): void {
  eraseAll();
  process.stderr.write(`${text}\n`);
}
