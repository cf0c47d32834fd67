// Step Functions' side of the tests' AWS account: state machines are checked, made, changed and deleted, and run.
import validate from 'asl-validator';
import { ACCOUNT_ID, arn, type Machine, type Operations, type Place } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';
import { roleArn } from './iam.ts';
import { allows, readPolicy } from './policy.ts';

interface MachineInput {
  name: string;
  definition: string;
  roleArn: string;
  type?: string;
  loggingConfiguration?: Logging;
  tags?: { key: string; value: string }[];
}

interface Logging {
  level?: string;
  includeExecutionData?: boolean;
  destinations?: { cloudWatchLogsLogGroup?: { logGroupArn?: string } }[];
}

const LOG_DELIVERY = ['CreateLogDelivery', 'PutResourcePolicy', 'DescribeLogGroups'];

function machineArn(region: string, name: string): string {
  return arn('states', region, `stateMachine:${name}`);
}

function findMachine({ account }: Place, stateMachineArn: string): Machine {
  const machine = account.machines[stateMachineArn.split(':').at(-1) ?? ''];
  if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  return machine;
}

/**
 * Step Functions knows a new role, and its right to log, only some seconds after IAM made them: its words are those of
 * hashicorp/terraform-provider-aws#7893 and go-to-k/cdkd#2791.
 */
function judgeRole({ account, temper }: Place, wanted: string, logging: Logging | undefined): void {
  const role = Object.values(account.roles).find((one) => roleArn(one) === wanted);
  const need = { action: 'sts:AssumeRole', resource: '*', context: { 'aws:SourceAccount': ACCOUNT_ID } };
  const trusted = role && allows(readPolicy(role.trust), need, 'states.amazonaws.com');
  if (!trusted || Date.now() < role.createdAt + temper.roleMs) {
    throw new AwsError(
      'AccessDenied',
      'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
    );
  }
  const group = logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  if (group === undefined) return;
  const policies = Object.values(role.policies).map((text) => readPolicy(text));
  const may = LOG_DELIVERY.every((name) =>
    policies.some((policy) => allows(policy, { action: `logs:${name}`, resource: '*' })),
  );
  const isThere = Object.keys(account.logGroups).some((name) => group.endsWith(`:log-group:${name}:*`));
  if (!may || !isThere) {
    throw new AwsError('AccessDenied', 'The state machine IAM Role is not authorized to access the Log Destination');
  }
}

function judgeText(definition: string): void {
  const { isValid, errors } = validate(JSON.parse(definition));
  if (!isValid) throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${JSON.stringify(errors)}`);
}

function readTags(tags: MachineInput['tags'] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function runner({ executions }: Place): NonNullable<Place['executions']> {
  if (!executions) throw new AwsError('NotImplemented', "this test's service runs no state machines");
  return executions;
}

export const machines: Operations = {
  CreateStateMachine(input: MachineInput, place: Place) {
    const { name, definition, roleArn: role, type, loggingConfiguration: logging, tags, ...rest } = input;
    refuseRest(rest, 'CreateStateMachine');
    if (type !== 'STANDARD') throw new AwsError('NotImplemented', "the tests' service makes standard machines");
    const stateMachineArn = machineArn(place.region, name);
    const before = place.account.machines[name];
    // The same once more is no error (AWS's API reference, CreateStateMachine).
    if (before && (before.definition !== definition || before.role !== role)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${stateMachineArn}'`);
    }
    judgeText(definition);
    judgeRole(place, role, logging);
    const createdAt = before?.createdAt ?? Date.now();
    place.account.machines[name] ??= {
      ...{ name, createdAt, definition, role, tags: readTags(tags) },
      ...(logging ? { logging } : {}),
    };
    return { stateMachineArn, creationDate: new Date(createdAt) };
  },

  DescribeStateMachine({ stateMachineArn }: { stateMachineArn: string }, place: Place) {
    const { name, createdAt, definition, role, logging } = findMachine(place, stateMachineArn);
    return {
      ...{ stateMachineArn, name, status: 'ACTIVE', definition, roleArn: role, type: 'STANDARD' },
      ...{ creationDate: new Date(createdAt), loggingConfiguration: logging },
    };
  },

  UpdateStateMachine(
    input: { stateMachineArn: string; definition?: string; roleArn?: string; loggingConfiguration?: Logging },
    place: Place,
  ) {
    const { stateMachineArn, definition, roleArn: role, loggingConfiguration: logging, ...rest } = input;
    refuseRest(rest, 'UpdateStateMachine');
    const machine = findMachine(place, stateMachineArn);
    if (definition !== undefined) judgeText(definition);
    judgeRole(place, role ?? machine.role, logging);
    Object.assign(machine, { definition: definition ?? machine.definition, role: role ?? machine.role });
    if (logging) machine.logging = logging;
    return { updateDate: new Date() };
  },

  DeleteStateMachine({ stateMachineArn }: { stateMachineArn: string }, { account }: Place) {
    delete account.machines[stateMachineArn.split(':').at(-1) ?? ''];
    return {};
  },

  ListTagsForResource: ({ resourceArn }: { resourceArn: string }, place: Place) => ({
    tags: Object.entries(findMachine(place, resourceArn).tags).map(([key, value]) => ({ key, value })),
  }),

  TagResource({ resourceArn, tags }: { resourceArn: string; tags: MachineInput['tags'] }, place: Place) {
    Object.assign(findMachine(place, resourceArn).tags, readTags(tags));
    return {};
  },

  UntagResource({ resourceArn, tagKeys }: { resourceArn: string; tagKeys: string[] }, place: Place) {
    const { tags } = findMachine(place, resourceArn);
    for (const key of tagKeys) delete tags[key];
    return {};
  },

  StartExecution(input: { stateMachineArn: string; name?: string; input?: string }, place: Place) {
    const { stateMachineArn, name, input: text, ...rest } = input;
    refuseRest(rest, 'StartExecution');
    const machine = findMachine(place, stateMachineArn);
    return runner(place).start(machine, name ?? `run-${Date.now()}`, text ?? '{}');
  },

  StopExecution: ({ executionArn }: { executionArn: string }, place: Place) => runner(place).stop(executionArn),

  DescribeExecution: ({ executionArn }: { executionArn: string }, place: Place) => runner(place).describe(executionArn),

  ListMapRuns: ({ executionArn }: { executionArn: string }, place: Place) => ({
    mapRuns: runner(place).mapRuns(executionArn),
  }),

  DescribeMapRun: ({ mapRunArn }: { mapRunArn: string }, place: Place) => runner(place).mapRun(mapRunArn),
};
