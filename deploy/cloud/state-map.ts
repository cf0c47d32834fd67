// Reads the map over a bucket as it is on AWS: its state machine, role and log group. Changes nothing.
import { AwsError, isRefusal } from '../failure.ts';
import { type Arns, MAP_ROLE_POLICY, type Names } from '../names.ts';
import type { Aws } from './aws/connect.ts';
import type { Tags } from './aws/tags.ts';

export interface RoleState {
  tags: Tags;
  trust: string;
  policy?: string | undefined;
  boundary?: string | undefined;
}

export interface MachineState {
  tags: Tags;
  definition: string;
  roleArn: string;
  /** Whether it logs errors, and no data. */
  logsErrors: boolean;
  logGroup?: string | undefined;
}

export interface MapState {
  machine?: MachineState | undefined;
  role?: RoleState | undefined;
  logGroup?: { tags: Tags; retentionDays?: number | undefined } | undefined;
}

type Part = <T>(what: string, read: () => Promise<T | undefined>) => Promise<T | undefined>;

/**
 * `part` handles what cannot be read. `isExpected` says whether there should be a map. Without, a refusal counts as no map: who
 * never gave --buckets may have a policy, or an emulator, that knows no Step Functions.
 */
export async function readMap(aws: Aws, names: Names, arns: Arns, part: Part, isExpected: boolean): Promise<MapState> {
  const { map } = names;
  const lenient = async <T>(read: () => Promise<T | undefined>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (isExpected || !(error instanceof AwsError && isRefusal(error))) throw error;
      return undefined;
    }
  };
  return {
    machine: await part(`the state machine ${map.machine}`, () => lenient(() => readMachine(aws, arns.map.machine))),
    role: await part(`the role ${map.role}`, () => lenient(() => readRole(aws, map.role, MAP_ROLE_POLICY))),
    logGroup: await part(`the log group ${map.logGroup}`, () =>
      lenient(() => readLogGroup(aws, map.logGroup, arns.map.logGroup)),
    ),
  };
}

async function readMachine(aws: Aws, arn: string): Promise<MachineState | undefined> {
  const found = await aws.machine(arn);
  return found && { ...found, tags: await aws.machineTags(arn) };
}

/** A role with its one inline policy. */
export async function readRole(aws: Aws, name: string, policy: string): Promise<RoleState | undefined> {
  const role = await aws.role(name);
  return role && { ...role, policy: await aws.rolePolicy(name, policy) };
}

export async function readLogGroup(aws: Aws, name: string, arn: string): Promise<MapState['logGroup']> {
  const group = await aws.logGroup(name);
  return group && { ...group, tags: await aws.logGroupTags(arn) };
}
