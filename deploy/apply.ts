// Carries out the steps of a plan. Each does nothing wrong when it was done before: a run may be cut short anywhere.
import { createFunction, pruneVersions, publish, updateCode, updateConfiguration } from './apply-function.ts';
import { DeployError } from './failure.ts';
import { type FunctionName, imageTag, ROLE_POLICY } from './names.ts';
import { executionPolicy, LIFECYCLE, PULL_POLICY, TRUST } from './policy.ts';
import { registryOf } from './state.ts';
import { type Action, LOG_DAYS, type Step, tagsOf } from './steps.ts';
import { poll } from './wait.ts';
import { isCode, repositoryUri, type Site, type Work } from './work.ts';

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
