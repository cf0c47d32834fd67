// Carries out the steps of a plan. Every step may be repeated, so a run may be cut short anywhere.

import { DeployError } from '../failure.ts';
import { type FunctionName, imageTag, liveTag, ROLE_POLICY } from '../names.ts';
import { poll } from '../wait.ts';
import {
  createFunction,
  pruneVersions,
  publish,
  releaseImages,
  updateCode,
  updateConfiguration,
} from './apply-function.ts';
import { MAP_CHANGES, MAP_DELETIONS } from './apply-map.ts';
import { executionPolicy, LIFECYCLE, pullPolicy, trustPolicy } from './policy.ts';
import { readingStatements } from './policy-map.ts';
import { registryOf } from './state.ts';
import { type Action, LOG_DAYS, type Step, tagsOf } from './steps.ts';
import { imageOf, isCode, repositoryUri, retag, type Site, unlessThere, type Work } from './work.ts';

const DELETED_MS = 120_000;

/** @throws DeployError and AwsError. */
export async function applyStep(work: Work, step: Step): Promise<void> {
  const deletion = DELETIONS[step.action];
  if (deletion) await deletion(work, step.of as FunctionName);
  await CHANGES[step.action]?.(work, step.of as FunctionName);
}

/** Carries out a step of destroy. @throws DeployError and AwsError. */
export async function applyDeletion(site: Site, step: Step): Promise<void> {
  await DELETIONS[step.action]?.(site, step.of as FunctionName);
}

type Steps<Context> = Partial<Record<Action, (context: Context, of: FunctionName) => Promise<unknown> | Promise<void>>>;

const DELETIONS: Steps<Site> = {
  ...MAP_DELETIONS,
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
  ...MAP_CHANGES,
  createRepository: ({ aws, names, wanted }) =>
    unlessThere(aws.createRepository({ name: names.repository, tags: tagsOf(wanted) })),
  scanOnPush: ({ aws, names }) => aws.scanOnPush(names.repository),
  makeTagsImmutable: ({ aws, names }) => aws.makeTagsImmutable(names.repository),
  putLifecycle: ({ aws, names }) => aws.putLifecyclePolicy(names.repository, JSON.stringify(LIFECYCLE)),
  allowPulls: ({ aws, names, wanted }) =>
    aws.setRepositoryPolicy(names.repository, JSON.stringify(pullPolicy(wanted.place))),
  tagRepository: ({ aws, arns, wanted, state }) =>
    retag(
      state.repository?.tags,
      wanted,
      (tags) => aws.tagRepository(arns.repository, tags),
      (keys) => aws.untagRepository(arns.repository, keys),
    ),
  pushImage: (work, of) => pushAs(work, of, imageTag(of, imageOf(work, of).digest)),
  spareImage: (work, of) => pushAs(work, of, liveTag(of, imageOf(work, of).digest)),
  createRole: ({ aws, names, wanted }) => {
    const trust = JSON.stringify(trustPolicy(wanted.place));
    const { boundary } = wanted.settings;
    return unlessThere(aws.createRole({ name: names.role, trust, tags: tagsOf(wanted), boundary }));
  },
  putBoundary: ({ aws, names, wanted }) => aws.putRoleBoundary(names.role, wanted.settings.boundary as string),
  putTrust: ({ aws, names, wanted }) => aws.updateTrust(names.role, JSON.stringify(trustPolicy(wanted.place))),
  putRolePolicy: ({ aws, names, arns, wanted }) => {
    const more = readingStatements(wanted.place, wanted.settings.buckets);
    return aws.putRolePolicy(names.role, ROLE_POLICY, JSON.stringify(executionPolicy(arns, more)));
  },
  tagRole: ({ aws, names, wanted, state }) =>
    retag(
      state.role?.tags,
      wanted,
      (tags) => aws.tagRole(names.role, tags),
      (keys) => aws.untagRole(names.role, keys),
    ),
  createLogGroup: ({ aws, names, wanted }, of) => unlessThere(aws.createLogGroup(names.logGroups[of], tagsOf(wanted))),
  retainLogs: ({ aws, names }, of) => aws.retainLogs(names.logGroups[of], LOG_DAYS),
  tagLogGroup: ({ aws, arns, wanted, state }, of) =>
    retag(
      state.logGroups[of]?.tags,
      wanted,
      (tags) => aws.tagLogGroup(arns.logGroups[of], tags),
      (keys) => aws.untagLogGroup(arns.logGroups[of], keys),
    ),
  createFunction,
  updateCode,
  updateConfiguration,
  tagFunction: ({ aws, arns, wanted, state }, of) =>
    retag(
      state.functions[of]?.tags,
      wanted,
      (tags) => aws.tagFunction(arns.functions[of], tags),
      (keys) => aws.untagFunction(arns.functions[of], keys),
    ),
  publish,
  pruneVersions,
  releaseImages,
};

/** Pushes an image. If the repository has it already, this only adds the tag. */
async function pushAs(work: Work, of: FunctionName, tag: string): Promise<void> {
  const registry = registryOf(work.aws, await repositoryUri(work));
  await registry.push(imageOf(work, of), tag, work.onProgress);
}
