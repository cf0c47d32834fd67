// What `npm run deploy` recorded: which functions answer for this project on AWS.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ConfigError } from '../handler/errors.ts';
import { projectRoot } from './project.ts';

const Deployment = z.object({
  region: z.string().min(1),
  trainer: z.string().min(1),
  recognizer: z.string().min(1),
  /** An alias or a version; without it the functions are invoked unqualified. */
  qualifier: z.string().min(1).optional(),
});

export type Deployment = z.infer<typeof Deployment>;

/** The recorded deployment, or undefined when there is none. @throws ConfigError when the record is damaged. */
export function readDeployment(): Deployment | undefined {
  const path = process.env.FR_DEPLOYMENT || join(projectRoot(), '.fr', 'deployment.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigError(`${path} cannot be read (${code}): run npm run deploy`, { cause });
  }
  try {
    return Deployment.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(`${path} is not a deployment's record: run npm run deploy`, { cause });
  }
}
