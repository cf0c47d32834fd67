// The record of a deployment, and what STS answers, for stand-ins of AWS.
import { writeFileSync } from 'node:fs';

export const ACCOUNT = '123456789012';

/** What a recorded deployment has in place of the usual. */
export interface Recorded {
  account?: string;
  region?: string;
  stage?: string;
  architecture?: string;
  memoryMb?: number;
  commands?: 'local' | 'remote';
  unverified?: string;
}

/** Writes the record of these deployments; of one without a stage by default. */
export function recordDeployments(path: string, deployments: readonly Recorded[] = []): void {
  const all = deployments.length > 0 ? deployments : [{}];
  writeFileSync(path, JSON.stringify({ format: 2, deployments: all.map((more) => deployment(more)) }));
}

/** An environment in which AWS is at `url`, and what is recorded there is deployed. */
export function leadingTo(url: string, record: string): Record<string, string> {
  return {
    FR_DEPLOYMENT: record,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
  };
}

/** A recorded deployment whose functions are called `trains` and `recognizes`, with `_STAGE` where it has a stage. */
function deployment({ region = 'eu-west-1', account = ACCOUNT, stage, ...more }: Recorded): object {
  const arn = (name: string): string =>
    `arn:aws:lambda:${region}:${account}:function:${name}${stage === undefined ? '' : `_${stage}`}`;
  const functions = { trainer: arn('trains'), recognizer: arn('recognizes') };
  const settings = { qualifier: 'live', memoryMb: 1024, architecture: 'x86_64', commands: 'remote' };
  return { account, region, stage, functions, ...settings, ...more };
}

/** STS's, of an account or of a refusal. */
export function identityAnswer(account: string | { status: number; code: string }): string {
  if (typeof account !== 'string') {
    return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${account.code}</Code><Message>The token is expired</Message></Error></ErrorResponse>`;
  }
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
}
