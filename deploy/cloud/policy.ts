// The policies, as data: what the person who deploys may do, what the functions may do, and who may pull images.
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

/** Who may take the execution role: Lambda, for functions of this account. */
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

/** The functions may write to their own log groups, and what `more` allows: for --buckets, to read them. */
export function executionPolicy({ logGroups }: Arns, more: readonly Statement[] = []): Policy {
  return policy([
    {
      Sid: 'WriteOwnLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: Object.values(logGroups).map((arn) => `${arn}:*`),
    },
    ...more,
  ]);
}

/**
 * Lambda may pull from the repository, for functions of this account. Lambda would add this permission by itself, but only
 * for callers with rights that ours need not have. The first statement is Lambda's own, word for word, so that Lambda
 * finds it and adds none. The second one says the same by the account. Either of them is enough.
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

/** Images kept of each function: by count and never by age, because deleting an image in use kills its function. */
const KEPT_IMAGES = 10;

/** More images than can be in use at a time, so the rule never deletes one of them. */
const NEVER = 100;

/**
 * ECR's lifecycle policy. Each function's tags have their own rule, so that one function's pushes do not delete the other's
 * images. An image that a function runs also has a tag of the first rule. ECR does not delete by a later rule what an
 * earlier rule keeps, however many images are pushed after it (its user guide, "Examples of lifecycle policies").
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

/** The settings on which the policy of the person who deploys depends. */
export interface RoleSettings {
  role?: string | undefined;
  boundary?: string | undefined;
  /** The statements about the map over a bucket (policy-map.ts). */
  map?: readonly Statement[];
}

/** Allows exactly the calls of deploy, verify and destroy, on exactly their resources. */
export function deployerPolicy(arns: Arns, { role, boundary, map = [] }: RoleSettings = {}): Policy {
  const functions = Object.values(arns.functions);
  const logGroups = [...Object.values(arns.logGroups), arns.map.logGroup];
  return policy([
    {
      // These have no resource to name.
      Sid: 'Account',
      Effect: 'Allow',
      Action: ['ecr:GetAuthorizationToken', 'lambda:GetAccountSettings', 'logs:DescribeLogGroups'],
      Resource: '*',
    },
    { Sid: 'Images', Effect: 'Allow', Action: actions('ecr', ECR_ACTIONS), Resource: arns.repository },
    ...roleStatements([arns.role, arns.map.role], role !== undefined, boundary),
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
    ...map,
  ]);
}

/**
 * The statements about our roles. With a boundary, no role can be made without it, and none that lacks it can be given
 * rights: for PutRolePolicy IAM compares the boundary that the role has (Service Authorization Reference). When the
 * functions run as another role, ours is not made.
 */
function roleStatements(Resource: string[], isGiven: boolean, boundary: string | undefined): Statement[] {
  const allow = (Sid: string, names: readonly string[]): Statement => {
    return { Sid, Effect: 'Allow', Action: actions('iam', names), Resource };
  };
  // Destroy checks whether an earlier deploy made our role.
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

export function actions(service: string, names: readonly string[]): string[] {
  return names.map((name) => `${service}:${name}`);
}

export function policy(Statement: Statement[]): Policy {
  return { Version: '2012-10-17', Statement };
}

/** The value of a document that AWS gave as text; undefined when it is no JSON. */
export function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}

/** Whether two policies are the same, however AWS has rewritten one of them. */
export function samePolicy(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

// AWS may change the order of keys, and write a list of one element as that element.
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? canonical(value[0]) : value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
