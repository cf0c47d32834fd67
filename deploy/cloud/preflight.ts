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

/**
 * Warnings about the account, a line each. Nothing later needs the answer, so a denied call is only a warning too.
 *
 * @throws AwsError when AWS cannot be reached, throttles, or no longer accepts the credentials.
 */
export async function warnings(aws: Aws): Promise<string[]> {
  let limit: Limit;
  try {
    limit = (await aws.accountSettings()).AccountLimit;
  } catch (error) {
    if (!(error instanceof AwsError && isRefusal(error))) throw error;
    return [
      `warning: how many calls at a time Lambda runs here is not known (${error.action}: ${error.message}): ` +
        'new accounts have as few as 10',
    ];
  }
  const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: free = all } = limit ?? {};
  if (free === undefined || free >= FEW_CONCURRENT) return [];
  return [
    `warning: Lambda runs at most ${free} calls at a time here (of ${all} for the account): ` +
      'ask for more in Service Quotas, "Concurrent executions"',
  ];
}
