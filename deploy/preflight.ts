// Who deploys where, found out before anything else: credentials, account, Region, and what the account allows.
import type { Aws } from './aws.ts';
import type { Place } from './names.ts';

/** Fewer simultaneous calls than this, and a family's pictures wait for each other. New accounts have as few as 10. */
const FEW_CONCURRENT = 50;

/** Asks who the credentials are of, which nobody needs permission for. @throws AwsError. */
export async function findPlace(aws: Aws): Promise<Place> {
  const { Account = '', Arn = '' } = await aws.identity();
  return { partition: Arn.split(':')[1] || 'aws', account: Account, region: aws.region };
}

/** What is worth knowing of the account, a line each. @throws AwsError. */
export async function warnings(aws: Aws): Promise<string[]> {
  const { AccountLimit: limit } = await aws.accountSettings();
  const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: free = all } = limit ?? {};
  if (free === undefined || free >= FEW_CONCURRENT) return [];
  return [
    `warning: Lambda runs at most ${free} calls at a time here (of ${all} for the account): ` +
      'ask for more in Service Quotas, "Concurrent executions"',
  ];
}
