// The content of a test's AWS account: plain data, so that a state can be copied and compared.

export interface PushedImage {
  digest: string;
  tags: string[];
  mediaType: string;
  manifest: string;
  /** The configuration that the manifest names; empty for an index. */
  config: ImageConfiguration;
  bytes: number;
  pushedAt: number;
}

export interface ImageConfiguration {
  os?: string;
  architecture?: string;
  config?: { Labels?: Record<string, string> };
}

export interface Repository {
  name: string;
  /** The place of its blobs in docker-registry. Each repository that was ever made has its own. */
  storage: string;
  createdAt: number;
  immutable: boolean;
  scanOnPush: boolean;
  policy?: string;
  lifecycle?: string;
  tags: Record<string, string>;
  /** When the permission of Lambda to pull last changed. */
  policySetAt?: number;
  /** Digests of blobs that were uploaded completely. */
  blobs: string[];
  images: PushedImage[];
}

export interface Role {
  name: string;
  path: string;
  id: string;
  createdAt: number;
  trust: string;
  description?: string;
  /** ARN of the role's permissions boundary. */
  boundary?: string;
  maxSession: number;
  policies: Record<string, string>;
  tags: Record<string, string>;
}

export interface LogGroup {
  name: string;
  createdAt: number;
  retention?: number;
  tags: Record<string, string>;
}

export interface FunctionVersion {
  version: string;
  imageUri: string;
  digest: string;
  bytes: number;
  role: string;
  memory: number;
  timeout: number;
  architecture: string;
  description: string;
  environment: Record<string, string>;
  snapStart: 'None' | 'PublishedVersions';
  loggingConfig?: object;
  /** MB of /tmp. */
  storage?: number;
  tracing?: 'Active' | 'PassThrough';
  modifiedAt: number;
  revision: string;
  /** Until these times it is Pending, and its last update InProgress. */
  pendingUntil: number;
  updatingUntil: number;
  failure?: { code: string; reason: string };
  /** Why its last update failed. */
  updateFailure?: { code: string; reason: string };
}

export interface Alias {
  version: string;
  description: string;
  revision: string;
}

export interface LambdaFunction {
  name: string;
  latest: FunctionVersion;
  versions: FunctionVersion[];
  nextVersion: number;
  aliases: Record<string, Alias>;
  tags: Record<string, string>;
}

export interface Machine {
  name: string;
  createdAt: number;
  definition: string;
  role: string;
  logging?: object;
  tags: Record<string, string>;
}

export interface Account {
  machines: Record<string, Machine>;
  repositories: Record<string, Repository>;
  roles: Record<string, Role>;
  functions: Record<string, LambdaFunction>;
  logGroups: Record<string, LogGroup>;
}

export const ACCOUNT_ID = '123456789012';

export function emptyAccount(): Account {
  return { machines: {}, repositories: {}, roles: {}, functions: {}, logGroups: {} };
}

/** How the account behaves; times in milliseconds. */
export interface Temper {
  /** How long a new role cannot be assumed. */
  roleMs: number;
  /** How long a new function, or a published version, is Pending. */
  pendingMs: number;
  /** How long an update is InProgress. */
  updateMs: number;
  /**
   * How long Lambda says of an image after its push that it does not exist
   * (kreuzwerker/terraform-provider-docker#600, aws-controllers-k8s/community#1842).
   */
  imageMs: number;
  /**
   * How long Lambda says after SetRepositoryPolicy that it has no permission to pull (aws-controllers-k8s/community#1886).
   */
  policyMs: number;
  /** The largest memory of a function, in MB. */
  maxMemory: number;
  concurrency: number;
  /** A new function of this name gets the state Failed. */
  failing?: { name: string; code: string; reason: string };
}

export const CALM: Temper = {
  ...{ roleMs: 5, pendingMs: 5, updateMs: 5, imageMs: 0, policyMs: 0 },
  ...{ maxMemory: 10_240, concurrency: 1000 },
};

/** What a service's operations work on. */
export interface Place {
  account: Account;
  temper: Temper;
  region: string;
  caller: string;
  /** What the registry holds of a blob. */
  blob(repository: Repository, digest: string): Promise<Buffer>;
  /** Host and port of the registry, which come before a repository's name. */
  registryHost: string;
  /** Runs a machine's execution; undefined where a test set none up. */
  executions?: Executions | undefined;
  /** Whether the caller may do something beyond the operation itself. */
  may(action: string, resource: string): boolean;
  runFunction(invocation: Invocation): Promise<Outcome>;
}

/** Runs executions of state machines, and tells of them (machine-runs.ts). */
export interface Executions {
  start(machine: Machine, name: string, input: string): { executionArn: string; startDate: Date };
  stop(executionArn: string): { stopDate: Date };
  describe(executionArn: string): object;
  mapRuns(executionArn: string): object[];
  mapRun(mapRunArn: string): object;
}

export interface Invocation {
  name: string;
  version: FunctionVersion;
  repository: Repository | undefined;
  payload: Buffer;
}

export interface Outcome {
  kind: 'response' | 'error' | 'refused' | 'timeout';
  text: string;
  ms: number;
  initMs?: number;
}

/** An operation of a service. Its input is valid by AWS's model. */
export type Operations = Record<string, (input: never, place: Place) => object | Promise<object>>;

export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
}
