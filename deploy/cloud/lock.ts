// A lock between processes: a file that only one of them can create. A process holds it for a few milliseconds, while it
// changes another file.
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { DeployError } from '../failure.ts';
import { poll } from '../wait.ts';

/** A lock that is older than this was left by a killed process. */
const STALE_MS = 10_000;
/** Longer than STALE_MS, so that a lock that was left stops nobody. */
const WAIT_MS = 20_000;

/**
 * Does synchronous work while this process alone holds the lock file `path`, whose folder must exist.
 *
 * @throws DeployError when the lock does not become free in time; the file system's errors.
 */
export async function withLock(path: string, work: () => void, limitMs = WAIT_MS): Promise<void> {
  const isOurs = await poll(limitMs, async () => (take(path) ? true : undefined));
  if (!isOurs) throw new DeployError(`${path} is held by another run: wait until that ends, then run it again`);
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const held = statSync(path, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > STALE_MS) rmSync(path, { force: true });
    return false;
  }
}
