// Reads what is on AWS now. Changes nothing.

import { DeployError } from '../failure.ts';
import type { StoredImage } from '../image/oci.ts';
import { openRegistry, type Registry } from '../image/registry.ts';
import { ALIAS, type Arns, FUNCTIONS, type FunctionName, LIVE, type Names, ROLE_POLICY } from '../names.ts';
import { BUCKETS_VARIABLE } from '../option-values.ts';
import { poll } from '../wait.ts';
import type { Aws } from './aws/connect.ts';
import type { FunctionConfiguration } from './aws/lambda.ts';
import type { Tags } from './aws/tags.ts';
import { type SettingsByHand, settingsByHand } from './by-hand.ts';
import { type MapState, type RoleState, readLogGroup, readMap, readRole } from './state-map.ts';

/** The settings of a function or of one of its versions. */
export interface FunctionSettings {
  memoryMb: number;
  timeoutS: number;
  role: string;
  architecture: string;
  snapStart: boolean;
  variables: Record<string, string>;
}

export interface FunctionState extends FunctionSettings {
  tags: Tags;
  isImage: boolean;
  /** The digest of the unpublished code's image. */
  digest: string;
  /** Equal hashes are equal code. */
  codeHash: string;
  /** Why the function, or its last change, failed. */
  failure?: string | undefined;
  /** Whether nothing helps but deleting it. */
  isBroken: boolean;
  /** The version that the alias names. */
  live?: (FunctionSettings & { version: string; codeHash: string; isBroken: boolean }) | undefined;
  versions: string[];
  byHand: SettingsByHand;
}

export interface RepositoryState {
  uri: string;
  tags: Tags;
  scansOnPush: boolean;
  isImmutable: boolean;
  lifecycle?: string | undefined;
  pullPolicy?: string | undefined;
  /** The tags `live-...`, of images in use. */
  liveTags: string[];
}

export interface State {
  repository?: RepositoryState | undefined;
  /** Which images the registry holds. */
  pushed: Record<FunctionName, boolean>;
  role?: RoleState | undefined;
  map: MapState;
  logGroups: Record<FunctionName, MapState['logGroup']>;
  functions: Record<FunctionName, FunctionState | undefined>;
}

/** The longest time that Lambda works on a change: of a large image, or of a snapshot. */
const SETTLE_MS = 15 * 60_000;

export interface Look {
  /** The wanted images. Without them the registry is not asked. */
  images?: Record<FunctionName, StoredImage> | undefined;
  /** Whether --role names another role, so that ours is not read. */
  otherRole?: boolean;
  /** Whether there should be a map over a bucket; a recognizer that knows of buckets says so too. */
  wantsMap?: boolean;
  /** Called for what cannot be read, which then counts as not there. Without it the error is thrown. */
  onFailure?: (what: string, error: unknown) => void;
}

/** Reads everything of a stage. Waits for the end of a change that is under way. */
export async function readState(aws: Aws, names: Names, arns: Arns, look: Look = {}): Promise<State> {
  const { images, otherRole = false } = look;
  const part = async <T>(what: string, read: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!look.onFailure) throw error;
      look.onFailure(what, error);
      return undefined;
    }
  };
  const repository = await part(`the repository ${names.repository}`, () => readRepository(aws, names, arns));
  const role = otherRole
    ? undefined
    : await part(`the role ${names.role}`, () => readRole(aws, names.role, ROLE_POLICY));
  const state: State = {
    repository,
    pushed: { trainer: false, recognizer: false },
    role,
    map: {},
    logGroups: { trainer: undefined, recognizer: undefined },
    functions: { trainer: undefined, recognizer: undefined },
  };
  const registry = repository && images && registryOf(aws, repository.uri);
  for (const name of FUNCTIONS) {
    const [group, called] = [names.logGroups[name], names.functions[name]];
    state.logGroups[name] = await part(`the log group ${group}`, () => readLogGroup(aws, group, arns.logGroups[name]));
    state.functions[name] = await part(`the function ${called}`, () => readFunction(aws, called));
    if (registry) state.pushed[name] = await registry.has(images[name]);
  }
  state.map = await readMap(aws, names, arns, part, look.wantsMap || knowsBuckets(state));
  return state;
}

/** Whether the recognizer was deployed with --buckets. */
export function knowsBuckets({ functions }: State): boolean {
  return functions.recognizer?.variables[BUCKETS_VARIABLE] !== undefined;
}

/** The repository's registry. Its credentials are fetched at the first call and kept in memory only. */
export function registryOf(aws: Aws, uri: string): Registry {
  return openRegistry(uri, () => aws.registryToken());
}

async function readRepository(aws: Aws, names: Names, arns: Arns): Promise<RepositoryState | undefined> {
  const found = await aws.repository(names.repository);
  if (!found) return undefined;
  return {
    uri: found.repositoryUri ?? '',
    tags: await aws.repositoryTags(found.repositoryArn ?? arns.repository),
    scansOnPush: found.imageScanningConfiguration?.scanOnPush ?? false,
    isImmutable: found.imageTagMutability === 'IMMUTABLE',
    lifecycle: await aws.lifecyclePolicy(names.repository),
    pullPolicy: await aws.repositoryPolicy(names.repository),
    liveTags: (await aws.imageTags(names.repository)).filter((tag) => tag.startsWith(`${LIVE}-`)),
  };
}

async function readFunction(aws: Aws, name: string): Promise<FunctionState | undefined> {
  if (!(await settle(aws, name))) return undefined;
  const found = await aws.getFunction(name);
  const about = found?.Configuration;
  if (!about) return undefined;
  if (found.TagsError) {
    throw new DeployError(
      `the tags of ${name} cannot be read (${found.TagsError.Message}): have lambda:ListTags allowed`,
    );
  }
  const live = await settle(aws, name, ALIAS);
  // ImageUri is what was asked for: we ask for a digest. If somebody asked for a tag, ResolvedImageUri says what runs.
  const { ImageUri: asked = '', ResolvedImageUri: resolved = '' } = found.Code ?? {};
  return {
    ...settingsOf(about),
    tags: found.Tags ?? {},
    isImage: about.PackageType === 'Image',
    digest: asked.split('@')[1] ?? resolved.split('@')[1] ?? '',
    codeHash: about.CodeSha256 ?? '',
    failure: failureOf(about),
    isBroken: about.State === 'Failed',
    live: live && {
      ...settingsOf(live),
      version: live.Version ?? '',
      codeHash: live.CodeSha256 ?? '',
      isBroken: live.State === 'Failed',
    },
    versions: await aws.versions(name),
    byHand: settingsByHand(about),
  };
}

function settingsOf(about: FunctionConfiguration): FunctionSettings {
  return {
    memoryMb: about.MemorySize ?? 0,
    timeoutS: about.Timeout ?? 0,
    role: about.Role ?? '',
    architecture: about.Architectures?.[0] ?? 'x86_64',
    snapStart: about.SnapStart?.ApplyOn === 'PublishedVersions',
    variables: about.Environment?.Variables ?? {},
  };
}

/** Why a function, or its last change, failed; undefined when neither failed. */
export function failureOf(about: FunctionConfiguration): string | undefined {
  if (about.State === 'Failed')
    return `${about.StateReasonCode ?? 'Failed'}: ${about.StateReason ?? 'no reason given'}`;
  if (about.LastUpdateStatus !== 'Failed') return undefined;
  return `${about.LastUpdateStatusReasonCode ?? 'Failed'}: ${about.LastUpdateStatusReason ?? 'no reason given'}`;
}

/**
 * Waits until no change of a function, version or alias is under way, and gives its configuration then; undefined when it
 * does not exist.
 *
 * @throws DeployError after a quarter of an hour.
 */
export async function settle(aws: Aws, name: string, qualifier?: string): Promise<FunctionConfiguration | undefined> {
  const answer = await poll(SETTLE_MS, async () => {
    const about = await aws.functionConfiguration(name, qualifier);
    const busy = about?.State === 'Pending' || about?.State === 'Deleting' || about?.LastUpdateStatus === 'InProgress';
    return busy ? undefined : { about };
  });
  if (answer) return answer.about;
  throw new DeployError(`AWS is still working on ${name} after ${SETTLE_MS / 60_000} minutes: run it again later`);
}
