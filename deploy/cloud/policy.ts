// The three policies, as data: what the person deploying must be allowed, what the functions may, who may pull images.
import { type Arns, type AwsPlace, LIVE } from '../names.ts';

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

/** Who may be the execution role: Lambda, for this account. */
export function trustPolicy({ account }: AwsPlace): Policy {
  return policy([
    {
      Sid: 'Lambda',
      Effect: 'Allow',
      Principal: { Service: LAMBDA },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    },
  ]);
}

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
 * Lambda may pull from the repository, for functions of this account. Said outright, since Lambda adds it by itself only
 * for callers with rights that they need not have. The first statement is the one that Lambda adds then, word for word,
 * so that it finds its own and adds none; the second says the same by the account. One that holds is enough.
 */
export function pullPolicy({ partition, region, account }: AwsPlace): Policy {
  const pull = (Sid: string, Condition: Statement['Condition'] & object): Statement => ({
    Sid,
    Effect: 'Allow',
    Principal: { Service: LAMBDA },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    Condition,
  });
  const functions = `arn:${partition}:lambda:${region}:${account}:function:*`;
  return policy([
    pull('LambdaECRImageRetrievalPolicy', { StringLike: { 'aws:sourceArn': functions } }),
    pull('LambdaOfThisAccount', { StringEquals: { 'aws:SourceAccount': account } }),
  ]);
}

/** Images kept of each function. By count and never by age: a digest in use that is deleted kills its function. */
const KEPT_IMAGES = 10;

/** More images than are ever in use: so many tags of ours never come together, and the rule never expires one. */
const NEVER = 100;

/**
 * ECR's lifecycle policy: a rule for each function's tags, so that pushes of one never push out the other's. What a
 * function runs has a tag of the first rule too. ECR expires no image by a rule that an earlier rule counts and keeps
 * (its user guide, "Examples of lifecycle policies", multiple rules), however many are pushed after it.
 */
export const LIFECYCLE = {
  rules: [
    rule(1, 'images in use stay', [`${LIVE}-`], NEVER),
    ...['trainer', 'recognizer'].map((name, i) =>
      rule(i + 2, `the last ${KEPT_IMAGES} images of the ${name}`, [`${name}-`], KEPT_IMAGES),
    ),
  ],
};

function rule(rulePriority: number, description: string, tagPrefixList: string[], countNumber: number) {
  const selection = { tagStatus: 'tagged', tagPrefixList, countType: 'imageCountMoreThan', countNumber };
  return { rulePriority, description, selection, action: { type: 'expire' } };
}

/** What of the settings decides what the person deploying must be allowed. */
export interface RoleSettings {
  role?: string | undefined;
  boundary?: string | undefined;
}

/** Exactly what deploy, verify and destroy call, on exactly what they call it on. */
export function deployerPolicy(arns: Arns, { role, boundary }: RoleSettings = {}): Policy {
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
    ...roleStatements(arns.role, role !== undefined, boundary),
    {
      Sid: 'GiveRoleToLambda',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: role ?? arns.role,
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

/**
 * What is done to our role. With a boundary no role can be made without it, nor one given rights that has it not; for
 * PutRolePolicy, IAM compares the boundary that the role has (Service Authorization Reference). A role of someone
 * else's leaves ours unmade.
 */
function roleStatements(Resource: string, isGiven: boolean, boundary: string | undefined): Statement[] {
  const allow = (Sid: string, names: readonly string[]): Statement => {
    return { Sid, Effect: 'Allow', Action: actions('iam', names), Resource };
  };
  // Destroy looks whether an earlier deploy made one.
  if (isGiven) return [allow('Role', ['GetRole'])];
  if (boundary === undefined) return [allow('Role', [...GIVING_ACTIONS, ...IAM_ACTIONS])];
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
  return [
    allow('Role', IAM_ACTIONS),
    { ...allow('RoleWithBoundary', [...GIVING_ACTIONS, 'PutRolePermissionsBoundary']), Condition },
  ];
}

const ECR_ACTIONS = [
  ...['CreateRepository', 'DescribeRepositories', 'DeleteRepository', 'TagResource', 'UntagResource'],
  ...['ListTagsForResource', 'ListImages', 'BatchDeleteImage'],
  ...['PutImageScanningConfiguration', 'PutImageTagMutability', 'GetLifecyclePolicy', 'PutLifecyclePolicy'],
  ...['GetRepositoryPolicy', 'SetRepositoryPolicy', 'BatchGetImage', 'PutImage'],
  ...['BatchCheckLayerAvailability', 'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'],
];
const IAM_ACTIONS = [
  ...['GetRole', 'DeleteRole', 'TagRole', 'UntagRole', 'UpdateAssumeRolePolicy', 'GetRolePolicy', 'DeleteRolePolicy'],
];
/** What gives a role its rights. */
const GIVING_ACTIONS = ['CreateRole', 'PutRolePolicy'];
const LAMBDA_ACTIONS = [
  ...['CreateFunction', 'GetFunction', 'GetFunctionConfiguration', 'UpdateFunctionCode', 'UpdateFunctionConfiguration'],
  ...['DeleteFunction', 'PublishVersion', 'ListVersionsByFunction', 'CreateAlias', 'UpdateAlias', 'TagResource'],
  ...['UntagResource', 'ListTags', 'InvokeFunction'], // without ListTags GetFunction leaves the tags out
];
const LOGS_ACTIONS = [
  ...['CreateLogGroup', 'DeleteLogGroup', 'PutRetentionPolicy', 'TagResource', 'UntagResource', 'ListTagsForResource'],
];

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
