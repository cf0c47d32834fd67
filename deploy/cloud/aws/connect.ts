// Opens AWS: one SDK client for each service, and all calls that the deployer makes as one object.
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECR } from '@aws-sdk/client-ecr';
import { IAM } from '@aws-sdk/client-iam';
import { Lambda } from '@aws-sdk/client-lambda';
import { SFN } from '@aws-sdk/client-sfn';
import { STS } from '@aws-sdk/client-sts';
import { DeployError } from '../../failure.ts';
import { proxyAgents } from '../../proxy.ts';
import { ecrCalls } from './ecr.ts';
import { withAwsErrors } from './errors.ts';
import { iamCalls } from './iam.ts';
import { lambdaCalls } from './lambda.ts';
import { logsCalls } from './logs.ts';
import { statesCalls } from './states.ts';

const CONNECT_MS = 5_000;
/** A call ends when its connection is silent for this long. */
const SILENCE_MS = 60_000;
/** Lambda's own limit on a synchronous call, and 5 s. */
const INVOKE_SILENCE_MS = 905_000;
/** Tries of a call that AWS throttles: about 25 s in all. AWS_MAX_ATTEMPTS overrides it. */
const MAX_ATTEMPTS = 8;

export interface Connection {
  region?: string | undefined;
  profile?: string | undefined;
}

/** Every call that the deployer makes. Calls throw AwsError; those that read give undefined for what does not exist. */
export type Aws = Awaited<ReturnType<typeof connect>>;

/**
 * Opens AWS with the SDK's standard settings (environment, shared files, AWS_ENDPOINT_URL) and the environment's
 * proxies. Makes no call yet.
 *
 * @throws DeployError when no Region is set, or when the proxy's address is not valid.
 */
export async function connect({ region, profile }: Connection) {
  const attempts = process.env.AWS_MAX_ATTEMPTS ? {} : { maxAttempts: MAX_ATTEMPTS };
  const handler = { connectionTimeout: CONNECT_MS, ...proxyAgents() };
  const settings = {
    ...attempts,
    // In 'adaptive' mode one throttled call costs several seconds: 29 s for five of them, 9 s in this mode.
    retryMode: 'standard',
    requestHandler: { ...handler, socketTimeout: SILENCE_MS },
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
  const invoking = { ...settings, requestHandler: { ...handler, socketTimeout: INVOKE_SILENCE_MS } };
  const ecr = withAwsErrors(new ECR(settings), 'ecr');
  const iam = withAwsErrors(new IAM(settings), 'iam');
  const invoker = withAwsErrors(new Lambda(invoking), 'lambda');
  const lambda = withAwsErrors(new Lambda(settings), 'lambda');
  const logs = withAwsErrors(new CloudWatchLogs(settings), 'logs');
  const states = withAwsErrors(new SFN(settings), 'states');
  const sts = withAwsErrors(new STS(settings), 'sts');
  return {
    region: await regionOf(lambda),
    close: () => {
      for (const client of [ecr, iam, invoker, lambda, logs, states, sts]) client.destroy();
    },
    identity: () => sts.getCallerIdentity({}),
    ...ecrCalls(ecr),
    ...iamCalls(iam),
    ...logsCalls(logs),
    ...lambdaCalls(lambda, invoker),
    ...statesCalls(states),
  };
}

async function regionOf({ config }: Lambda): Promise<string> {
  try {
    return await config.region();
  } catch {
    throw new DeployError('no AWS Region is set: give --region, or set AWS_REGION or the region of the profile');
  }
}
