// What is there and what is wanted -> the steps between them. Pure: reads nothing, changes nothing.
import { DeployError } from './failure.ts';
import { FUNCTIONS, type FunctionName, imageTag, type Names } from './names.ts';
import { imageBytes } from './oci.ts';
import { strangers } from './plan-destroy.ts';
import { planFunction } from './plan-function.ts';
import { executionPolicy, LIFECYCLE, PULL_POLICY, samePolicy, TRUST } from './policy.ts';
import type { State } from './state.ts';
import { LOG_DAYS, lacks, type Step, tagsOf, type Wanted } from './steps.ts';

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

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
