// Carries out the steps of a plan. Each does nothing wrong when it was done before: a run may be cut short anywhere.
import type { Aws } from './aws.ts';
import { AwsError, DeployError } from './failure.ts';
import { ALIAS, type Arns, type FunctionName, imageTag, type Names, ROLE_POLICY } from './names.ts';
import { type Action, functionSettings, KEPT_VERSIONS, LOG_DAYS, type Step, tagsOf, type Wanted } from './plan.ts';
import { executionPolicy, LIFECYCLE, PULL_POLICY, TRUST } from './policy.ts';
import type { Progress } from './registry.ts';
import { failureOf, registryOf, settle } from './state.ts';
import { poll } from './wait.ts';

/** What destroying needs. */
export interface Site {
  aws: Aws;
  names: Names;
  arns: Arns;
}

/** What deploying needs. */
export interface Work extends Site {
  wanted: Wanted;
  /** `host/name` of the repository, once it exists. */
  repositoryUri?: string | undefined;
  onProgress(progress: Progress): void;
}

/** A role that was just made can be taken up by Lambda after some seconds, at most this. */
const ROLE_MS = 120_000;
const DELETED_MS = 120_000;

/** @throws DeployError and AwsError. */
export async function applyStep(work: Work, step: Step): Promise<void> {
  const deletion = DELETIONS[step.action];
  if (deletion) return deletion(work, step.of as FunctionName);
  await CHANGES[step.action]?.(work, step.of as FunctionName);
}

/** A step of a teardown. */
export async function applyDeletion(site: Site, step: Step): Promise<void> {
  await DELETIONS[step.action]?.(site, step.of as FunctionName);
}

type Steps<Context> = Partial<Record<Action, (context: Context, of: FunctionName) => Promise<unknown> | Promise<void>>>;

const DELETIONS: Partial<Record<Action, (site: Site, of: FunctionName) => Promise<void>>> = {
  deleteFunction: async ({ aws, names }, of) => {
    const name = names.functions[of];
    await aws.deleteFunction(name);
    const gone = await poll(DELETED_MS, async () => ((await aws.functionConfiguration(name)) ? undefined : true));
    if (!gone) throw new DeployError(`AWS has not yet deleted the function ${name}: run it again later`);
  },
  deleteLogGroup: async ({ aws, names }, of) => void (await aws.deleteLogGroup(names.logGroups[of])),
  deleteRolePolicy: async ({ aws, names }) => void (await aws.deleteRolePolicy(names.role, ROLE_POLICY)),
  deleteRole: async ({ aws, names }) => {
    try {
      await aws.deleteRole(names.role);
    } catch (error) {
      if (!isCode(error, /DeleteConflict/)) throw error;
      throw new DeployError(`the role ${names.role} has policies that someone added: remove them, then run it again`);
    }
  },
  deleteRepository: async ({ aws, names }) => void (await aws.deleteRepository(names.repository)),
};

const CHANGES: Steps<Work> = {
  createRepository: ({ aws, names, wanted }) =>
    unlessThere(aws.createRepository({ name: names.repository, tags: tagsOf(wanted) })),
  scanOnPush: ({ aws, names }) => aws.scanOnPush(names.repository),
  makeTagsImmutable: ({ aws, names }) => aws.makeTagsImmutable(names.repository),
  putLifecycle: ({ aws, names }) => aws.putLifecyclePolicy(names.repository, JSON.stringify(LIFECYCLE)),
  allowPulls: ({ aws, names }) => aws.setRepositoryPolicy(names.repository, JSON.stringify(PULL_POLICY)),
  tagRepository: ({ aws, arns, wanted }) => aws.tagRepository(arns.repository, tagsOf(wanted)),
  pushImage: async (work, of) => {
    const image = work.wanted.images[of];
    const registry = registryOf(work.aws, await repositoryUri(work));
    await registry.push(image, imageTag(of, image.digest), work.onProgress);
  },
  createRole: ({ aws, names, wanted }) =>
    unlessThere(aws.createRole({ name: names.role, trust: JSON.stringify(TRUST), tags: tagsOf(wanted) })),
  putTrust: ({ aws, names }) => aws.updateTrust(names.role, JSON.stringify(TRUST)),
  putRolePolicy: ({ aws, names, arns }) =>
    aws.putRolePolicy(names.role, ROLE_POLICY, JSON.stringify(executionPolicy(arns))),
  tagRole: ({ aws, names, wanted }) => aws.tagRole(names.role, tagsOf(wanted)),
  createLogGroup: ({ aws, names, wanted }, of) => unlessThere(aws.createLogGroup(names.logGroups[of], tagsOf(wanted))),
  retainLogs: ({ aws, names }, of) => aws.retainLogs(names.logGroups[of], LOG_DAYS),
  tagLogGroup: ({ aws, arns, wanted }, of) => aws.tagLogGroup(arns.logGroups[of], tagsOf(wanted)),
  createFunction,
  updateCode,
  updateConfiguration,
  tagFunction: ({ aws, arns, wanted }, of) => aws.tagFunction(arns.functions[of], tagsOf(wanted)),
  publish,
  pruneVersions,
};

/** What was made between our look and now, by a call of ours whose answer was lost, is as good. */
async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isCode(error, /AlreadyExists/)) throw error;
  }
}

function isCode(error: unknown, code: RegExp, message = /(?:)/): error is AwsError {
  return error instanceof AwsError && code.test(error.code) && message.test(error.message);
}

async function repositoryUri(work: Work): Promise<string> {
  work.repositoryUri ??= (await work.aws.repository(work.names.repository))?.repositoryUri;
  if (work.repositoryUri) return work.repositoryUri;
  throw new DeployError(`the repository ${work.names.repository} is gone: did someone delete it? Run it again`);
}

async function imageUri(work: Work, of: FunctionName): Promise<string> {
  return `${await repositoryUri(work)}@${work.wanted.images[of].digest}`;
}

async function createFunction(work: Work, of: FunctionName): Promise<void> {
  const { aws, names, wanted } = work;
  const name = names.functions[of];
  const { memoryMb, timeoutS, role, snapStart } = functionSettings(wanted);
  const input = {
    FunctionName: name,
    Description: `The ${of} of serverless-face-recognition`,
    PackageType: 'Image' as const,
    Code: { ImageUri: await imageUri(work, of) },
    Role: role,
    MemorySize: memoryMb,
    Timeout: timeoutS,
    Architectures: [lambdaArchitecture(wanted)],
    SnapStart: { ApplyOn: snapStart ? ('PublishedVersions' as const) : ('None' as const) },
    Tags: tagsOf(wanted),
  };
  await onceRoleIsKnown(async () => {
    try {
      await aws.createFunction(input);
    } catch (error) {
      if (!isCode(error, /ResourceConflict/, /already exist/i)) throw error;
    }
  });
  await settled(aws, name);
}

function lambdaArchitecture(wanted: Wanted): 'x86_64' | 'arm64' {
  return functionSettings(wanted).architecture as 'x86_64' | 'arm64';
}

async function updateCode(work: Work, of: FunctionName): Promise<void> {
  const { aws, names, wanted } = work;
  const name = names.functions[of];
  const ImageUri = await imageUri(work, of);
  await whenIdle(aws, name, () =>
    aws.updateCode({ FunctionName: name, ImageUri, Architectures: [lambdaArchitecture(wanted)] }),
  );
  await settled(aws, name);
}

async function updateConfiguration({ aws, names, wanted }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  const { memoryMb, timeoutS, role, snapStart, variables } = functionSettings(wanted);
  await onceRoleIsKnown(() =>
    whenIdle(aws, name, () =>
      aws.updateConfiguration({
        FunctionName: name,
        MemorySize: memoryMb,
        Timeout: timeoutS,
        Role: role,
        Environment: { Variables: variables },
        SnapStart: { ApplyOn: snapStart ? 'PublishedVersions' : 'None' },
      }),
    ),
  );
  await settled(aws, name);
}

/** Publishing what was published last gives that version again, so a run cut short here makes no second one. */
async function publish({ aws, names }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  let version = await whenIdle(aws, name, () => aws.publishVersion(name));
  let about = await settle(aws, name, version);
  if (about?.State === 'Failed') {
    // A snapshot that failed stays failed: such a version is of no use to anyone.
    await aws.deleteFunction(name, version);
    version = await whenIdle(aws, name, () => aws.publishVersion(name));
    about = await settle(aws, name, version);
  }
  if (about?.State === 'Failed') {
    throw new DeployError(`version ${version} of ${name} failed (${failureOf(about)}): mend that, then run it again`);
  }
  await pointAlias(aws, name, version);
}

async function pointAlias(aws: Aws, name: string, version: string): Promise<void> {
  try {
    await aws.updateAlias(name, ALIAS, version);
  } catch (error) {
    if (!isCode(error, /ResourceNotFound/)) throw error;
    await aws.createAlias(name, ALIAS, version);
  }
}

async function pruneVersions({ aws, names }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  const live = (await aws.functionConfiguration(name, ALIAS))?.Version;
  const versions = await aws.versions(name);
  for (const version of versions.slice(0, -KEPT_VERSIONS)) {
    if (version === live) continue;
    try {
      await aws.deleteFunction(name, version);
    } catch (error) {
      // Some other alias names it: someone wants it.
      if (!isCode(error, /ResourceConflict/)) throw error;
    }
  }
}

/** Tries again while, and only while, Lambda says that it cannot take up the role. */
async function onceRoleIsKnown(change: () => Promise<unknown>): Promise<void> {
  let refusal: unknown;
  const done = await poll(ROLE_MS, async () => {
    try {
      await change();
      return true;
    } catch (error) {
      if (!isCode(error, /^InvalidParameterValueException$/, /cannot be assumed/)) throw error;
      refusal = error;
      return undefined;
    }
  });
  if (!done) throw refusal;
}

/** Waits for a change under way, be it somebody else's, and goes on. */
async function whenIdle<T>(aws: Aws, name: string, change: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await change();
    } catch (error) {
      if (left === 0 || !isCode(error, /ResourceConflict/)) throw error;
      await settle(aws, name);
    }
  }
}

async function settled(aws: Aws, name: string): Promise<void> {
  const about = await settle(aws, name);
  const failure = about ? failureOf(about) : 'it is gone';
  if (failure === undefined) return;
  throw new DeployError(`the function ${name} failed (${failure}): mend that, then run it again; it is then made anew`);
}
