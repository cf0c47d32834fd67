// One function as it is and as it is wanted -> its steps. Pure, like plan.ts, which calls it.

import { FUNCTIONS, type FunctionName, LAMBDA_ARCHITECTURES, type Names } from '../names.ts';
import { tellByHand } from './by-hand.ts';
import type { FunctionSettings, FunctionState, State } from './state.ts';
import { functionSettings, KEPT_VERSIONS, type Step, tagStep, type Wanted } from './steps.ts';

/** A line for each function on which someone set things by hand, which are kept. */
export function keptByHand({ functions }: State, names: Names): string[] {
  return FUNCTIONS.flatMap((name) => {
    const there = functions[name];
    const kept = there ? tellByHand(there.byHand, there.variables) : '';
    return kept === '' ? [] : [`keeps what was set by hand on ${names.functions[name]}: ${kept}`];
  });
}

/** Create, recreate or update the function; publish if the alias is out of date. */
export function planFunction(name: FunctionName, state: State, wanted: Wanted): Step[] {
  const there = state.functions[name];
  const called = wanted.names.functions[name];
  const publish: Step = { action: 'publish', of: name, text: `publish ${called} and point the alias live at it` };
  if (!there || there.isBroken || !there.isImage) {
    const create: Step = { action: 'createFunction', of: name, text: `create the function ${called}${how(wanted)}` };
    return there
      ? [deleteStep(name, called, there.failure ?? 'it is not made of an image'), create, publish]
      : [create, publish];
  }
  const settings = functionSettings(wanted, there.variables);
  const steps: Step[] = planCode(name, there, wanted);
  const changes = differences(there, settings);
  if (changes) steps.push({ action: 'updateConfiguration', of: name, text: `set ${called}: ${changes}` });
  if (steps.length > 0 || !isPublished(there)) steps.push(publish);
  steps.push(...tagStep({ action: 'tagFunction', of: name }, called, there.tags, wanted));
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

/** The step to the wanted image, if the function runs another one. A plan that does not know the image has the step too. */
function planCode(name: FunctionName, there: FunctionState, wanted: Wanted): Step[] {
  const called = wanted.names.functions[name];
  const digest = wanted.images?.[name].digest;
  const failure = there.failure === undefined ? '' : `, whose last change failed (${there.failure})`;
  const isOther = there.architecture !== functionSettings(wanted).architecture || there.failure !== undefined;
  if (digest === undefined) {
    const perhaps = isOther ? '' : ', if it is another';
    return [{ action: 'updateCode', of: name, text: `give ${called} the image that is built${perhaps}${failure}` }];
  }
  if (there.digest === digest && !isOther) return [];
  return [{ action: 'updateCode', of: name, text: `give ${called} the image ${digest.slice(0, 19)}${failure}` }];
}

function how({ settings: { memoryMb, timeoutS, architecture, snapStart } }: Wanted): string {
  const also = snapStart ? ', SnapStart' : '';
  return ` (${memoryMb} MB, ${timeoutS} s, ${LAMBDA_ARCHITECTURES[architecture]}${also})`;
}

function deleteStep(name: FunctionName, called: string, why: string): Step {
  return { action: 'deleteFunction', of: name, text: `delete the function ${called} (${why})` };
}

/** The changes of the configuration, in words. The architecture changes with the code. */
function differences(there: FunctionSettings, wanted: FunctionSettings): string {
  const changes: string[] = [];
  if (there.memoryMb !== wanted.memoryMb) changes.push(`${there.memoryMb} -> ${wanted.memoryMb} MB`);
  if (there.timeoutS !== wanted.timeoutS) changes.push(`${there.timeoutS} -> ${wanted.timeoutS} s`);
  if (there.role !== wanted.role) changes.push('its role');
  if (there.snapStart !== wanted.snapStart) changes.push(`SnapStart ${wanted.snapStart ? 'on' : 'off'}`);
  const variables = otherKeys(there.variables, wanted.variables);
  if (variables.length > 0) changes.push(`the environment of ${variables.join(', ')}`);
  return changes.join(', ');
}

/** The names of variables that differ. Their values may be secrets. */
function otherKeys(a: Record<string, string>, b: Record<string, string>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]).sort();
}

/** Whether the alias names a version that equals the unpublished code. */
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
