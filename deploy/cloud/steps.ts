// The parts of a plan: what is wanted, the steps to it, and the tags and settings of the wanted things.

import type { StoredImage } from '../image/oci.ts';
import { type Arns, type AwsPlace, type FunctionName, LAMBDA_ARCHITECTURES, type Names } from '../names.ts';
import { BUCKETS_VARIABLE, bucketsText } from '../option-values.ts';
import type { Settings } from '../settings.ts';
import type { Tags } from './aws/tags.ts';
import { allTags, allVariables, tagChanges } from './owned.ts';
import type { FunctionSettings } from './state.ts';

/** What shall be true after a deploy. */
export interface Wanted {
  place: AwsPlace;
  names: Names;
  arns: Arns;
  /** Undefined in a plan whose images are not built yet. */
  images?: Record<FunctionName, StoredImage> | undefined;
  settings: Pick<
    Settings,
    'architecture' | 'memoryMb' | 'timeoutS' | 'snapStart' | 'tags' | 'env' | 'buckets' | 'role' | 'boundary'
  >;
}

export type Action =
  | 'createRepository'
  | 'scanOnPush'
  | 'makeTagsImmutable'
  | 'putLifecycle'
  | 'allowPulls'
  | 'tagRepository'
  | 'pushImage'
  | 'spareImage'
  | 'createRole'
  | 'putTrust'
  | 'putBoundary'
  | 'putRolePolicy'
  | 'tagRole'
  | 'createLogGroup'
  | 'retainLogs'
  | 'tagLogGroup'
  | 'createMapRole'
  | 'putMapTrust'
  | 'putMapBoundary'
  | 'putMapRolePolicy'
  | 'tagMapRole'
  | 'createMapLogGroup'
  | 'retainMapLogs'
  | 'tagMapLogGroup'
  | 'createMachine'
  | 'updateMachine'
  | 'tagMachine'
  | 'deleteMachine'
  | 'deleteMapLogGroup'
  | 'deleteMapRolePolicy'
  | 'deleteMapRole'
  | 'deleteFunction'
  | 'createFunction'
  | 'updateCode'
  | 'updateConfiguration'
  | 'tagFunction'
  | 'publish'
  | 'pruneVersions'
  | 'releaseImages'
  | 'deleteLogGroup'
  | 'deleteRolePolicy'
  | 'deleteRole'
  | 'deleteRepository';

export interface Step {
  action: Action;
  /** The function of the step. */
  of?: FunctionName;
  /** The step for people, as an instruction. */
  text: string;
}

/** Days that logs are kept. They hold times and failures, and nothing of a picture. */
export const LOG_DAYS = 30;
/** Published versions kept of a function: the one in use, and two to go back to. With SnapStart AWS bills each. */
export const KEPT_VERSIONS = 3;

/** The time a function needs to answer after its sidecar gave up. It takes milliseconds on one processor; Lambda's smallest
 * memory has a fourteenth of one. */
const ANSWER_MS = 2000;
/** With a timeout of a few seconds the sidecar still gets at least this share. */
const LEAST_SHARE = 0.8;

/**
 * The limit of the search for faces in one picture, in milliseconds. It is a little less than Lambda's, so that the caller
 * gets our reason and not Lambda's "Task timed out", which says nothing about the picture.
 */
function sidecarMs(timeoutS: number): number {
  return Math.max(timeoutS * 1000 - ANSWER_MS, timeoutS * 1000 * LEAST_SHARE);
}

/** Our tags and the user's. */
export function tagsOf({ names, settings }: Pick<Wanted, 'names' | 'settings'>): Tags {
  return allTags(settings.tags, names.tags);
}

/** The role that the functions run as. */
export function roleArn({ arns, settings }: Pick<Wanted, 'arns' | 'settings'>): string {
  return settings.role ?? arns.role;
}

/** The wanted settings of a function. `there` are its present variables: those set by hand stay. */
export function functionSettings(
  wanted: Pick<Wanted, 'arns' | 'settings'>,
  there?: Record<string, string>,
): FunctionSettings {
  const { memoryMb, timeoutS, architecture, snapStart, env, buckets } = wanted.settings;
  const places = buckets.length === 0 ? {} : { [BUCKETS_VARIABLE]: bucketsText(buckets) };
  const ours = { FR_TIMEOUT_MS: String(sidecarMs(timeoutS)), ...env, ...places };
  return {
    memoryMb,
    timeoutS,
    role: roleArn(wanted),
    architecture: LAMBDA_ARCHITECTURES[architecture],
    snapStart,
    variables: allVariables(ours, there),
  };
}

/** The step that gives a thing the wanted tags, or none. `what` is the thing in words. */
export function tagStep(step: Omit<Step, 'text'>, what: string, there: Tags, wanted: Wanted): Step[] {
  const { set, remove } = tagChanges(there, tagsOf(wanted));
  if (Object.keys(set).length === 0 && remove.length === 0) return [];
  const gone = remove.filter((key) => !key.startsWith('fr:'));
  return [{ ...step, text: gone.length === 0 ? `tag ${what}` : `tag ${what}, without ${gone.join(', ')}` }];
}
