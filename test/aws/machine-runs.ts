// Runs executions of the account's state machines: each action that a machine makes must be allowed to its role.
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Account, Executions, Machine } from './account.ts';
import { arn } from './account.ts';
import { interpret, type Json, newRunId, StatesError, type StatesText, type World } from './asl.ts';
import { AwsError } from './failure.ts';
import { roleArn } from './iam.ts';
import { type MapRunState, mapRun } from './map-run.ts';
import { allows, type Need, readPolicy } from './policy.ts';
import { REGION } from './settings.ts';

type Fields = Record<string, Json>;

interface Execution {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  startDate: Date;
  stopDate?: Date;
  input: string;
  output?: string;
  error?: string;
  cause?: string;
}

/** What a function answers an invocation, or how it fails: `error` is Lambda's or the function's name for it. */
export type Invoke = (payload: Json) => Promise<{ payload: Json } | { error: string; cause: string }>;

export class MachineRuns implements Executions {
  readonly #s3: S3Client;
  readonly #account: () => Account;
  readonly #invoke: Invoke;
  readonly #executions = new Map<string, Execution>();
  readonly #mapRuns: MapRunState[] = [];
  /** Whether the child of this number runs twice. */
  twice: ((index: number) => boolean) | undefined;
  /** Everything is over when these are. */
  readonly under: Promise<void>[] = [];

  /** @param s3 a client that may do everything. */
  constructor(s3: S3Client, account: () => Account, invoke: Invoke) {
    this.#s3 = s3;
    this.#account = account;
    this.#invoke = invoke;
  }

  start(machine: Machine, name: string, input: string): { executionArn: string; startDate: Date } {
    const executionArn = arn('states', REGION, `execution:${machine.name}:${name}`);
    if (this.#executions.has(executionArn)) throw new AwsError('ExecutionAlreadyExists', `Already: '${executionArn}'`);
    const stateMachineArn = arn('states', REGION, `stateMachine:${machine.name}`);
    const startDate = new Date();
    const execution: Execution = { executionArn, stateMachineArn, name, status: 'RUNNING', startDate, input };
    this.#executions.set(executionArn, execution);
    this.under.push(this.#run(machine, execution));
    return { executionArn, startDate };
  }

  stop(executionArn: string): { stopDate: Date } {
    const execution = this.#find(executionArn);
    const stopDate = new Date();
    Object.assign(execution, { status: 'ABORTED', stopDate });
    return { stopDate };
  }

  /** Of all executions. */
  statuses(): Execution['status'][] {
    return [...this.#executions.values()].map(({ status }) => status);
  }

  describe(executionArn: string): object {
    return { ...this.#find(executionArn), inputDetails: { included: true }, outputDetails: { included: true } };
  }

  mapRuns(executionArn: string): object[] {
    return this.#mapRuns
      .filter((run) => run.executionArn === executionArn)
      .map((run) => ({
        ...{ executionArn, mapRunArn: run.mapRunArn, startDate: run.startDate },
        stateMachineArn: run.mapRunArn.replace(':mapRun:', ':stateMachine:').replace(/:[^:]+$/, ''),
      }));
  }

  mapRun(mapRunArn: string): object {
    const run = this.#mapRuns.find((one) => one.mapRunArn === mapRunArn);
    if (!run) throw new AwsError('ResourceNotFound', `Map Run Does Not Exist: '${mapRunArn}'`);
    return { ...run, toleratedFailurePercentage: 100, toleratedFailureCount: 0 };
  }

  #find(executionArn: string): Execution {
    const found = this.#executions.get(executionArn);
    if (found) return found;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }

  async #run(machine: Machine, execution: Execution): Promise<void> {
    const require = (need: Need, error: string): void => {
      const role = Object.values(this.#account().roles).find((one) => roleArn(one) === machine.role);
      const may = Object.values(role?.policies ?? {}).some((text) => allows(readPolicy(text), need));
      if (!may)
        throw new StatesError(
          error,
          `${machine.role} is not authorized to perform: ${need.action} on ${need.resource}`,
        );
    };
    const task: World['task'] = async (resource, parameters) => this.#task(resource, parameters, require);
    const world: World = {
      task,
      map: (state, input, context) =>
        mapRun(state, input, context, {
          ...{ s3: this.#s3, require, task, executionArn: execution.executionArn },
          ...{ machineArn: execution.stateMachineArn, twice: this.twice },
          begun: (run) => void this.#mapRuns.push(run),
        }),
    };
    const context: Fields = { Execution: { Id: execution.executionArn, StartTime: execution.startDate.toISOString() } };
    let end: Partial<Execution>;
    try {
      const text = JSON.parse(machine.definition) as StatesText;
      const output = await interpret(text, JSON.parse(execution.input) as Json, context, world);
      end = { status: 'SUCCEEDED', output: JSON.stringify(output) };
    } catch (error) {
      const failure =
        error instanceof StatesError ? error : new StatesError('the interpreter', String((error as Error).stack));
      end = { status: 'FAILED', error: failure.error, cause: failure.message };
    }
    if (execution.status === 'RUNNING') Object.assign(execution, end, { stopDate: new Date() });
  }

  async #task(resource: string, parameters: Fields, require: (need: Need, error: string) => void): Promise<Json> {
    if (resource === 'lambda:invoke') {
      const { FunctionName, Payload } = parameters;
      require({ action: 'lambda:InvokeFunction', resource: String(FunctionName) }, 'Lambda.AWSLambdaException');
      // What goes through the wire is JSON.
      const answer = await this.#invoke(JSON.parse(JSON.stringify(Payload)) as Json);
      if ('error' in answer) throw new StatesError(answer.error, answer.cause);
      return {
        ExecutedVersion: '1',
        Payload: answer.payload,
        StatusCode: 200,
        SdkResponseMetadata: { RequestId: newRunId() },
      };
    }
    if (resource === 'aws-sdk:s3:deleteObject') {
      const { Bucket, Key } = parameters as Record<string, string>;
      require({ action: 's3:DeleteObject', resource: `arn:aws:s3:::${Bucket}/${Key}` }, 'S3.S3Exception');
      await this.#s3.send(new DeleteObjectCommand({ Bucket, Key }));
      return {};
    }
    throw new Error(`the interpreter knows no task ${resource}`);
  }
}
