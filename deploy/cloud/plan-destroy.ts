// What is there -> the steps that delete it, and the things that stay. Pure: reads nothing, changes nothing.

import { FUNCTIONS, type Names } from '../names.ts';
import type { Tags } from './aws/tags.ts';
import { isOurs } from './owned.ts';
import { planMapDestroy } from './plan-map.ts';
import type { State } from './state.ts';
import type { Step } from './steps.ts';

/** Things, in words, that have one of our names but not our tags: somebody else made them. */
export function foreignThings(state: State, names: Names): string[] {
  const found: [string, { tags: Tags } | undefined][] = [
    [`the repository ${names.repository}`, state.repository],
    [`the role ${names.role}`, state.role],
    [`the state machine ${names.map.machine}`, state.map.machine],
    [`the role ${names.map.role}`, state.map.role],
    [`the log group ${names.map.logGroup}`, state.map.logGroup],
    ...FUNCTIONS.flatMap((name): [string, { tags: Tags } | undefined][] => [
      [`the function ${names.functions[name]}`, state.functions[name]],
      [`the log group ${names.logGroups[name]}`, state.logGroups[name]],
    ]),
  ];
  return found.flatMap(([what, thing]) => (thing && !isOurs(thing.tags, names.tags) ? [what] : []));
}

/** The steps that delete what is there and ours. The role goes after the functions that use it. */
export function planDestroy(state: State, names: Names): Step[] {
  const ours = (thing: { tags: Tags } | undefined): boolean => thing !== undefined && isOurs(thing.tags, names.tags);
  const steps = planMapDestroy(state, names);
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
