// Names: of the two functions, of their images, and of everything that is made for them on AWS.

/** The two functions, as their sources are named. */
export const FUNCTIONS = ['trainer', 'recognizer'] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** Lambda's processors, as Docker names them. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** The same processors, as Lambda names them. */
export const LAMBDA_ARCHITECTURES = { amd64: 'x86_64', arm64: 'arm64' } as const;

export type LambdaArchitecture = (typeof LAMBDA_ARCHITECTURES)[Architecture];

/** An image's name in the local engine and in a layout's index. */
export function imageName(name: FunctionName, architecture: Architecture): string {
  return `fr-${name}:${architecture}`;
}

/** An image's Dockerfile, relative to the project's root. */
export function dockerfile(name: FunctionName): string {
  return `Dockerfile.${name}`;
}

/** This machine's processor, as Docker names it; amd64 when Lambda has no such processor. */
export function localArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

const PROJECT = 'serverless-face-recognition';

/** The alias that clients invoke: it names a published version. */
export const ALIAS = 'live';

/** The execution role's only inline policy. */
export const ROLE_POLICY = 'write-own-logs';

/** Every other name contains the stage's, so it keeps the strictest rules (ECR's, and IAM's 64 characters). */
export const STAGE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
export const MAX_STAGE_LENGTH = 16;

export interface Names {
  /** The original's names: `prepare-face-recognizer`, `recognize_face`; with stage `dev` `recognize_face-dev`. */
  functions: Record<FunctionName, string>;
  logGroups: Record<FunctionName, string>;
  /** One repository for both images, because they share all layers but one. */
  repository: string;
  /** Contains the Region, because IAM is one for all Regions. */
  role: string;
  /** The Distributed Map over a bucket, which is there only after `--buckets`. */
  map: MapNames;
  /** These tags mark a thing as made by this software for this stage. */
  tags: Record<'fr:project' | 'fr:stage', string>;
}

export interface MapNames {
  machine: string;
  role: string;
  logGroup: string;
}

/** The map's role's only inline policy. */
export const MAP_ROLE_POLICY = 'judge-buckets';

/** The map's own name in the machine, which stands in the ARNs of its children. */
export const MAP_LABEL = 'judge';

/** The folder, in each bucket or prefix of `--buckets`, that holds the runs. handler/bucket.ts says it too. */
export const RUNS = 'fr-results/';

/** A bucket and what the keys in it begin with; a prefix ends with a slash, or is empty. */
export interface BucketPlace {
  bucket: string;
  prefix: string;
}

/** All names of a stage. Without a stage the functions have the original's names. */
export function namesOf(region: string, stage?: string): Names {
  const end = stage === undefined ? '' : `-${stage}`;
  const functions = { trainer: `prepare-face-recognizer${end}`, recognizer: `recognize_face${end}` };
  return {
    functions,
    logGroups: { trainer: `/aws/lambda/${functions.trainer}`, recognizer: `/aws/lambda/${functions.recognizer}` },
    repository: `${PROJECT}${end}`,
    role: `${PROJECT}-${region}${end}`,
    map: {
      machine: `recognize_bucket${end}`,
      role: `${PROJECT}-${region}${end}-map`,
      // AWS's advice for the logs of its own services: names that begin so do not count against a policy's size.
      logGroup: `/aws/vendedlogs/states/recognize_bucket${end}`,
    },
    tags: { 'fr:project': PROJECT, 'fr:stage': stage ?? 'default' },
  };
}

/** What turns names into ARNs. */
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
  map: MapNames & {
    /** Before the name of an execution, or of a child's. */
    executions: string;
  };
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
    map: {
      machine: arn('states', region, `stateMachine:${names.map.machine}`),
      role: arn('iam', '', `role/${names.map.role}`),
      logGroup: arn('logs', region, `log-group:${names.map.logGroup}`),
      executions: arn('states', region, `execution:${names.map.machine}`),
    },
  };
}

/** The tag of a pushed image. It comes from the manifest's digest, so equal tags are equal images. */
export function imageTag(name: FunctionName, digest: string): string {
  return `${name}-${digest.replace('sha256:', '').slice(0, 32)}`;
}

/** The tags of images in use begin with it. */
export const LIVE = 'live';

/** A second tag for an image that a function runs. It protects the image from the repository's lifecycle policy. */
export function liveTag(name: FunctionName, digest: string): string {
  return `${LIVE}-${imageTag(name, digest)}`;
}
