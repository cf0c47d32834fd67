// What `npm run deploy` recorded: which functions answer for this project on AWS.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { recordPath } from '../deploy/record.ts';
import { ConfigError } from '../handler/errors.ts';

// deploy/record.ts writes it.
const Deployment = z.object({
  region: z.string().min(1),
  /** Whose credentials to use; the SDK's own choice without it. */
  profile: z.string().min(1).optional(),
  trainer: z.string().min(1),
  recognizer: z.string().min(1),
  /** An alias or a version; without it the functions are invoked unqualified. */
  qualifier: z.string().min(1).optional(),
  /** The functions' processor, which decides their price. */
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
});

export type Deployment = z.infer<typeof Deployment>;

/** The recorded deployment, or undefined when there is none. @throws ConfigError when the record is damaged. */
export function readDeployment(): Deployment | undefined {
  const path = recordPath();
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
