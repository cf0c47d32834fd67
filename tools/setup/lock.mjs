// A lock that lets one set-up run at a time in a clone: a file that names the process which holds it. Plain JavaScript on Node alone, as setup.mjs is.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SetupError } from './steps.mjs';

const LOOK_AGAIN_MS = 100;
const LONGEST_WAIT_MS = 3_600_000; // a slow machine's first set-up takes minutes

/**
 * Waits until no other process holds the lock, takes it, and frees it when this process ends. Takes over the lock of a
 * process that has died.
 * @param {string} file
 * @param {(pid: number) => void} onWait called once, before the wait for another process
 * @returns {Promise<void>} throws SetupError after an hour
 */
export async function takeLock(file, onWait) {
  const mine = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  for (const end = Date.now() + LONGEST_WAIT_MS; !tryToTake(file, mine); ) {
    const holder = read(file);
    if (holder === undefined) continue; // freed since the last line
    const { pid, started } = holder;
    if (started !== startOf(pid)) {
      takeAway(file, mine, holder);
      continue;
    }
    if (!announced) onWait(pid);
    announced = true;
    if (Date.now() > end)
      throw new SetupError(`process ${pid} has held ${file} for an hour: end that process, or delete the file`);
    await pause(LOOK_AGAIN_MS);
  }
  process.on('exit', () => rmSync(file, { force: true }));
}

/**
 * Makes the lock as a link, which appears whole or fails if the file exists, so nobody reads half a lock.
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
 * Moves the lock of a dead process away. If another waiter was quicker, this moves a live lock, which is put back.
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
    return { pid: 0, started: 'never' }; // this program did not write it, so nobody holds it
  }
}

/**
 * When a process started, since another process may have its number by now. Undefined if it is not running, 'alive' if
 * the system does not tell the time.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    // The program's name comes first, in brackets, and may hold anything.
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
