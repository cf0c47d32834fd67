// AWS's SDK as a client of the tests' AWS: the calls that several tests make, and the text of a refusal.
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { push, type Recipe, tinyImage } from './images.ts';
import type { Statement } from './policy.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER, REGION } from './settings.ts';

export const REPOSITORY = 'faces';
export const ROLE = 'arn:aws:iam::123456789012:role/runs';
export const Version = '2012-10-17';

export function document(...statements: Statement[]): string {
  return JSON.stringify({ Version, Statement: statements });
}

export const TRUST = document({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
});
export const PULL = document({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
});

export interface Clients {
  service: AwsService;
  ecr: ecr.ECRClient;
  iam: iam.IAMClient;
  lambda: lambda.LambdaClient;
  logs: CloudWatchLogsClient;
  sts: STSClient;
}

export function connect(service: AwsService, credentials: object = {}): Clients {
  const { accessKeyId, secretAccessKey } = DEPLOYER;
  const settings = {
    region: REGION,
    endpoint: service.url,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...credentials },
  };
  return {
    service,
    ecr: new ecr.ECRClient(settings),
    iam: new iam.IAMClient(settings),
    lambda: new lambda.LambdaClient(settings),
    logs: new CloudWatchLogsClient(settings),
    sts: new STSClient(settings),
  };
}

/** `Name: message` of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  return 'no refusal';
}

export const createRepository = (
  imageTagMutability: ecr.ImageTagMutability = 'IMMUTABLE',
): ecr.CreateRepositoryCommand => new ecr.CreateRepositoryCommand({ repositoryName: REPOSITORY, imageTagMutability });

const createRole = (): iam.CreateRoleCommand =>
  new iam.CreateRoleCommand({ RoleName: 'runs', AssumeRolePolicyDocument: TRUST });

export async function pushRecipe({ ecr: client, service }: Clients, recipe: Recipe, tag: string) {
  const { authorizationData } = await client.send(new ecr.GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken ?? '';
  const image = tinyImage(recipe);
  const answer = await push(image, { host: service.registryHost, token, repository: REPOSITORY, tag });
  return { ...answer, uri: `${service.registryHost}/${REPOSITORY}@${image.manifest.digest}` };
}

/** Makes a role and a repository with an image that Lambda may pull. */
export async function prepare(clients: Clients, recipe: Recipe = { content: 'one' }): Promise<string> {
  await clients.ecr.send(createRepository());
  await clients.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: REPOSITORY, policyText: PULL }));
  const { status, uri } = await pushRecipe(clients, recipe, 'one');
  expect(status).toBe(201);
  await clients.iam.send(createRole());
  return uri;
}

export const createFunction = (ImageUri: string, more: object = {}): lambda.CreateFunctionCommand =>
  new lambda.CreateFunctionCommand({
    FunctionName: 'sees',
    PackageType: 'Image',
    Role: ROLE,
    Code: { ImageUri },
    ...more,
  });

export const configure = (MemorySize: number): lambda.UpdateFunctionConfigurationCommand =>
  new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'sees', MemorySize });

export const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };
export const soon = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
