// How many cores this process may use: affinity and the quota of its control groups. native/threads.cc counts the same way.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** native/threads.hh's kMostThreads. */
export const MOST_CORES = 256;

/** From 1 to MOST_CORES. FR_THREADS, if it is such a number, is taken in place of counting: the sidecar checks it. */
export function usableCores(environment: NodeJS.ProcessEnv = process.env): number {
  const wanted = /^\d{1,3}$/.test(environment.FR_THREADS ?? '') ? Number(environment.FR_THREADS) : undefined;
  const allowed = wanted ?? Math.min(availableParallelism(), groupLimit('/proc/self/cgroup', '/sys/fs/cgroup'));
  return Math.max(1, Math.min(MOST_CORES, Math.floor(allowed)));
}

/** AWS Lambda's documentation, "Configure Lambda function memory": so much has the equivalent of one virtual processor. */
const MB_A_CORE = 1769;

/** Whole virtual processors of this function, by its memory: what its machine shows is more than it may use. 1 outside AWS Lambda. */
export function lambdaCores(environment: NodeJS.ProcessEnv = process.env): number {
  const memoryMb = Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) || 0;
  return Math.max(1, Math.min(usableCores(environment), Math.floor(memoryMb / MB_A_CORE)));
}

/**
 * Cores that the control groups of a process allow, of all groups around its own the least; Infinity if they say nothing.
 *
 * @param groups a file with a line `number:controllers:/path` for each hierarchy. No controllers means version 2.
 * @param mount where the hierarchies are.
 */
export function groupLimit(groups: string, mount: string): number {
  const limits = [limitIn(mount), limitIn(join(mount, 'cpu'))];
  for (const line of (read(groups) ?? '').split('\n')) {
    const [, controllers, path] = /^\d*:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === '') limits.push(limitUpFrom(mount, path), limitUpFrom(join(mount, 'unified'), path));
    else if (controllers.split(',').includes('cpu'))
      limits.push(limitUpFrom(join(mount, 'cpu'), path), limitUpFrom(join(mount, controllers), path));
  }
  return Math.min(...limits);
}

function limitUpFrom(mount: string, path: string): number {
  const names = path.split('/').filter(Boolean);
  return Math.min(...names.map((_, i) => limitIn(join(mount, ...names.slice(0, i + 1)))), limitIn(mount));
}

function limitIn(folder: string): number {
  const [quota, period] = (
    read(join(folder, 'cpu.max'))?.split(' ') ?? [
      read(join(folder, 'cpu.cfs_quota_us')),
      read(join(folder, 'cpu.cfs_period_us')),
    ]
  ).map(Number) as [number, number]; // `max` is not a number
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
