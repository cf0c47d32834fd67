// Chooses the deployment that a command runs on, or this machine: by the command line, else the environment, else the record.
import { type Deployment, findDeployments, nameDeployments, readRecord } from '../../deploy/cloud/record.ts';
import { ConfigError, RequestError } from '../../handler/errors.ts';

/** What the command line says about it. */
export interface Where {
  local?: boolean | undefined;
  remote?: boolean | undefined;
  /** A deployment as deploy/cloud/record.ts names it; FR_STAGE without it. */
  stage?: string | undefined;
}

/**
 * The deployment to run on; undefined for this machine. Options override FR_REMOTE and FR_STAGE, and these override the
 * choice of the last deploy. AWS_REGION and the like have no effect.
 *
 * @throws RequestError when options contradict each other, ConfigError when it is not clear which deployment is meant.
 */
export function chooseDeployment({ local, remote, stage }: Where): Deployment | undefined {
  if (local && remote) throw new RequestError('--local and --remote cannot be used together: use one of them');
  if (local && stage !== undefined)
    throw new RequestError('--local and --stage cannot be used together: use one of them');
  const asked = local ? false : remote ? true : readWish();
  if (asked === false) {
    if (stage !== undefined) throw new RequestError(`--stage ${stage} has no effect while FR_REMOTE=0: add --remote`);
    return undefined;
  }
  const all = readDeployments();
  const named = stage ?? (process.env.FR_STAGE || undefined);
  const found = findDeployments(all, named);
  if (found.length === 0 && (asked || named !== undefined)) throw noDeployment(named, all);
  if (!(asked ?? found.some(({ commands }) => commands === 'remote'))) {
    if (stage === undefined) return undefined;
    throw new RequestError(`--stage ${stage} was deployed with --keep-local, so nothing is sent to it: add --remote`);
  }
  if (found.length === 1) return found[0];
  throw new ConfigError(
    `several deployments are recorded (${nameDeployments(found, all)}): choose one with --stage or FR_STAGE, or use --local`,
  );
}

function readWish(): boolean | undefined {
  const { FR_REMOTE: wish = '' } = process.env;
  if (wish === '') return undefined;
  if (wish === '0' || wish === '1') return wish === '1';
  throw new ConfigError(`FR_REMOTE is '${wish}': set it to 1 (AWS Lambda) or 0 (this machine)`);
}

function readDeployments(): Deployment[] {
  try {
    return readRecord();
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}

function noDeployment(named: string | undefined, all: readonly Deployment[]): ConfigError {
  if (all.length === 0) return new ConfigError('no deployment is recorded here: run npm run deploy');
  return new ConfigError(
    `no deployment ${named} is recorded (there is ${nameDeployments(all, all)}): check --stage or FR_STAGE`,
  );
}
