// CloudWatch Logs' side of the tests' AWS account: log groups, their retention and their tags.
import { arn, type LogGroup, type Operations, type Place } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';

interface GroupName {
  logGroupName: string;
}

/** The retention times that CloudWatch Logs allows, in days. */
const DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
const PAGE = 50;

function findGroup({ account }: Place, { logGroupName }: GroupName): LogGroup {
  const group = account.logGroups[logGroupName];
  if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

/** Tags belong to the name without `:*`, which DescribeLogGroups' own `arn` has. */
function byArn(place: Place, resource: string): LogGroup {
  const name = resource.slice(arn('logs', place.region, 'log-group:').length);
  return findGroup(place, { logGroupName: name });
}

export const logs: Operations = {
  CreateLogGroup(input: GroupName & { tags?: Record<string, string> }, { account }: Place) {
    const { logGroupName: name, tags = {}, ...rest } = input;
    refuseRest(rest, 'CreateLogGroup');
    if (account.logGroups[name]) {
      throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    account.logGroups[name] = { name, createdAt: Date.now(), tags };
    return {};
  },

  PutRetentionPolicy(input: GroupName & { retentionInDays: number }, place: Place) {
    const group = findGroup(place, input);
    if (!DAYS.includes(input.retentionInDays)) {
      throw new AwsError('InvalidParameterException', `Invalid retentionInDays: it is one of ${DAYS.join(', ')}`);
    }
    group.retention = input.retentionInDays;
    return {};
  },

  DescribeLogGroups(
    input: { logGroupNamePrefix?: string; limit?: number; nextToken?: string },
    { account, region }: Place,
  ) {
    const { logGroupNamePrefix = '', limit = PAGE, nextToken = '0', ...rest } = input;
    refuseRest(rest, 'DescribeLogGroups');
    const all = Object.values(account.logGroups)
      .filter(({ name }) => name.startsWith(logGroupNamePrefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const from = Number(nextToken);
    const logGroups = all.slice(from, from + limit).map(({ name, createdAt, retention }) => ({
      logGroupName: name,
      creationTime: createdAt,
      retentionInDays: retention,
      metricFilterCount: 0,
      arn: arn('logs', region, `log-group:${name}:*`),
      storedBytes: 0,
    }));
    return { logGroups, nextToken: from + limit < all.length ? String(from + limit) : undefined };
  },

  DeleteLogGroup(input: GroupName, place: Place) {
    delete place.account.logGroups[findGroup(place, input).name];
    return {};
  },

  ListTagsForResource: ({ resourceArn }: { resourceArn: string }, place: Place) => ({
    tags: byArn(place, resourceArn).tags,
  }),

  TagResource({ resourceArn, tags }: { resourceArn: string; tags: Record<string, string> }, place: Place) {
    Object.assign(byArn(place, resourceArn).tags, tags);
    return {};
  },

  UntagResource({ resourceArn, tagKeys }: { resourceArn: string; tagKeys: string[] }, place: Place) {
    const { tags } = byArn(place, resourceArn);
    for (const key of tagKeys) delete tags[key];
    return {};
  },

  ListTagsLogGroup: (input: GroupName, place: Place) => ({ tags: findGroup(place, input).tags }),
};
