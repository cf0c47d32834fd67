// One set-up at a time in a clone: a file that names the process at work. Plain JavaScript on Node alone, as setup.mjs is.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 100;
const LONGEST_WAIT_MS = 3_600_000; // a slow machine's first set-up takes minutes

/**
 * Waits until no other process holds the lock, takes it, and gives it back when this process ends. A lock whose process
 * has died is taken over.
 * @param {string} file
 * @param {(pid: number) => void} onWait called once, before the wait for another process
 * @returns {Promise<void>} rejects after an hour
 */
export async function takeLock(file, onWait) {
  const mine = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  for (const end = Date.now() + LONGEST_WAIT_MS; !tryToTake(file, mine); ) {
    const holder = read(file);
    if (holder === undefined) continue; // given back between two lines
    const { pid, started } = holder;
    if (started !== startOf(pid)) {
      takeAway(file, mine, holder);
      continue;
    }
    if (!announced) onWait(pid);
    announced = true;
    if (Date.now() > end) throw new Error(`process ${pid} has been at work for an hour: end it, or delete ${file}`);
    await pause(LOOK_AGAIN_MS);
  }
  process.on('exit', () => rmSync(file, { force: true }));
}

/**
 * A link is made in one step and fails where there is one, so that nobody ever reads half a lock.
 * @param {string} file
 * @param {string} mine
 */
function tryToTake(file, mine) {
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(mine);
  }
}

/**
 * Moves a dead process's lock away. Another waiter may have done so first, and the lock be alive again: then it goes back.
 * @param {string} file
 * @param {string} mine
 * @param {{ pid: number, started: string | undefined }} dead
 */
function takeAway(file, mine, dead) {
  try {
    renameSync(file, mine);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = read(mine);
  if (moved && (moved.pid !== dead.pid || moved.started !== dead.started)) linkSync(mine, file);
  unlinkSync(mine);
}

/**
 * @param {string} file
 * @returns {{ pid: number, started: string | undefined } | undefined} undefined where there is none
 */
function read(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { pid, started } = JSON.parse(text);
    return { pid: Number(pid), started };
  } catch {
    return { pid: 0, started: 'never' }; // not written by us: nobody's
  }
}

/**
 * When a process started, as the system counts, since its number alone may be another's by now; undefined where it is
 * not running, and 'alive' where the system does not say.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    // The program's name stands in brackets before it, and may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').split(' ')[20];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return codeOf(error) === 'EPERM' ? 'alive' : undefined;
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
