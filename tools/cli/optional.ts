// Loads code that needs npm packages which an installation may leave out, and says which line installs them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../deploy/project.ts';
import { ConfigError } from '../../handler/errors.ts';

/** What the optional packages are for. Other scripts than those of noto-sans want a package more; see lettering.ts. */
export const NEEDS = {
  drawing: ['sharp', 'fontkit', 'woff2-encoder', '@fontsource-variable/noto-sans'],
  pictures: ['sharp'],
  aws: ['@aws-sdk/client-lambda', '@aws-sdk/client-sts'],
  bucket: ['@aws-sdk/client-s3', '@aws-sdk/client-sfn', '@aws-sdk/client-sts'],
} as const;

/**
 * Gives what `load` imports.
 *
 * @param what needs it, as a message begins: `--annotate`.
 * @throws ConfigError with the line that installs `packages`, where one of them is missing.
 */
export async function withPackages<Module>(
  what: string,
  packages: readonly string[],
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error, packages)) throw error;
    const line = `npm install ${packages.map(withVersion).join(' ')}`;
    throw new ConfigError(`${what} needs npm packages that are not installed here: run ${line}`, { cause: error });
  }
}

function isMissing(error: unknown, packages: readonly string[]): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && packages.some((name) => message.includes(`'${name}`));
}

/** `sharp@0.35`: what we were tested with. */
function withVersion(name: string): string {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'));
  const range: string | undefined = peerDependencies?.[name] ?? dependencies?.[name];
  const [, version] = /^\^?((?:0\.)?\d+)/.exec(range ?? '') ?? [];
  return version === undefined ? name : `${name}@${version}`;
}
