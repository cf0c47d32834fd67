// Which of the deployments that `npm run deploy` recorded a command runs on, if on any: the command line says it, or the environment, or the record.
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
 * The deployment to run on; undefined is this machine. Options come before FR_REMOTE and FR_STAGE, and these before
 * what was chosen at the last deploy. AWS_REGION and the like choose nothing.
 *
 * @throws RequestError when options contradict each other, ConfigError when it is not clear which deployment is meant.
 */
export function chooseDeployment({ local, remote, stage }: Where): Deployment | undefined {
  if (local && remote) throw new RequestError('--local and --remote exclude each other: give one of them');
  if (local && stage !== undefined) throw new RequestError('--local and --stage exclude each other: give one of them');
  const asked = local ? false : remote ? true : readWish();
  if (asked === false) {
    if (stage !== undefined) throw new RequestError(`--stage ${stage} runs nothing while FR_REMOTE=0: add --remote`);
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
  throw new ConfigError(`FR_REMOTE is '${wish}': 1 runs commands on AWS Lambda, 0 on this machine`);
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
