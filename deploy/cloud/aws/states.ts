// The calls to Step Functions: the state machine of the map over a bucket.
import type { SFN } from '@aws-sdk/client-sfn';
import { ifThere } from './errors.ts';
import { fromTagList, type Tags } from './tags.ts';

/** What a machine is made of. */
export interface MachineInput {
  name: string;
  roleArn: string;
  /** The text in the Amazon States Language. */
  definition: string;
  /** ARN of its log group, which ends with `:*`. */
  logGroup: string;
  tags: Tags;
}

/** Errors are logged, and no input or output of a state: they hold keys of a person's pictures. */
const loggingTo = (logGroupArn: string) => ({
  level: 'ERROR' as const,
  includeExecutionData: false,
  destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
});

const tagList = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value }));

export function statesCalls(states: SFN) {
  return {
    /** Undefined too for a machine that is being deleted. */
    machine: async (stateMachineArn: string) => {
      const found = await ifThere(states.describeStateMachine({ stateMachineArn }), /StateMachineDoesNotExist/);
      if (!found || found.status === 'DELETING') return undefined;
      const { definition = '', roleArn = '', loggingConfiguration: logs } = found;
      return {
        definition,
        roleArn,
        logsErrors: logs?.level === 'ERROR' && logs.includeExecutionData === false,
        logGroup: logs?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn,
      };
    },
    machineTags: async (resourceArn: string): Promise<Tags> => {
      const { tags = [] } = await states.listTagsForResource({ resourceArn });
      return fromTagList(tags.map(({ key, value }) => ({ Key: key, Value: value })));
    },
    createMachine: ({ name, roleArn, definition, logGroup, tags }: MachineInput) =>
      states.createStateMachine({
        ...{ name, roleArn, definition, type: 'STANDARD' },
        loggingConfiguration: loggingTo(logGroup),
        tags: tagList(tags),
      }),
    updateMachine: (stateMachineArn: string, { roleArn, definition, logGroup }: MachineInput) =>
      states.updateStateMachine({
        ...{ stateMachineArn, roleArn, definition },
        loggingConfiguration: loggingTo(logGroup),
      }),
    tagMachine: (resourceArn: string, tags: Tags) => states.tagResource({ resourceArn, tags: tagList(tags) }),
    untagMachine: (resourceArn: string, tagKeys: string[]) => states.untagResource({ resourceArn, tagKeys }),
    /** Runs under way go on to their end. A machine that does not exist is no error to AWS. */
    deleteMachine: (stateMachineArn: string) => states.deleteStateMachine({ stateMachineArn }),
  };
}
