// What the live test asks AWS itself, without the product: many invocations at once, and what is left of a stage.
import { setMaxListeners } from 'node:events';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { FUNCTIONS, type LambdaArchitecture, namesOf } from '../../deploy/names.ts';
import { proxyAgents } from '../../deploy/proxy.ts';
import { retry } from '../../deploy/wait.ts';
import { type Charge, readReport } from '../../tools/remote/cost.ts';

/** The profile; by default the SDK's choice. */
export interface Connection {
  region?: string | undefined;
  profile?: string | undefined;
}

export interface Target extends Connection {
  /** A function's ARN. */
  arn: string;
  /** Its alias. */
  alias: string;
  architecture: LambdaArchitecture;
}

export interface Called {
  answer: { face_present?: string; errorType?: string; errorMessage?: string };
  charge: Charge | undefined;
  /** How often the call was refused or broken before. */
  retries: number;
  ms: number;
}

/**
 * A new account runs 10 calls at a time and refuses more. Refused calls are sent again for this long. The SDK's own
 * retries share an allowance for each client, which 50 calls use up (seen on an emulator that runs 4).
 */
const THROTTLED_MS = 300_000;
/** The limit of one try of a call: a little more than twice deploy's --timeout. */
const CALL_MS = 120_000;
/** The limit of any other question. */
const ANSWER_MS = 30_000;

/** Sends all events at the same moment. Gives the answers in the events' order. @throws the SDK's errors. */
export async function invokeAtOnce(events: readonly object[], target: Target, signal: AbortSignal): Promise<Called[]> {
  setMaxListeners(2 * events.length, signal);
  const client = new lambda.LambdaClient({
    ...known(target),
    maxAttempts: 1,
    // By default Node opens at most 50 connections.
    requestHandler: { requestTimeout: CALL_MS, httpsAgent: { maxSockets: events.length }, ...proxyAgents() },
  });
  const send = (event: object): Promise<lambda.InvokeCommandOutput> => {
    const { arn: FunctionName, alias: Qualifier } = target;
    const Payload = Buffer.from(JSON.stringify(event));
    const command = new lambda.InvokeCommand({ FunctionName, Qualifier, Payload, LogType: 'Tail' });
    return client.send(command, { abortSignal: signal });
  };
  const invoke = async (event: object): Promise<Called> => {
    const startMs = performance.now();
    let tries = 0;
    const work = (): Promise<lambda.InvokeCommandOutput> => {
      tries += 1;
      return send(event);
    };
    const { LogResult, Payload } = await retry(work, { isPassing, limitMs: THROTTLED_MS, signal });
    return {
      answer: JSON.parse(Buffer.from(Payload ?? []).toString('utf8')),
      charge: readReport(Buffer.from(LogResult ?? '', 'base64').toString('utf8'), target.architecture),
      retries: tries - 1,
      ms: performance.now() - startMs,
    };
  };
  try {
    return await Promise.all(events.map(invoke));
  } finally {
    client.destroy();
  }
}

/** Whether there were too many calls, AWS failed, or the connection broke. */
function isPassing(failure: unknown): boolean {
  const { name, $metadata } = failure as Error & { $metadata?: { httpStatusCode?: number } };
  return name === 'TooManyRequestsException' || ($metadata?.httpStatusCode ?? 500) >= 500;
}

/** Everything of a stage that is there, by its ARN or name. Asks AWS for each thing and reads no record. @throws the SDK's errors. */
export async function leftOf(stage: string, connection: Connection): Promise<string[]> {
  const settings = { ...known(connection), requestHandler: { requestTimeout: ANSWER_MS, ...proxyAgents() } };
  const clients = {
    ecr: new ecr.ECRClient(settings),
    iam: new iam.IAMClient(settings),
    lambda: new lambda.LambdaClient(settings),
    logs: new logs.CloudWatchLogsClient(settings),
  };
  try {
    const names = namesOf(await clients.lambda.config.region(), stage);
    const functions = FUNCTIONS.map((one) => names.functions[one]);
    const found = await Promise.all([
      ...functions.map(async (FunctionName) => {
        const command = new lambda.GetFunctionConfigurationCommand({ FunctionName });
        return there(`function ${FunctionName}`, clients.lambda.send(command));
      }),
      ...FUNCTIONS.map(async (one) => {
        const command = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: names.logGroups[one] });
        const { logGroups = [] } = await clients.logs.send(command);
        return logGroups.map(({ logGroupName }) => `log group ${logGroupName}`);
      }),
      there(`role ${names.role}`, clients.iam.send(new iam.GetRoleCommand({ RoleName: names.role }))),
      there(
        `repository ${names.repository}`,
        clients.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [names.repository] })),
      ),
    ]);
    return found.flat();
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

async function there(what: string, question: Promise<unknown>): Promise<string[]> {
  try {
    await question;
    return [what];
  } catch (error) {
    if (/NotFound|NoSuchEntity/.test((error as Error).name)) return [];
    throw error;
  }
}

function known({ region, profile }: Connection): { region?: string; profile?: string } {
  return { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) };
}
