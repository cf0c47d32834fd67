// AWS as the deployer sees it: every call it makes, as one thin method each. The only file here with the SDK.
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as sts from '@aws-sdk/client-sts';
import { AwsError, DeployError, NO_ANSWER, PROXY_REFUSAL } from '../failure.ts';
import { proxyAgents } from '../proxy.ts';

export type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda';

const CONNECT_MS = 5_000;
/** Silence on a connection that ends a call. */
const SILENCE_MS = 60_000;
/** Lambda's own limit on a synchronous call. */
const INVOKE_SILENCE_MS = 905_000;
/** Tries of a call that AWS throttles: about 25 s in all. AWS_MAX_ATTEMPTS says otherwise. */
const MAX_ATTEMPTS = 8;

export interface Connection {
  region?: string | undefined;
  profile?: string | undefined;
}

/** Tags as Lambda, ECR and the logs have them: a map; IAM's and ECR's lists are turned into it here. */
export type Tags = Record<string, string>;

const toList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const fromList = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** Calls throw AwsError. Readers give undefined for what does not exist. */
export type Aws = ReturnType<typeof bind>;

/**
 * Opens AWS with the SDK's standard settings: environment, shared files, AWS_ENDPOINT_URL; and with the environment's
 * proxies. Calls nothing yet.
 *
 * @throws DeployError when no Region is set, or a proxy is no address.
 */
export async function connect({ region, profile }: Connection): Promise<Aws> {
  const attempts = process.env.AWS_MAX_ATTEMPTS ? {} : { maxAttempts: MAX_ATTEMPTS };
  const handler = { connectionTimeout: CONNECT_MS, ...proxyAgents() };
  const settings = {
    ...attempts,
    // In 'adaptive' mode one throttled call costs several seconds: 29 s for five of them, 9 s in this mode.
    retryMode: 'standard',
    requestHandler: { ...handler, socketTimeout: SILENCE_MS },
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
  const invoking = { ...settings, requestHandler: { ...handler, socketTimeout: INVOKE_SILENCE_MS } };
  const clients = {
    ecr: new ecr.ECRClient(settings),
    iam: new iam.IAMClient(settings),
    invoker: new lambda.LambdaClient(invoking),
    lambda: new lambda.LambdaClient(settings),
    logs: new logs.CloudWatchLogsClient(settings),
    sts: new sts.STSClient(settings),
  };
  let found: string;
  try {
    found = await clients.lambda.config.region();
  } catch {
    throw new DeployError('no AWS Region is set: give --region, or set AWS_REGION or the region of the profile');
  }
  return bind(clients, found);
}

interface Sender<Command> {
  send(command: Command): Promise<unknown>;
}

/** Sends a command. `Output` is what the SDK's own type of the command says. */
async function call<Output>(client: Sender<never>, service: string, command: object): Promise<Output> {
  try {
    return (await client.send(command as never)) as Output;
  } catch (cause) {
    const error = cause as Error & { code?: string; errors?: (Error & { code?: string })[] };
    // A name that resolves to several addresses fails with one error a try, and a message only there.
    const inner = error.errors?.[0] ?? error;
    const network = inner.code !== undefined && /^E[A-Z_]+$/.test(inner.code) ? inner.code : undefined;
    const action = `${service}:${command.constructor.name.replace(/Command$/, '')}`;
    const { $response: answer } = error as { $response?: { statusCode?: number } };
    const status =
      answer?.statusCode ?? (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 407) throw new AwsError(PROXY_REFUSAL, action, new Error(`HTTP ${status}`, { cause }));
    // The SDK could not read it: a page of HTML, say.
    if (error instanceof SyntaxError && status !== undefined) {
      throw new AwsError(NO_ANSWER, action, new Error(`HTTP ${status} and no JSON`, { cause }));
    }
    throw new AwsError(network ?? error.name, action, inner);
  }
}

/** The answer, or undefined when AWS says that there is no such thing. */
async function maybe<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsError && /NotFound|NoSuchEntity/.test(error.code)) return undefined;
    throw error;
  }
}

interface Clients {
  ecr: ecr.ECRClient;
  iam: iam.IAMClient;
  invoker: lambda.LambdaClient;
  lambda: lambda.LambdaClient;
  logs: logs.CloudWatchLogsClient;
  sts: sts.STSClient;
}

function bind(clients: Clients, region: string) {
  return {
    region,
    close: () => Object.values(clients).forEach((client) => void client.destroy()),
    identity: () => call<sts.GetCallerIdentityCommandOutput>(clients.sts, 'sts', new sts.GetCallerIdentityCommand({})),
    ...bindEcr(clients.ecr),
    ...bindIam(clients.iam),
    ...bindLogs(clients.logs),
    ...bindLambda(clients.lambda, clients.invoker),
  };
}

function bindEcr(client: ecr.ECRClient) {
  const send = <Output>(command: object): Promise<Output> => call(client, 'ecr', command);
  return {
    /** The value of an `Authorization: Basic` header for the registry. */
    registryToken: async (): Promise<string> => {
      const answer = await send<ecr.GetAuthorizationTokenCommandOutput>(new ecr.GetAuthorizationTokenCommand({}));
      return answer.authorizationData?.[0]?.authorizationToken ?? '';
    },
    repository: async (name: string): Promise<ecr.Repository | undefined> => {
      const command = new ecr.DescribeRepositoriesCommand({ repositoryNames: [name] });
      return (await maybe(send<ecr.DescribeRepositoriesCommandOutput>(command)))?.repositories?.[0];
    },
    repositoryTags: async (arn: string): Promise<Tags> =>
      fromList(
        (await send<ecr.ListTagsForResourceCommandOutput>(new ecr.ListTagsForResourceCommand({ resourceArn: arn })))
          .tags,
      ),
    lifecyclePolicy: async (repositoryName: string): Promise<string | undefined> => {
      const command = new ecr.GetLifecyclePolicyCommand({ repositoryName });
      return (await maybe(send<ecr.GetLifecyclePolicyCommandOutput>(command)))?.lifecyclePolicyText;
    },
    repositoryPolicy: async (repositoryName: string): Promise<string | undefined> => {
      const command = new ecr.GetRepositoryPolicyCommand({ repositoryName });
      return (await maybe(send<ecr.GetRepositoryPolicyCommandOutput>(command)))?.policyText;
    },
    createRepository: (input: { name: string; tags: Tags }) =>
      send<ecr.CreateRepositoryCommandOutput>(
        new ecr.CreateRepositoryCommand({
          repositoryName: input.name,
          imageTagMutability: 'IMMUTABLE',
          imageScanningConfiguration: { scanOnPush: true },
          tags: toList(input.tags),
        }),
      ),
    scanOnPush: (repositoryName: string) =>
      send(
        new ecr.PutImageScanningConfigurationCommand({
          repositoryName,
          imageScanningConfiguration: { scanOnPush: true },
        }),
      ),
    makeTagsImmutable: (repositoryName: string) =>
      send(new ecr.PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' })),
    putLifecyclePolicy: (repositoryName: string, lifecyclePolicyText: string) =>
      send(new ecr.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText })),
    setRepositoryPolicy: (repositoryName: string, policyText: string) =>
      send(new ecr.SetRepositoryPolicyCommand({ repositoryName, policyText })),
    tagRepository: (resourceArn: string, tags: Tags) =>
      send(new ecr.TagResourceCommand({ resourceArn, tags: toList(tags) })),
    untagRepository: (resourceArn: string, tagKeys: string[]) =>
      send(new ecr.UntagResourceCommand({ resourceArn, tagKeys })),
    /** All tags of images in the repository. */
    imageTags: async (repositoryName: string): Promise<string[]> => {
      const found: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = { maxResults: 1000, ...(nextToken ? { nextToken } : {}) };
        const command = new ecr.ListImagesCommand({ repositoryName, filter: { tagStatus: 'TAGGED' }, ...page });
        const answer = await send<ecr.ListImagesCommandOutput>(command);
        found.push(...(answer.imageIds ?? []).flatMap(({ imageTag }) => imageTag ?? []));
        nextToken = answer.nextToken;
      } while (nextToken);
      return found;
    },
    /** Takes tags off images; an image without any is gone. Those that are not there are no error. */
    removeImageTags: (repositoryName: string, tags: readonly string[]) =>
      send(new ecr.BatchDeleteImageCommand({ repositoryName, imageIds: tags.map((imageTag) => ({ imageTag })) })),
    /** With every image in it. */
    deleteRepository: (repositoryName: string) =>
      maybe(send(new ecr.DeleteRepositoryCommand({ repositoryName, force: true }))),
  };
}

function bindIam(client: iam.IAMClient) {
  const send = <Output>(command: object): Promise<Output> => call(client, 'iam', command);
  return {
    role: async (RoleName: string) => {
      const role = (await maybe(send<iam.GetRoleCommandOutput>(new iam.GetRoleCommand({ RoleName }))))?.Role;
      if (!role) return undefined;
      return {
        arn: role.Arn ?? '',
        trust: decoded(role.AssumeRolePolicyDocument),
        tags: fromList(role.Tags),
        boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
      };
    },
    rolePolicy: async (RoleName: string, PolicyName: string): Promise<string | undefined> => {
      const command = new iam.GetRolePolicyCommand({ RoleName, PolicyName });
      const answer = await maybe(send<iam.GetRolePolicyCommandOutput>(command));
      return answer && decoded(answer.PolicyDocument);
    },
    createRole: async (input: { name: string; trust: string; tags: Tags; boundary?: string | undefined }) =>
      send<iam.CreateRoleCommandOutput>(
        new iam.CreateRoleCommand({
          RoleName: input.name,
          AssumeRolePolicyDocument: input.trust,
          Description: 'What the functions of serverless-face-recognition run as: they may write their logs',
          Tags: toList(input.tags),
          ...(input.boundary === undefined ? {} : { PermissionsBoundary: input.boundary }),
        }),
      ),
    putRoleBoundary: (RoleName: string, PermissionsBoundary: string) =>
      send(new iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary })),
    updateTrust: (RoleName: string, PolicyDocument: string) =>
      send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
    putRolePolicy: (RoleName: string, PolicyName: string, PolicyDocument: string) =>
      send(new iam.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
    tagRole: (RoleName: string, tags: Tags) => send(new iam.TagRoleCommand({ RoleName, Tags: toList(tags) })),
    untagRole: (RoleName: string, TagKeys: string[]) => send(new iam.UntagRoleCommand({ RoleName, TagKeys })),
    deleteRolePolicy: (RoleName: string, PolicyName: string) =>
      maybe(send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName }))),
    deleteRole: (RoleName: string) => maybe(send(new iam.DeleteRoleCommand({ RoleName }))),
  };
}

/** IAM writes its documents percent-encoded. */
function decoded(document: string | undefined): string {
  return decodeURIComponent(document ?? '');
}

function bindLogs(client: logs.CloudWatchLogsClient) {
  const send = <Output>(command: object): Promise<Output> => call(client, 'logs', command);
  return {
    logGroup: async (name: string) => {
      const command = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: name });
      // The exact name sorts before all that start with it, so it is on the first page.
      const answer = await send<logs.DescribeLogGroupsCommandOutput>(command);
      const group = answer.logGroups?.find(({ logGroupName }) => logGroupName === name);
      return group && { retentionDays: group.retentionInDays };
    },
    logGroupTags: async (resourceArn: string): Promise<Tags> =>
      (await send<logs.ListTagsForResourceCommandOutput>(new logs.ListTagsForResourceCommand({ resourceArn }))).tags ??
      {},
    createLogGroup: (logGroupName: string, tags: Tags) => send(new logs.CreateLogGroupCommand({ logGroupName, tags })),
    retainLogs: (logGroupName: string, retentionInDays: number) =>
      send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays })),
    tagLogGroup: (resourceArn: string, tags: Tags) => send(new logs.TagResourceCommand({ resourceArn, tags })),
    untagLogGroup: (resourceArn: string, tagKeys: string[]) =>
      send(new logs.UntagResourceCommand({ resourceArn, tagKeys })),
    deleteLogGroup: (logGroupName: string) => maybe(send(new logs.DeleteLogGroupCommand({ logGroupName }))),
  };
}

function bindLambda(client: lambda.LambdaClient, invoker: lambda.LambdaClient) {
  const send = <Output>(command: object): Promise<Output> => call(client, 'lambda', command);
  return {
    accountSettings: () => send<lambda.GetAccountSettingsCommandOutput>(new lambda.GetAccountSettingsCommand({})),
    getFunction: (FunctionName: string, Qualifier?: string) =>
      maybe(
        send<lambda.GetFunctionCommandOutput>(
          new lambda.GetFunctionCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) }),
        ),
      ),
    /** Of a version or an alias; of the unpublished code without one. */
    functionConfiguration: (FunctionName: string, Qualifier?: string) =>
      maybe(
        send<lambda.GetFunctionConfigurationCommandOutput>(
          new lambda.GetFunctionConfigurationCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) }),
        ),
      ),
    /** Numbers of the published versions, oldest first. */
    versions: async (FunctionName: string): Promise<string[]> => {
      const found: string[] = [];
      let Marker: string | undefined;
      do {
        const command = new lambda.ListVersionsByFunctionCommand({ FunctionName, ...(Marker ? { Marker } : {}) });
        const page = await send<lambda.ListVersionsByFunctionCommandOutput>(command);
        found.push(...(page.Versions ?? []).flatMap(({ Version = '' }) => (/^\d+$/.test(Version) ? [Version] : [])));
        Marker = page.NextMarker;
      } while (Marker);
      return found.sort((a, b) => Number(a) - Number(b));
    },
    createFunction: (input: lambda.CreateFunctionRequest) =>
      send<lambda.CreateFunctionCommandOutput>(new lambda.CreateFunctionCommand(input)),
    updateCode: (input: lambda.UpdateFunctionCodeRequest) =>
      send<lambda.UpdateFunctionCodeCommandOutput>(new lambda.UpdateFunctionCodeCommand(input)),
    updateConfiguration: (input: lambda.UpdateFunctionConfigurationRequest) =>
      send<lambda.UpdateFunctionConfigurationCommandOutput>(new lambda.UpdateFunctionConfigurationCommand(input)),
    publishVersion: async (FunctionName: string): Promise<string> =>
      (await send<lambda.PublishVersionCommandOutput>(new lambda.PublishVersionCommand({ FunctionName }))).Version ??
      '',
    createAlias: (FunctionName: string, Name: string, FunctionVersion: string) =>
      send(new lambda.CreateAliasCommand({ FunctionName, Name, FunctionVersion })),
    updateAlias: (FunctionName: string, Name: string, FunctionVersion: string) =>
      send(new lambda.UpdateAliasCommand({ FunctionName, Name, FunctionVersion })),
    tagFunction: (Resource: string, tags: Tags) => send(new lambda.TagResourceCommand({ Resource, Tags: tags })),
    untagFunction: (Resource: string, TagKeys: string[]) =>
      send(new lambda.UntagResourceCommand({ Resource, TagKeys })),
    /** One version, or everything: all versions and aliases. */
    deleteFunction: (FunctionName: string, Qualifier?: string) =>
      maybe(send(new lambda.DeleteFunctionCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) }))),
    /** Calls a function and waits for its answer, JSON as text. */
    invoke: async (FunctionName: string, event: object, Qualifier?: string) => {
      const Payload = Buffer.from(JSON.stringify(event));
      const command = new lambda.InvokeCommand({ FunctionName, Payload, ...(Qualifier ? { Qualifier } : {}) });
      const answer = await call<lambda.InvokeCommandOutput>(invoker, 'lambda', command);
      return { failed: answer.FunctionError !== undefined, text: Buffer.from(answer.Payload ?? []).toString('utf8') };
    },
  };
}
