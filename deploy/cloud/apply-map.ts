// Carries out the steps about the map over a bucket. Every step may be repeated.
import { DeployError } from '../failure.ts';
import { MAP_ROLE_POLICY } from '../names.ts';
import { poll, retry } from '../wait.ts';
import type { MachineInput } from './aws/states.ts';
import { mapPolicy, mapTrustPolicy } from './policy-map.ts';
import { stateMachine } from './state-machine.ts';
import { type Action, LOG_DAYS, tagsOf } from './steps.ts';
import { isCode, retag, type Site, unlessThere, type Work } from './work.ts';

/** The longest time until Step Functions knows a role that was just made, or has forgotten a machine of that name. */
const KNOWN_MS = 120_000;
/** Its words until then: of the role (hashicorp/terraform-provider-aws#7893), and of its right to log (go-to-k/cdkd#2791). */
const NOT_YET = /authorized to assume the provided role|not authorized to access the Log Destination/i;

type Steps<Context> = Partial<Record<Action, (context: Context) => Promise<unknown>>>;

export const MAP_DELETIONS: Steps<Site> = {
  deleteMachine: async ({ aws, arns, names }) => {
    await aws.deleteMachine(arns.map.machine);
    const gone = await poll(KNOWN_MS, async () => ((await aws.machine(arns.map.machine)) ? undefined : true));
    if (!gone) throw new DeployError(`AWS has not yet deleted ${names.map.machine}: run it again later`);
  },
  deleteMapLogGroup: ({ aws, names }) => aws.deleteLogGroup(names.map.logGroup),
  deleteMapRolePolicy: ({ aws, names }) => aws.deleteRolePolicy(names.map.role, MAP_ROLE_POLICY),
  deleteMapRole: ({ aws, names }) => aws.deleteRole(names.map.role),
};

export const MAP_CHANGES: Steps<Work> = {
  createMapRole: ({ aws, names, wanted }) => {
    const trust = JSON.stringify(mapTrustPolicy(wanted.place));
    const { boundary } = wanted.settings;
    return unlessThere(aws.createRole({ name: names.map.role, trust, tags: tagsOf(wanted), boundary }));
  },
  putMapBoundary: ({ aws, names, wanted }) => aws.putRoleBoundary(names.map.role, wanted.settings.boundary as string),
  putMapTrust: ({ aws, names, wanted }) =>
    aws.updateTrust(names.map.role, JSON.stringify(mapTrustPolicy(wanted.place))),
  putMapRolePolicy: ({ aws, names, arns, wanted }) => {
    const { place, settings } = wanted;
    return aws.putRolePolicy(names.map.role, MAP_ROLE_POLICY, JSON.stringify(mapPolicy(place, arns, settings.buckets)));
  },
  tagMapRole: ({ aws, names, wanted, state }) =>
    retag(
      state.map.role?.tags,
      wanted,
      (tags) => aws.tagRole(names.map.role, tags),
      (keys) => aws.untagRole(names.map.role, keys),
    ),
  createMapLogGroup: ({ aws, names, wanted }) => unlessThere(aws.createLogGroup(names.map.logGroup, tagsOf(wanted))),
  retainMapLogs: ({ aws, names }) => aws.retainLogs(names.map.logGroup, LOG_DAYS),
  tagMapLogGroup: ({ aws, arns, wanted, state }) =>
    retag(
      state.map.logGroup?.tags,
      wanted,
      (tags) => aws.tagLogGroup(arns.map.logGroup, tags),
      (keys) => aws.untagLogGroup(arns.map.logGroup, keys),
    ),
  // The same machine under the same name is no error to AWS, so this may be repeated too.
  createMachine: (work) => onceKnown(() => work.aws.createMachine(machineInput(work))),
  updateMachine: (work) => onceKnown(() => work.aws.updateMachine(work.arns.map.machine, machineInput(work))),
  tagMachine: ({ aws, arns, wanted, state }) =>
    retag(
      state.map.machine?.tags,
      wanted,
      (tags) => aws.tagMachine(arns.map.machine, tags),
      (keys) => aws.untagMachine(arns.map.machine, keys),
    ),
};

function machineInput({ names, arns, wanted }: Work): MachineInput {
  return {
    name: names.map.machine,
    roleArn: arns.map.role,
    definition: JSON.stringify(stateMachine(wanted.place, arns)),
    logGroup: `${arns.map.logGroup}:*`,
    tags: tagsOf(wanted),
  };
}

function onceKnown(change: () => Promise<unknown>): Promise<unknown> {
  const isPassing = (failure: unknown): boolean =>
    isCode(failure, /^StateMachineDeleting/) || isCode(failure, /AccessDenied/, NOT_YET);
  return retry(change, { isPassing, limitMs: KNOWN_MS });
}
