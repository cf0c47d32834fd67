// The three policies, as data: what the person deploying must be allowed, what the functions may, who may pull images.
import type { Arns } from './names.ts';

export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Principal?: { Service: string };
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string>>;
}

export interface Policy {
  Version: '2012-10-17';
  Statement: Statement[];
}

const LAMBDA = 'lambda.amazonaws.com';

/** Who may be the execution role: Lambda. */
export const TRUST: Policy = policy([
  { Sid: 'Lambda', Effect: 'Allow', Principal: { Service: LAMBDA }, Action: 'sts:AssumeRole' },
]);

/** What the functions may: write to their own log groups. They reach nothing else. */
export function executionPolicy({ logGroups }: Arns): Policy {
  return policy([
    {
      Sid: 'WriteOwnLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: Object.values(logGroups).map((arn) => `${arn}:*`),
    },
  ]);
}

/**
 * Lambda may pull from the repository, as AWS documents it for functions of the same account. Said outright, since
 * Lambda adds it by itself only for callers with rights that they need not have.
 */
export const PULL_POLICY: Policy = policy([
  {
    Sid: 'LambdaECRImageRetrievalPolicy',
    Effect: 'Allow',
    Principal: { Service: LAMBDA },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  },
]);

/** Images kept of each function. By count and never by age: a digest in use that is deleted kills its function. */
const KEPT_IMAGES = 10;

/** ECR's lifecycle policy: a rule for each function's tags, so that pushes of one never push out the other's. */
export const LIFECYCLE = {
  rules: ['trainer', 'recognizer'].map((name, i) => ({
    rulePriority: i + 1,
    description: `the last ${KEPT_IMAGES} images of the ${name}`,
    selection: {
      tagStatus: 'tagged',
      tagPrefixList: [`${name}-`],
      countType: 'imageCountMoreThan',
      countNumber: KEPT_IMAGES,
    },
    action: { type: 'expire' },
  })),
};

/** Exactly what deploy, verify and destroy call, on exactly what they call it on. */
export function deployerPolicy(arns: Arns): Policy {
  const functions = Object.values(arns.functions);
  const logGroups = Object.values(arns.logGroups);
  return policy([
    {
      // These have no resource to name.
      Sid: 'Account',
      Effect: 'Allow',
      Action: ['ecr:GetAuthorizationToken', 'lambda:GetAccountSettings', 'logs:DescribeLogGroups'],
      Resource: '*',
    },
    { Sid: 'Images', Effect: 'Allow', Action: actions('ecr', ECR_ACTIONS), Resource: arns.repository },
    { Sid: 'Role', Effect: 'Allow', Action: actions('iam', IAM_ACTIONS), Resource: arns.role },
    {
      Sid: 'GiveRoleToLambda',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: arns.role,
      Condition: { StringEquals: { 'iam:PassedToService': LAMBDA } },
    },
    {
      Sid: 'Functions',
      Effect: 'Allow',
      Action: actions('lambda', LAMBDA_ACTIONS),
      Resource: functions.flatMap((arn) => [arn, `${arn}:*`]),
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: actions('logs', LOGS_ACTIONS),
      // Some of these calls name a group with the asterisk of its streams, and some without.
      Resource: logGroups.flatMap((arn) => [arn, `${arn}:*`]),
    },
  ]);
}

const ECR_ACTIONS = [
  ...['CreateRepository', 'DescribeRepositories', 'DeleteRepository', 'TagResource', 'ListTagsForResource'],
  ...['PutImageScanningConfiguration', 'PutImageTagMutability', 'GetLifecyclePolicy', 'PutLifecyclePolicy'],
  ...['GetRepositoryPolicy', 'SetRepositoryPolicy', 'BatchGetImage', 'PutImage'],
  ...['BatchCheckLayerAvailability', 'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'],
];
const IAM_ACTIONS = [
  ...['CreateRole', 'GetRole', 'DeleteRole', 'TagRole', 'UpdateAssumeRolePolicy'],
  ...['PutRolePolicy', 'GetRolePolicy', 'DeleteRolePolicy'],
];
const LAMBDA_ACTIONS = [
  ...['CreateFunction', 'GetFunction', 'GetFunctionConfiguration', 'UpdateFunctionCode', 'UpdateFunctionConfiguration'],
  ...['DeleteFunction', 'PublishVersion', 'ListVersionsByFunction', 'CreateAlias', 'UpdateAlias', 'TagResource'],
  ...['ListTags', 'InvokeFunction'], // without ListTags GetFunction leaves the tags out
];
const LOGS_ACTIONS = ['CreateLogGroup', 'DeleteLogGroup', 'PutRetentionPolicy', 'TagResource', 'ListTagsForResource'];

function actions(service: string, names: readonly string[]): string[] {
  return names.map((name) => `${service}:${name}`);
}

function policy(Statement: Statement[]): Policy {
  return { Version: '2012-10-17', Statement };
}

/** Whether two policies are the same, however AWS has written one of them down. */
export function samePolicy(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

// AWS may sort keys anew and write a list of one as its only element.
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? canonical(value[0]) : value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
