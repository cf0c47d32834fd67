// The calls to CloudWatch Logs: one log group for each function.
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ifThere } from './errors.ts';
import type { Tags } from './tags.ts';

export function logsCalls(logs: CloudWatchLogs) {
  return {
    logGroup: async (name: string) => {
      // AWS sorts by name, so the exact name comes first of all that start with it: the first page is enough.
      const { logGroups } = await logs.describeLogGroups({ logGroupNamePrefix: name });
      const group = logGroups?.find(({ logGroupName }) => logGroupName === name);
      return group && { retentionDays: group.retentionInDays };
    },
    logGroupTags: async (resourceArn: string): Promise<Tags> =>
      (await logs.listTagsForResource({ resourceArn })).tags ?? {},
    createLogGroup: (logGroupName: string, tags: Tags) => logs.createLogGroup({ logGroupName, tags }),
    retainLogs: (logGroupName: string, retentionInDays: number) =>
      logs.putRetentionPolicy({ logGroupName, retentionInDays }),
    tagLogGroup: (resourceArn: string, tags: Tags) => logs.tagResource({ resourceArn, tags }),
    untagLogGroup: (resourceArn: string, tagKeys: string[]) => logs.untagResource({ resourceArn, tagKeys }),
    deleteLogGroup: (logGroupName: string) => ifThere(logs.deleteLogGroup({ logGroupName })),
  };
}
