// This software's version, and where it is installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../deploy/project.ts';

export function projectVersion(): string {
  return JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')).version;
}
