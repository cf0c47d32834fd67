// The first questions to AWS: whose the credentials are, which account and Region, and what the account allows.

import { AwsError, isRefusal } from '../failure.ts';
import type { AwsPlace } from '../names.ts';
import type { Aws } from './aws/connect.ts';

/** With fewer simultaneous calls a family's pictures wait for each other. New accounts have as few as 10. */
const FEW_CONCURRENT = 50;

type Limit = Awaited<ReturnType<Aws['accountSettings']>>['AccountLimit'];

/** Asks whose the credentials are. This needs no permission. @throws AwsError. */
export async function findPlace(aws: Aws): Promise<AwsPlace> {
  const { Account = '', Arn = '' } = await aws.identity();
  return { partition: Arn.split(':')[1] || 'aws', account: Account, region: aws.region };
}

/** What a new account is allowed, and what we take for one that does not tell. */
const LEAST_CONCURRENT = 10;
/** This share of the calls that Lambda runs at a time goes to a map over a bucket; the rest stays for other callers. */
const MAP_SHARE = 0.8;
/** More children than this a Distributed Map does not run at a time (AWS's documentation). */
const MOST_CHILDREN = 10_000;

export interface Allowance {
  /** Warnings about the account, a line each. */
  warnings: string[];
  /** How many batches of a bucket may be judged at a time. */
  concurrency: number;
}

function allowance(warnings: string[], free = LEAST_CONCURRENT): Allowance {
  return { warnings, concurrency: Math.min(MOST_CHILDREN, Math.max(1, Math.floor(free * MAP_SHARE))) };
}

/**
 * What the account allows. A denied call is only a warning too.
 *
 * @throws AwsError when AWS cannot be reached, throttles, or no longer accepts the credentials.
 */
export async function askAllowance(aws: Aws): Promise<Allowance> {
  let limit: Limit;
  try {
    limit = (await aws.accountSettings()).AccountLimit;
  } catch (error) {
    if (!(error instanceof AwsError && isRefusal(error))) throw error;
    return allowance([
      `warning: how many calls at a time Lambda runs here is not known (${error.action}: ${error.message}): ` +
        'new accounts have as few as 10',
    ]);
  }
  const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: free = all } = limit ?? {};
  if (free === undefined || free >= FEW_CONCURRENT) return allowance([], free);
  const warning =
    `warning: Lambda runs at most ${free} calls at a time here (of ${all} for the account): ` +
    'ask for more in Service Quotas, "Concurrent executions"';
  return allowance([warning], free);
}
