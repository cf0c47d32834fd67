// One function as it is and as it is wanted -> its steps. Pure, as plan.ts is, whose part it is.
import { type FunctionName, LAMBDA_ARCHITECTURES } from './names.ts';
import { samePolicy } from './policy.ts';
import type { FunctionSettings, FunctionState, State } from './state.ts';
import { functionSettings, KEPT_VERSIONS, lacks, type Step, tagsOf, type Wanted } from './steps.ts';

/** The steps of a function: made, made anew, or changed where it differs; then published where the alias is not as it. */
export function planFunction(name: FunctionName, { functions }: State, wanted: Wanted): Step[] {
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
