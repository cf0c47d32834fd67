// What things are called: the two functions, their images, and everything that is made for them on AWS.

/** The two functions by the name their sources bear. */
export const FUNCTIONS = ['trainer', 'recognizer'] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** The processors Lambda has, as Docker names them. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** The same as Lambda names them. */
export const LAMBDA_ARCHITECTURES = { amd64: 'x86_64', arm64: 'arm64' } as const;

export type LambdaArchitecture = (typeof LAMBDA_ARCHITECTURES)[Architecture];

/** An image in the local engine, and in a layout's index. */
export function imageName(name: FunctionName, architecture: Architecture): string {
  return `fr-${name}:${architecture}`;
}

/** The Dockerfile of an image, from the project's root. */
export function dockerfile(name: FunctionName): string {
  return `Dockerfile.${name}`;
}

/** This machine's processor as Docker names it; amd64 when Lambda has none like it. */
export function localArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

const PROJECT = 'serverless-face-recognition';

/** The alias that clients invoke: it names a published version. */
export const ALIAS = 'live';

/** The execution role's one inline policy. */
export const ROLE_POLICY = 'write-own-logs';

/** A stage's name is a part of every other, so it must suit the strictest of them (ECR's, and IAM's 64 characters). */
export const STAGE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const MAX_STAGE_LENGTH = 16;

export interface Names {
  /** As the original called them: `prepare-face-recognizer`, `recognize_face`; of stage `dev`: `recognize_face-dev`. */
  functions: Record<FunctionName, string>;
  logGroups: Record<FunctionName, string>;
  /** One repository for both images, which share all layers but one. */
  repository: string;
  /** IAM is the same in all Regions, so this one name holds the Region. */
  role: string;
  /** Tags that mark a thing as made by this software for this stage. */
  tags: Record<'fr:project' | 'fr:stage', string>;
}

/** All names of a stage; without one, those of the original's functions. */
export function namesOf(region: string, stage?: string): Names {
  const end = stage === undefined ? '' : `-${stage}`;
  const functions = { trainer: `prepare-face-recognizer${end}`, recognizer: `recognize_face${end}` };
  return {
    functions,
    logGroups: { trainer: `/aws/lambda/${functions.trainer}`, recognizer: `/aws/lambda/${functions.recognizer}` },
    repository: `${PROJECT}${end}`,
    role: `${PROJECT}-${region}${end}`,
    tags: { 'fr:project': PROJECT, 'fr:stage': stage ?? 'default' },
  };
}

/** The account and Region that names become ARNs in. */
export interface AwsPlace {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  account: string;
  region: string;
}

export interface Arns {
  functions: Record<FunctionName, string>;
  logGroups: Record<FunctionName, string>;
  repository: string;
  role: string;
}

export function arnsOf({ partition, account, region }: AwsPlace, names: Names): Arns {
  const arn = (service: string, where: string, what: string): string =>
    `arn:${partition}:${service}:${where}:${account}:${what}`;
  const both = (make: (name: FunctionName) => string): Record<FunctionName, string> => ({
    trainer: make('trainer'),
    recognizer: make('recognizer'),
  });
  return {
    functions: both((name) => arn('lambda', region, `function:${names.functions[name]}`)),
    logGroups: both((name) => arn('logs', region, `log-group:${names.logGroups[name]}`)),
    repository: arn('ecr', region, `repository/${names.repository}`),
    role: arn('iam', '', `role/${names.role}`),
  };
}

/** The tag of a pushed image, made from its manifest's digest: equal tags are equal images. */
export function imageTag(name: FunctionName, digest: string): string {
  return `${name}-${digest.replace('sha256:', '').slice(0, 32)}`;
}

/** What the tags of images in use begin with. */
export const LIVE = 'live';

/** A second tag of an image that a function runs, by which it outlives the count of ECR's lifecycle policy. */
export function liveTag(name: FunctionName, digest: string): string {
  return `${LIVE}-${imageTag(name, digest)}`;
}
