// What plans are made of: what is wanted, the steps to it, and how the wanted things are tagged and set.
import type { Tags } from './aws.ts';
import { type Arns, type FunctionName, LAMBDA_ARCHITECTURES, type Names, type Place } from './names.ts';
import type { StoredImage } from './oci.ts';
import type { Settings } from './settings.ts';
import type { FunctionSettings } from './state.ts';

/** What is to be true after a deploy. */
export interface Wanted {
  place: Place;
  names: Names;
  arns: Arns;
  images: Record<FunctionName, StoredImage>;
  settings: Pick<Settings, 'architecture' | 'memoryMb' | 'timeoutS' | 'snapStart' | 'tags'>;
}

export type Action =
  | 'createRepository'
  | 'scanOnPush'
  | 'makeTagsImmutable'
  | 'putLifecycle'
  | 'allowPulls'
  | 'tagRepository'
  | 'pushImage'
  | 'createRole'
  | 'putTrust'
  | 'putRolePolicy'
  | 'tagRole'
  | 'createLogGroup'
  | 'retainLogs'
  | 'tagLogGroup'
  | 'deleteFunction'
  | 'createFunction'
  | 'updateCode'
  | 'updateConfiguration'
  | 'tagFunction'
  | 'publish'
  | 'pruneVersions'
  | 'deleteLogGroup'
  | 'deleteRolePolicy'
  | 'deleteRole'
  | 'deleteRepository';

export interface Step {
  action: Action;
  /** The function that it is about. */
  of?: FunctionName;
  /** For people: the step as an instruction. */
  text: string;
}

/** Days that log lines are kept. They hold times and failures, and nothing of a picture. */
export const LOG_DAYS = 30;
/** Published versions kept of a function: the one in use, and a few to go back to. With SnapStart each is billed. */
export const KEPT_VERSIONS = 3;

/** Our tags and the user's. */
export function tagsOf({ names, settings }: Pick<Wanted, 'names' | 'settings'>): Tags {
  return { ...settings.tags, ...names.tags };
}

/** How the functions are to be set. */
export function functionSettings({ arns, settings }: Pick<Wanted, 'arns' | 'settings'>): FunctionSettings {
  const { memoryMb, timeoutS, architecture, snapStart } = settings;
  const role = arns.role;
  return { memoryMb, timeoutS, role, architecture: LAMBDA_ARCHITECTURES[architecture], snapStart, variables: {} };
}

/** Whether tags are missing, or other than wanted. More of them do no harm. */
export function lacks(there: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).some(([key, value]) => there[key] !== value);
}
