// The record of a deployment, .fr/deployment.json in the project's folder: how the command lines find it. No secret.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DeployError } from './failure.ts';
import type { LambdaArchitecture } from './names.ts';
import { projectRoot } from './project.ts';

export interface DeploymentRecord {
  region: string;
  /** Whose credentials deployed it, if named. */
  profile?: string;
  /** Function names. */
  trainer: string;
  recognizer: string;
  /** The alias to invoke. */
  qualifier: string;
  /** What a call costs depends on these two. */
  memoryMb: number;
  architecture: LambdaArchitecture;
}

/** Where the record is; FR_DEPLOYMENT says otherwise. */
export function recordPath(): string {
  return process.env.FR_DEPLOYMENT || join(projectRoot(), '.fr', 'deployment.json');
}

/** Whole or not at all, for its owner only. @throws DeployError. */
export function writeRecord(record: DeploymentRecord): void {
  const path = recordPath();
  const draft = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(draft, 'w', 0o600);
    try {
      writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    throw new DeployError(`${path} cannot be written (${code}): the functions are deployed; run it again`, { cause });
  }
}

/** Removes the record if it is of this function. @returns whether it did. */
export function removeRecord(region: string, trainer: string): boolean {
  const path = recordPath();
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as DeploymentRecord;
    if (record.region !== region || record.trainer !== trainer) return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // A damaged record is nobody's.
  }
  rmSync(path, { force: true });
  return true;
}
