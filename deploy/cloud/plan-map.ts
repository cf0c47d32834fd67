// The map over a bucket as it is and as it is wanted -> its steps. Pure, like plan.ts, which calls it.
import type { Names } from '../names.ts';
import { isOurs } from './owned.ts';
import { parsed, samePolicy } from './policy.ts';
import { mapPolicy, mapTrustPolicy } from './policy-map.ts';
import type { State } from './state.ts';
import { stateMachine } from './state-machine.ts';
import { LOG_DAYS, type Step, tagStep, type Wanted } from './steps.ts';

/** Makes the map, or changes what differs; without --buckets it deletes what an earlier deploy made. */
export function planMap(state: State, wanted: Wanted): Step[] {
  if (wanted.settings.buckets.length === 0) return planMapDestroy(state, wanted.names);
  return [...planRole(state, wanted), ...planLogGroup(state, wanted), ...planMachine(state, wanted)];
}

function planRole({ map: { role } }: State, wanted: Wanted): Step[] {
  const { names, arns, place, settings } = wanted;
  const called = names.map.role;
  const policy: Step = {
    action: 'putMapRolePolicy',
    text: `let the role ${called} list the buckets and call the recognizer`,
  };
  if (!role) return [{ action: 'createMapRole', text: `create the role ${called}` }, policy];
  const steps: Step[] = [];
  if (settings.boundary !== undefined && role.boundary !== settings.boundary) {
    steps.push({ action: 'putMapBoundary', text: `give the role ${called} the boundary ${settings.boundary}` });
  }
  if (!samePolicy(parsed(role.trust), mapTrustPolicy(place))) {
    steps.push({ action: 'putMapTrust', text: `let Step Functions take the role ${called}` });
  }
  if (!samePolicy(parsed(role.policy), mapPolicy(place, arns, settings.buckets))) steps.push(policy);
  return [...steps, ...tagStep({ action: 'tagMapRole' }, `the role ${called}`, role.tags, wanted)];
}

function planLogGroup({ map: { logGroup } }: State, wanted: Wanted): Step[] {
  const called = wanted.names.map.logGroup;
  const retain: Step = { action: 'retainMapLogs', text: `keep the logs of ${called} for ${LOG_DAYS} days` };
  if (!logGroup) return [{ action: 'createMapLogGroup', text: `create the log group ${called}` }, retain];
  const steps = logGroup.retentionDays === LOG_DAYS ? [] : [retain];
  return [...steps, ...tagStep({ action: 'tagMapLogGroup' }, `the log group ${called}`, logGroup.tags, wanted)];
}

function planMachine({ map: { machine } }: State, wanted: Wanted): Step[] {
  const { names, arns, place } = wanted;
  const called = names.map.machine;
  if (!machine) return [{ action: 'createMachine', text: `create the state machine ${called}` }];
  const isSame =
    samePolicy(parsed(machine.definition), stateMachine(place, arns)) &&
    machine.roleArn === arns.map.role &&
    machine.logsErrors &&
    machine.logGroup === `${arns.map.logGroup}:*`;
  const steps: Step[] = isSame ? [] : [{ action: 'updateMachine', text: `give the state machine ${called} its text` }];
  return [...steps, ...tagStep({ action: 'tagMachine' }, `the state machine ${called}`, machine.tags, wanted)];
}

/** The steps that delete what is there and ours. The role goes after the machine that uses it. */
export function planMapDestroy({ map }: State, { map: names, tags }: Names): Step[] {
  const steps: Step[] = [];
  if (map.machine && isOurs(map.machine.tags, tags)) {
    steps.push({ action: 'deleteMachine', text: `delete the state machine ${names.machine}` });
  }
  if (map.logGroup && isOurs(map.logGroup.tags, tags)) {
    steps.push({ action: 'deleteMapLogGroup', text: `delete the log group ${names.logGroup}` });
  }
  if (map.role && isOurs(map.role.tags, tags)) {
    if (map.role.policy !== undefined) {
      steps.push({ action: 'deleteMapRolePolicy', text: `delete the policy of the role ${names.role}` });
    }
    steps.push({ action: 'deleteMapRole', text: `delete the role ${names.role}` });
  }
  return steps;
}
