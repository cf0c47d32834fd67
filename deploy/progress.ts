// What a person sees while the deployer works: each task as it starts, how long it has run, and how it ended. A terminal
// shows the running time. Elsewhere there are plain lines, one at least every eight seconds.

import { Status } from './shell/status.ts';

const REDRAW_MS = 250;
/** Without a terminal there is a line at least this often. */
const SILENCE_MS = 8_000;

/** Takes a task's current detail, which is shown beside it. */
export type Tell = (detail: string) => void;

export interface Progress {
  say(text: string): void;
  /** Runs a task with a line at its start, and one with its time at its end. Gives its milliseconds too. */
  task<T>(text: string, work: (tell: Tell) => Promise<T>): Promise<{ value: T; ms: number }>;
  /** Runs a task that is shown only while it lasts; without a terminal only when it lasts long. */
  quietly<T>(text: string, work: (tell: Tell) => Promise<T>): Promise<T>;
}

interface Running {
  text: string;
  detail: string;
  startMs: number;
}

export function openProgress(program: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  const running = new Set<Running>();
  const status = new Status(stream);
  let saidMs = performance.now();
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    if (stream.isTTY) status.draw([...running].map((task) => `${program}: ${soFar(task)}`));
  };
  const say = (text: string): void => {
    status.erase();
    stream.write(`${program}: ${text}\n`);
    saidMs = performance.now();
    draw();
  };
  const tick = (): void => {
    if (stream.isTTY) draw();
    else if (performance.now() - saidMs >= SILENCE_MS) for (const task of running) say(soFar(task));
  };
  const start = (text: string): Running => {
    const task = { text, detail: '', startMs: performance.now() };
    running.add(task);
    timer ??= setInterval(tick, REDRAW_MS).unref();
    // The silence before a task is not the task's.
    if (running.size === 1) saidMs = performance.now();
    draw();
    return task;
  };
  const end = (task: Running): number => {
    running.delete(task);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    draw();
    return Math.round(performance.now() - task.startMs);
  };
  const telling = (task: Running): Tell => {
    return (detail) => {
      task.detail = detail;
    };
  };
  return {
    say,
    task: async (text, work) => {
      if (!stream.isTTY) say(`  ${text} ...`);
      const task = start(text);
      try {
        const value = await work(telling(task));
        const ms = end(task);
        say(`  ${text}: ${seconds(ms, 1)}`);
        return { value, ms };
      } catch (error) {
        say(`  ${text}: failed after ${seconds(end(task), 1)}`);
        throw error;
      }
    },
    quietly: async (text, work) => {
      const task = start(text);
      try {
        return await work(telling(task));
      } finally {
        end(task);
      }
    },
  };
}

function soFar({ text, detail, startMs }: Running): string {
  return `  ${text} ... ${seconds(performance.now() - startMs, 0)}${detail === '' ? '' : `: ${detail}`}`;
}

function seconds(ms: number, digits: number): string {
  return `${(ms / 1000).toFixed(digits)} s`;
}
