// What is there and what is wanted -> the steps between them. Pure: reads nothing, changes nothing.
import { DeployError } from '../failure.ts';
import { imageBytes } from '../image/oci.ts';
import { FUNCTIONS, type FunctionName, imageTag, liveTag, type Names } from '../names.ts';
import { foreignThings } from './plan-destroy.ts';
import { planFunction } from './plan-function.ts';
import { planMap } from './plan-map.ts';
import { executionPolicy, LIFECYCLE, parsed, pullPolicy, samePolicy, trustPolicy } from './policy.ts';
import { readingStatements } from './policy-map.ts';
import type { State } from './state.ts';
import { KEPT_VERSIONS, LOG_DAYS, type Step, tagStep, type Wanted } from './steps.ts';

/** The steps from `state` to `wanted`, in order; none when nothing differs. @throws DeployError when a name is taken. */
export function planDeploy(state: State, wanted: Wanted): Step[] {
  refuseForeign(state, wanted.names);
  return [
    ...planRepository(state, wanted),
    ...FUNCTIONS.flatMap((name) => planImage(name, state, wanted)),
    ...planRole(state, wanted),
    ...planMap(state, wanted),
    ...FUNCTIONS.flatMap((name) => planLogGroup(name, state, wanted)),
    ...FUNCTIONS.flatMap((name) => planFunction(name, state, wanted)),
    ...FUNCTIONS.flatMap((name) => planRelease(name, state, wanted)),
  ];
}

function refuseForeign(state: State, names: Names): void {
  const found = foreignThings(state, names);
  if (found.length === 0) return;
  throw new DeployError(
    `${found.join(', ')}: has our name but was not made by this program (no tag fr:project): delete it, or choose another --stage`,
  );
}

function planRepository({ repository }: State, wanted: Wanted): Step[] {
  const { names, place } = wanted;
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
  if (!samePolicy(parsed(repository.pullPolicy), pullPolicy(place))) steps.push(pulls);
  steps.push(...tagStep({ action: 'tagRepository' }, `the repository ${names.repository}`, repository.tags, wanted));
  return steps;
}

function planImage(name: FunctionName, { pushed, repository }: State, { images, names }: Wanted): Step[] {
  const image = images?.[name];
  if (!image)
    return [{ action: 'pushImage', of: name, text: `build the image of ${names.functions[name]} and push it` }];
  const steps: Step[] = [];
  if (!pushed[name]) {
    const megabytes = (imageBytes(image) / 1e6).toFixed(1);
    steps.push({ action: 'pushImage', of: name, text: `push ${imageTag(name, image.digest)} (${megabytes} MB)` });
  }
  const tag = liveTag(name, image.digest);
  if (!repository?.liveTags.includes(tag)) {
    steps.push({ action: 'spareImage', of: name, text: `mark it as in use: ${tag}` });
  }
  return steps;
}

/** If more images are tagged as in use than can be in use, the tags of those that no version runs are removed. */
function planRelease(name: FunctionName, { repository }: State, { images, names }: Wanted): Step[] {
  const tags = new Set(repository?.liveTags.filter((tag) => tag.startsWith(liveTag(name, ''))));
  if (images) tags.add(liveTag(name, images[name].digest));
  if (tags.size <= KEPT_VERSIONS + 1) return [];
  return [
    {
      action: 'releaseImages',
      of: name,
      text: `remove the tags of images that ${names.functions[name]} no longer runs`,
    },
  ];
}

function planRole({ role }: State, wanted: Wanted): Step[] {
  const { names, arns, place, settings } = wanted;
  if (settings.role !== undefined) return [];
  const also = settings.buckets.length === 0 ? '' : ', and read the buckets';
  const policy: Step = { action: 'putRolePolicy', text: `let the role write its own logs${also}` };
  if (!role) return [{ action: 'createRole', text: `create the role ${names.role}` }, policy];
  const steps: Step[] = [];
  // Without the option a boundary stays: whoever runs the account may have set it.
  if (settings.boundary !== undefined && role.boundary !== settings.boundary) {
    steps.push({ action: 'putBoundary', text: `give the role ${names.role} the boundary ${settings.boundary}` });
  }
  if (!samePolicy(parsed(role.trust), trustPolicy(place))) {
    steps.push({ action: 'putTrust', text: 'let Lambda take the role' });
  }
  const allowed = executionPolicy(arns, readingStatements(place, settings.buckets));
  if (!samePolicy(parsed(role.policy), allowed)) steps.push(policy);
  return [...steps, ...tagStep({ action: 'tagRole' }, `the role ${names.role}`, role.tags, wanted)];
}

function planLogGroup(name: FunctionName, { logGroups }: State, wanted: Wanted): Step[] {
  const group = logGroups[name];
  const called = wanted.names.logGroups[name];
  const retain: Step = { action: 'retainLogs', of: name, text: `keep the logs of ${called} for ${LOG_DAYS} days` };
  if (!group) return [{ action: 'createLogGroup', of: name, text: `create the log group ${called}` }, retain];
  const steps: Step[] = group.retentionDays === LOG_DAYS ? [] : [retain];
  return [...steps, ...tagStep({ action: 'tagLogGroup', of: name }, `the log group ${called}`, group.tags, wanted)];
}
