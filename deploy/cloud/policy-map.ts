// The policies of the map over a bucket, as data: what its role and the functions may do, and what the deployer needs for it.
import { ALIAS, type Arns, type AwsPlace, type BucketPlace, RUNS } from '../names.ts';
import { actions, type Policy, policy, type Statement } from './policy.ts';

const STATES = 'states.amazonaws.com';

/** Who may take the map's role: Step Functions, for machines of this account. */
export function mapTrustPolicy({ account }: AwsPlace): Policy {
  const Condition = { StringEquals: { 'aws:SourceAccount': account } };
  return policy([
    { Sid: 'StepFunctions', Effect: 'Allow', Principal: { Service: STATES }, Action: 'sts:AssumeRole', Condition },
  ]);
}

/** A bucket's ARN, or with `keys` that of keys in it. ARNs of S3 name neither account nor Region. */
function bucketArn({ partition }: AwsPlace, { bucket }: BucketPlace, keys?: string): string {
  return `arn:${partition}:s3:::${bucket}${keys === undefined ? '' : `/${keys}`}`;
}

/** What the functions may do in the buckets: read the pictures, and write answers. */
export function readingStatements(place: AwsPlace, buckets: readonly BucketPlace[]): Statement[] {
  if (buckets.length === 0) return [];
  return [
    {
      Sid: 'ReadPictures',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: buckets.map((one) => bucketArn(place, one, `${one.prefix}*`)),
    },
    {
      Sid: 'WriteAnswers',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: buckets.map((one) => bucketArn(place, one, `${one.prefix}${RUNS}*/parts/*`)),
    },
  ];
}

/**
 * What the map's role may do. The statements about executions, results and logs are those of AWS's documentation: "IAM policies
 * for using Distributed Map states", "IAM policies for ResultWriter" and "Logging using CloudWatch Logs".
 */
export function mapPolicy(place: AwsPlace, { functions, map }: Arns, buckets: readonly BucketPlace[]): Policy {
  const runs = buckets.map((one) => bucketArn(place, one, `${one.prefix}${RUNS}*`));
  return policy([
    { Sid: 'StartChildren', Effect: 'Allow', Action: 'states:StartExecution', Resource: map.machine },
    {
      Sid: 'FollowChildren',
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      // The machine's own and its maps', by label; not those of another stage, whose name may begin alike.
      Resource: [`${map.executions}:*`, `${map.executions}/*`],
    },
    {
      Sid: 'Judge',
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: `${functions.recognizer}:${ALIAS}`,
    },
    ...buckets.map(
      (one, i): Statement => ({
        Sid: `List${i + 1}`,
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucketArn(place, one),
        ...(one.prefix === '' ? {} : { Condition: { StringLike: { 's3:prefix': `${one.prefix}*` } } }),
      }),
    ),
    {
      Sid: 'WriteResults',
      Effect: 'Allow',
      Action: actions('s3', ['GetObject', 'PutObject', 'ListMultipartUploadParts', 'AbortMultipartUpload']),
      Resource: runs,
    },
    {
      Sid: 'ForgetModel',
      Effect: 'Allow',
      Action: 's3:DeleteObject',
      Resource: buckets.map((one) => bucketArn(place, one, `${one.prefix}${RUNS}*/job.sealed`)),
    },
    {
      // AWS lets these name no resource.
      Sid: 'DeliverLogs',
      Effect: 'Allow',
      Action: actions('logs', LOG_DELIVERY_ACTIONS),
      Resource: '*',
    },
  ]);
}

const LOG_DELIVERY_ACTIONS = [
  ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
];

const MACHINE_ACTIONS = [
  ...['CreateStateMachine', 'DescribeStateMachine', 'UpdateStateMachine', 'DeleteStateMachine'],
  ...['TagResource', 'UntagResource', 'ListTagsForResource'],
];

/** What the person who deploys needs for the map beside the rest; its role is among the roles of policy.ts. */
export function mapDeployerStatements({ map }: Arns): Statement[] {
  return [
    {
      Sid: 'GiveRoleToStepFunctions',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: map.role,
      Condition: { StringEquals: { 'iam:PassedToService': STATES } },
    },
    { Sid: 'Machine', Effect: 'Allow', Action: actions('states', MACHINE_ACTIONS), Resource: map.machine },
  ];
}

/** What finds the map, and deletes it: a deploy without --buckets and a destroy need it. */
export function mapLookingStatements({ map }: Arns): Statement[] {
  const names = ['DescribeStateMachine', 'ListTagsForResource', 'DeleteStateMachine'];
  return [{ Sid: 'Machine', Effect: 'Allow', Action: actions('states', names), Resource: map.machine }];
}
