// What is there and what is wanted -> the steps between them. Pure: reads nothing, changes nothing.
import type { Tags } from './aws.ts';
import { DeployError } from './failure.ts';
import {
  type Arns,
  FUNCTIONS,
  type FunctionName,
  imageTag,
  LAMBDA_ARCHITECTURES,
  type Names,
  type Place,
} from './names.ts';
import { imageBytes, type StoredImage } from './oci.ts';
import { executionPolicy, LIFECYCLE, PULL_POLICY, samePolicy, TRUST } from './policy.ts';
import type { Settings } from './settings.ts';
import type { FunctionSettings, FunctionState, State } from './state.ts';

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

/** The steps from `state` to `wanted`, in order; none when nothing differs. @throws DeployError when a name is taken. */
export function planDeploy(state: State, wanted: Wanted): Step[] {
  refuseStrangers(state, wanted.names);
  return [
    ...planRepository(state, wanted),
    ...FUNCTIONS.filter((name) => !state.pushed[name]).map((name) => pushStep(name, wanted)),
    ...planRole(state, wanted),
    ...FUNCTIONS.flatMap((name) => planLogGroup(name, state, wanted)),
    ...FUNCTIONS.flatMap((name) => planFunction(name, state, wanted)),
  ];
}

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

/** Whether a thing was made by this software for this stage. */
function isOurs(tags: Tags, names: Names): boolean {
  return Object.entries(names.tags).every(([key, value]) => tags[key] === value);
}

/** The things of our names that are not ours, as people call them. */
export function strangers(state: State, names: Names): string[] {
  const found: [string, { tags: Tags } | undefined][] = [
    [`the repository ${names.repository}`, state.repository],
    [`the role ${names.role}`, state.role],
    ...FUNCTIONS.flatMap((name): [string, { tags: Tags } | undefined][] => [
      [`the function ${names.functions[name]}`, state.functions[name]],
      [`the log group ${names.logGroups[name]}`, state.logGroups[name]],
    ]),
  ];
  return found.flatMap(([what, thing]) => (thing && !isOurs(thing.tags, names) ? [what] : []));
}

function refuseStrangers(state: State, names: Names): void {
  const found = strangers(state, names);
  if (found.length === 0) return;
  throw new DeployError(
    `${found.join(', ')}: of our name, and not made by this (no tag fr:project): delete it, or choose another --stage`,
  );
}

function planRepository({ repository }: State, { names, ...rest }: Wanted): Step[] {
  const policies = (): Step[] => [
    { action: 'putLifecycle', text: 'keep the last images of each function, by count' },
    { action: 'allowPulls', text: 'let Lambda pull from the repository' },
  ];
  if (!repository) {
    return [{ action: 'createRepository', text: `create the image repository ${names.repository}` }, ...policies()];
  }
  const [lifecycle, pulls] = policies() as [Step, Step];
  const steps: Step[] = [];
  if (!repository.scansOnPush) steps.push({ action: 'scanOnPush', text: 'scan images as they are pushed' });
  if (!repository.isImmutable) steps.push({ action: 'makeTagsImmutable', text: 'make image tags immutable' });
  if (!samePolicy(parsed(repository.lifecycle), LIFECYCLE)) steps.push(lifecycle);
  if (!samePolicy(parsed(repository.pullPolicy), PULL_POLICY)) steps.push(pulls);
  if (lacks(repository.tags, tagsOf({ names, ...rest }))) {
    steps.push({ action: 'tagRepository', text: `tag the repository ${names.repository}` });
  }
  return steps;
}

function pushStep(name: FunctionName, { images }: Wanted): Step {
  const { digest } = images[name];
  const megabytes = (imageBytes(images[name]) / 1e6).toFixed(1);
  return { action: 'pushImage', of: name, text: `push ${imageTag(name, digest)} (${megabytes} MB)` };
}

function planRole({ role }: State, wanted: Wanted): Step[] {
  const { names, arns } = wanted;
  const policy: Step = { action: 'putRolePolicy', text: 'let the role write its own logs' };
  if (!role) return [{ action: 'createRole', text: `create the role ${names.role}` }, policy];
  const steps: Step[] = [];
  if (!samePolicy(parsed(role.trust), TRUST)) steps.push({ action: 'putTrust', text: 'let Lambda take the role' });
  if (!samePolicy(parsed(role.policy), executionPolicy(arns))) steps.push(policy);
  if (lacks(role.tags, tagsOf(wanted))) steps.push({ action: 'tagRole', text: `tag the role ${names.role}` });
  return steps;
}

function planLogGroup(name: FunctionName, { logGroups }: State, wanted: Wanted): Step[] {
  const group = logGroups[name];
  const called = wanted.names.logGroups[name];
  const retain: Step = { action: 'retainLogs', of: name, text: `keep the logs of ${called} for ${LOG_DAYS} days` };
  if (!group) return [{ action: 'createLogGroup', of: name, text: `create the log group ${called}` }, retain];
  const steps: Step[] = group.retentionDays === LOG_DAYS ? [] : [retain];
  if (lacks(group.tags, tagsOf(wanted))) {
    steps.push({ action: 'tagLogGroup', of: name, text: `tag the log group ${called}` });
  }
  return steps;
}

function planFunction(name: FunctionName, { functions }: State, wanted: Wanted): Step[] {
  const there = functions[name];
  const called = wanted.names.functions[name];
  const { digest } = wanted.images[name];
  const publish: Step = { action: 'publish', of: name, text: `publish ${called} and point the alias live at it` };
  if (!there || there.isBroken || !there.isImage) {
    const create: Step = { action: 'createFunction', of: name, text: `create the function ${called}${how(wanted)}` };
    return there
      ? [deleteStep(name, called, there.failure ?? 'it is not made of an image'), create, publish]
      : [create, publish];
  }
  const settings = functionSettings(wanted);
  const steps: Step[] = [];
  if (there.digest !== digest || there.architecture !== settings.architecture || there.failure !== undefined) {
    const why = there.failure === undefined ? '' : `, whose last change failed (${there.failure})`;
    steps.push({ action: 'updateCode', of: name, text: `give ${called} the image ${digest.slice(0, 19)}${why}` });
  }
  const changes = differences(there, settings);
  if (changes) steps.push({ action: 'updateConfiguration', of: name, text: `set ${called}: ${changes}` });
  if (steps.length > 0 || !isPublished(there)) steps.push(publish);
  if (lacks(there.tags, tagsOf(wanted))) steps.push({ action: 'tagFunction', of: name, text: `tag ${called}` });
  const versions = there.versions.length + (steps.includes(publish) ? 1 : 0);
  if (versions > KEPT_VERSIONS) {
    steps.push({
      action: 'pruneVersions',
      of: name,
      text: `delete old versions of ${called}, but for ${KEPT_VERSIONS}`,
    });
  }
  return steps;
}

function how({ settings: { memoryMb, timeoutS, architecture, snapStart } }: Wanted): string {
  const also = snapStart ? ', SnapStart' : '';
  return ` (${memoryMb} MB, ${timeoutS} s, ${LAMBDA_ARCHITECTURES[architecture]}${also})`;
}

function deleteStep(name: FunctionName, called: string, why: string): Step {
  return { action: 'deleteFunction', of: name, text: `delete the function ${called} (${why})` };
}

/** What of the configuration is to change, for people. The architecture goes with the code. */
function differences(there: FunctionSettings, wanted: FunctionSettings): string {
  const changes: string[] = [];
  if (there.memoryMb !== wanted.memoryMb) changes.push(`${there.memoryMb} -> ${wanted.memoryMb} MB`);
  if (there.timeoutS !== wanted.timeoutS) changes.push(`${there.timeoutS} -> ${wanted.timeoutS} s`);
  if (there.role !== wanted.role) changes.push('its role');
  if (there.snapStart !== wanted.snapStart) changes.push(`SnapStart ${wanted.snapStart ? 'on' : 'off'}`);
  if (!samePolicy(there.variables, wanted.variables)) changes.push('its environment');
  return changes.join(', ');
}

/** Whether the alias names a version that is as the unpublished code is. */
function isPublished(there: FunctionState): boolean {
  const { live } = there;
  return (
    live !== undefined &&
    !live.isBroken &&
    live.codeHash === there.codeHash &&
    live.architecture === there.architecture &&
    differences(live, there) === ''
  );
}

function lacks(there: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).some(([key, value]) => there[key] !== value);
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}

/** The steps that delete what is there and is ours. The role goes after the functions that use it. */
export function planDestroy(state: State, names: Names): Step[] {
  const ours = (thing: { tags: Tags } | undefined): boolean => thing !== undefined && isOurs(thing.tags, names);
  const steps: Step[] = [];
  for (const name of FUNCTIONS) {
    if (ours(state.functions[name])) {
      const text = `delete the function ${names.functions[name]} with its versions and alias`;
      steps.push({ action: 'deleteFunction', of: name, text });
    }
  }
  for (const name of FUNCTIONS) {
    if (ours(state.logGroups[name])) {
      steps.push({ action: 'deleteLogGroup', of: name, text: `delete the log group ${names.logGroups[name]}` });
    }
  }
  if (ours(state.role)) {
    if (state.role?.policy !== undefined) {
      steps.push({ action: 'deleteRolePolicy', text: `delete the policy of the role ${names.role}` });
    }
    steps.push({ action: 'deleteRole', text: `delete the role ${names.role}` });
  }
  if (ours(state.repository)) {
    steps.push({ action: 'deleteRepository', text: `delete the repository ${names.repository} with its images` });
  }
  return steps;
}
