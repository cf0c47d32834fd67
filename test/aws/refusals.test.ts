// The tests' AWS is a strict judge: what it refuses to AWS's own SDK, and in which words.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { describeWithAws, startAws } from './helpers.ts';
import { push, type Recipe, tinyImage } from './images.ts';
import { model } from './model.ts';
import type { Statement } from './policy.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER, REGION, type Settings } from './settings.ts';
import { validate } from './validate.ts';

const REPOSITORY = 'faces';
const ROLE = 'arn:aws:iam::123456789012:role/runs';
const Version = '2012-10-17';

function document(...statements: Statement[]): string {
  return JSON.stringify({ Version, Statement: statements });
}

const TRUST = document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });
const PULL = document({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
});

interface Clients {
  service: AwsService;
  ecr: ecr.ECRClient;
  iam: iam.IAMClient;
  lambda: lambda.LambdaClient;
  logs: CloudWatchLogsClient;
  sts: STSClient;
}

function connect(service: AwsService, credentials: object = {}): Clients {
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
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  return 'no refusal';
}

const createRepository = (imageTagMutability: ecr.ImageTagMutability = 'IMMUTABLE'): ecr.CreateRepositoryCommand =>
  new ecr.CreateRepositoryCommand({ repositoryName: REPOSITORY, imageTagMutability });

const createRole = (): iam.CreateRoleCommand =>
  new iam.CreateRoleCommand({ RoleName: 'runs', AssumeRolePolicyDocument: TRUST });

async function pushRecipe({ ecr: client, service }: Clients, recipe: Recipe, tag: string) {
  const { authorizationData } = await client.send(new ecr.GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken ?? '';
  const image = tinyImage(recipe);
  const answer = await push(image, { host: service.registryHost, token, repository: REPOSITORY, tag });
  return { ...answer, uri: `${service.registryHost}/${REPOSITORY}@${image.manifest.digest}` };
}

/** A repository with an image, which Lambda may pull, and a role. */
async function prepare(clients: Clients, recipe: Recipe = { content: 'one' }): Promise<string> {
  await clients.ecr.send(createRepository());
  await clients.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: REPOSITORY, policyText: PULL }));
  const { status, uri } = await pushRecipe(clients, recipe, 'one');
  expect(status).toBe(201);
  await clients.iam.send(createRole());
  return uri;
}

const createFunction = (ImageUri: string, more: object = {}): lambda.CreateFunctionCommand =>
  new lambda.CreateFunctionCommand({
    FunctionName: 'sees',
    PackageType: 'Image',
    Role: ROLE,
    Code: { ImageUri },
    ...more,
  });

const configure = (MemorySize: number): lambda.UpdateFunctionConfigurationCommand =>
  new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'sees', MemorySize });

const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };
const soon = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

describeWithAws("the tests' AWS", (storage) => {
  async function open(settings: Omit<Settings, 'storage'> = {}): Promise<Clients> {
    return connect(await startAws(storage(), settings));
  }

  test('refuses a wrong secret, an unknown key and an expired token in the words of each protocol', async () => {
    const { service } = await open();
    const expired = { ...DEPLOYER, accessKeyId: 'ASIAEXPIRED', sessionToken: 'old', expires: Date.now() - 1 };
    service.people.push(expired);
    const ask = ({ ecr: e, iam: i, lambda: l, logs: c, sts: s }: Clients): Promise<string[]> =>
      Promise.all(
        [
          e.send(new ecr.DescribeRepositoriesCommand({})),
          i.send(new iam.GetRoleCommand({ RoleName: 'runs' })),
          l.send(new lambda.GetAccountSettingsCommand({})),
          c.send(new CreateLogGroupCommand({ logGroupName: 'a' })),
          s.send(new GetCallerIdentityCommand({})),
        ].map(async (call) => (await refusal(call)).split(':')[0] ?? ''),
      );
    const [json, query] = ['InvalidSignatureException', 'SignatureDoesNotMatch'];
    expect(await ask(connect(service, { secretAccessKey: 'wrong' }))).toEqual([json, query, json, json, query]);
    const [key, id] = ['UnrecognizedClientException', 'InvalidClientTokenId'];
    expect(await ask(connect(service, { accessKeyId: 'AKIANOBODY' }))).toEqual([key, id, key, key, id]);
    const [old, token] = ['ExpiredTokenException', /^ExpiredToken(Exception)?$/];
    expect(await ask(connect(service, expired))).toEqual([
      old,
      expect.stringMatching(token),
      old,
      old,
      expect.stringMatching(token),
    ]);
    expect(service.writes()).toEqual([]);
  });

  test("refuses what AWS's models do not allow: patterns, ranges, enumerations, missing and unknown members", async () => {
    const { ecr: e, iam: i, lambda: l, logs: c } = await open();
    expect(await refusal(e.send(new ecr.CreateRepositoryCommand({ repositoryName: 'Faces' })))).toMatch(
      /^InvalidParameterException: 1 validation error detected: Value 'Faces' at 'repositoryName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    );
    expect(await refusal(i.send(new iam.GetRoleCommand({ RoleName: 'a b' })))).toMatch(
      /^ValidationError: 1 validation/,
    );
    const large = createFunction('image', { MemorySize: 20_000, Architectures: ['sparc'] });
    expect(await refusal(l.send(large))).toMatch(
      /^ValidationException: 2 validation errors .*'sparc' at 'Architectures.1.member'.*enum value set|^ValidationException: 2 validation errors .*less than or equal to 10240/,
    );
    expect(
      await refusal(c.send(new PutRetentionPolicyCommand({ logGroupName: 'a', retentionInDays: undefined }))),
    ).toMatch(/^InvalidParameterException: .*'retentionInDays' failed to satisfy constraint: Member must not be null/);
    const strange = { repositoryName: 'faces', colour: 'red', imageScanningConfiguration: { scanOnPull: true } };
    expect(() => validate(model('ecr'), 'CreateRepositoryRequest', strange)).toThrow(
      "2 validation errors detected: 'colour' is not a member of this structure; 'imageScanningConfiguration.scanOnPull' is not a member",
    );
  });

  test('denies what the policy does not allow, down to the resource and the service that a role is passed to', async () => {
    const clients = await open({ temper: AT_ONCE });
    const uri = await prepare(clients);
    const allow = (...statements: Statement[]): void => {
      clients.service.people[0] = { ...DEPLOYER, policy: { Version, Statement: statements } };
    };
    const create = { Effect: 'Allow', Action: 'lambda:CreateFunction', Resource: '*' } as const;
    const pass = { Effect: 'Allow', Action: 'iam:PassRole', Resource: ROLE } as const;
    const deny = (action: string, resource: string): string =>
      `User: ${DEPLOYER.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:sees';
    allow({ ...create, Resource: `${arn}s` });
    expect(await refusal(clients.lambda.send(createFunction(uri)))).toBe(
      `AccessDeniedException: ${deny('lambda:CreateFunction', arn)}`,
    );
    allow(create);
    expect(await refusal(clients.lambda.send(createFunction(uri)))).toContain(deny('iam:PassRole', ROLE));
    allow(create, { ...pass, Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } } });
    expect(await refusal(clients.lambda.send(createFunction(uri)))).toContain(deny('iam:PassRole', ROLE));
    allow(create, { ...pass, Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } });
    expect(await refusal(clients.lambda.send(createFunction(uri, { Tags: { a: 'b' } })))).toContain(
      deny('lambda:TagResource', arn),
    );
    await clients.lambda.send(createFunction(uri));
    expect(await refusal(clients.iam.send(new iam.DeleteRoleCommand({ RoleName: 'runs' })))).toBe(
      `AccessDenied: ${deny('iam:DeleteRole', ROLE)}`,
    );
    allow({ Effect: 'Allow', Action: 'ecr:Get*', Resource: '*' });
    const { status, text } = await pushRecipe(clients, { content: 'two' }, 'two');
    expect(status).toBe(403);
    const repository = `arn:aws:ecr:eu-west-1:123456789012:repository/${REPOSITORY}`;
    expect(JSON.parse(text).errors[0]).toEqual({
      code: 'DENIED',
      message: deny('ecr:InitiateLayerUpload', repository),
    });
  });

  test('keeps an immutable tag, and knows no repository that was not made', async () => {
    const clients = await open();
    expect(await pushRecipe(clients, { content: 'one' }, 'one')).toMatchObject({
      status: 404,
      text: expect.stringContaining('NAME_UNKNOWN'),
    });
    await prepare(clients);
    for (const content of ['one', 'two']) {
      const { status, text } = await pushRecipe(clients, { content }, 'one');
      expect(status).toBe(400);
      expect(JSON.parse(text).errors[0]).toEqual({
        code: 'TAG_INVALID',
        message: `The image tag 'one' already exists in the '${REPOSITORY}' repository and cannot be overwritten because the tag is immutable.`,
      });
    }
    expect(await refusal(clients.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: REPOSITORY })))).toMatch(
      /^RepositoryNotEmptyException: .*still contains images$/,
    );
    await clients.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: REPOSITORY, force: true }));
    // A new repository of the same name has nothing of the old one.
    await clients.ecr.send(createRepository('MUTABLE'));
    expect((await clients.ecr.send(new ecr.ListImagesCommand({ repositoryName: REPOSITORY }))).imageIds).toEqual([]);
    for (const content of ['one', 'two'])
      expect(await pushRecipe(clients, { content }, 'one')).toMatchObject({ status: 201 });
  });

  test('refuses a password of the registry that it did not give', async () => {
    const clients = await open();
    await clients.ecr.send(createRepository());
    const token = Buffer.from('AWS:guess').toString('base64');
    const target = { host: clients.service.registryHost, token, repository: REPOSITORY, tag: 'one' };
    expect(await push(tinyImage({ content: 'one' }), target)).toMatchObject({ status: 401 });
  });

  test('refuses images that Lambda cannot run', async () => {
    const clients = await open();
    const uri = await prepare(clients);
    const make = async (image: string, more: object = {}): Promise<string> =>
      refusal(clients.lambda.send(createFunction(image, more)));
    expect(await make(uri.replace(/.{4}$/, '0000'))).toMatch(/^InvalidParameterValueException: .*does not exist/);
    expect(await make('ghcr.io/faces:latest')).toMatch(/^InvalidParameterValueException: .*is not valid/);
    expect(await make(uri, { Architectures: ['arm64'] })).toMatch(/is of linux\/amd64, and the function of arm64$/);
    const index = await pushRecipe(clients, { content: 'two', index: true }, 'two');
    expect(await make(index.uri)).toMatch(/layer media type for the source image .* is not supported\.$/);
    await clients.ecr.send(new ecr.DeleteRepositoryPolicyCommand({ repositoryName: REPOSITORY }));
    expect(await make(uri)).toMatch(/^AccessDeniedException: Lambda does not have permission to access the ECR image/);
  });

  test('takes a role, a function and a change in its time, and nothing before', async () => {
    const clients = await open({ temper: { roleMs: 300, pendingMs: 300, updateMs: 300, maxMemory: 3008 } });
    const uri = await prepare(clients);
    expect(await refusal(clients.lambda.send(createFunction(uri)))).toBe(
      'InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.',
    );
    await soon(300);
    expect(await refusal(clients.lambda.send(createFunction(uri, { MemorySize: 4000 })))).toBe(
      "InvalidParameterValueException: 'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 3008",
    );
    expect(await clients.lambda.send(createFunction(uri))).toMatchObject({ State: 'Pending' });
    const invoke = new lambda.InvokeCommand({ FunctionName: 'sees', Payload: Buffer.from('{}') });
    for (const call of [clients.lambda.send(invoke), clients.lambda.send(configure(256))]) {
      expect(await refusal(call)).toMatch(/^ResourceConflictException: .*in the following state: Pending$/);
    }
    await soon(300);
    expect(await clients.lambda.send(configure(256))).toMatchObject({ LastUpdateStatus: 'InProgress' });
    const publish = new lambda.PublishVersionCommand({ FunctionName: 'sees' });
    for (const call of [clients.lambda.send(configure(512)), clients.lambda.send(publish)]) {
      expect(await refusal(call)).toMatch(/^ResourceConflictException: .*An update is in progress for resource: arn/);
    }
    await soon(300);
    expect(await clients.lambda.send(publish)).toMatchObject({ Version: '1', MemorySize: 256, State: 'Active' });
  });

  test('fails a function where told to, and a snapshot of an image that does not allow one', async () => {
    const failing = { name: 'fails', code: 'InvalidImage', reason: 'The image cannot be read.' };
    const clients = await open({ temper: { ...AT_ONCE, failing } });
    const uri = await prepare(clients, { content: 'one', snapStart: false });
    await clients.lambda.send(createFunction(uri, { FunctionName: 'fails' }));
    await clients.lambda.send(createFunction(uri, { SnapStart: { ApplyOn: 'PublishedVersions' } }));
    const get = (FunctionName: string, Qualifier?: string): Promise<object> =>
      clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
    expect(await get('fails')).toMatchObject({ State: 'Failed', StateReasonCode: 'InvalidImage' });
    await clients.lambda.send(new lambda.PublishVersionCommand({ FunctionName: 'sees' }));
    expect(await get('sees', '1')).toMatchObject({ State: 'Failed', SnapStart: { OptimizationStatus: 'Off' } });
  });

  test('keeps what is in use: a version of an alias, a role with a policy', async () => {
    const clients = await open({ temper: AT_ONCE });
    await clients.lambda.send(createFunction(await prepare(clients)));
    await clients.lambda.send(new lambda.PublishVersionCommand({ FunctionName: 'sees' }));
    const alias = { FunctionName: 'sees', Name: 'live', FunctionVersion: '1' };
    await clients.lambda.send(new lambda.CreateAliasCommand(alias));
    const remove = new lambda.DeleteFunctionCommand({ FunctionName: 'sees', Qualifier: '1' });
    expect(await refusal(clients.lambda.send(remove))).toMatch(/^ResourceConflictException: .*alias live$/);
    const PolicyDocument = document({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' });
    const policy = { RoleName: 'runs', PolicyName: 'logs' };
    await clients.iam.send(new iam.PutRolePolicyCommand({ ...policy, PolicyDocument }));
    expect(await refusal(clients.iam.send(new iam.DeleteRoleCommand(policy)))).toMatch(/^DeleteConflict/);
  });

  test('refuses policies that are none', async () => {
    const clients = await open();
    await prepare(clients);
    const put = (PolicyDocument: string): Promise<string> =>
      refusal(clients.iam.send(new iam.PutRolePolicyCommand({ RoleName: 'runs', PolicyName: 'p', PolicyDocument })));
    expect(await put('{')).toMatch(/^MalformedPolicyDocument(Exception)?: .*not JSON/);
    expect(await put(PULL)).toMatch(/^MalformedPolicyDocument/);
    expect(await put(document({ Effect: 'Allow', Action: 'everything', Resource: '*' }))).toContain('is no action');
    const rule = { rulePriority: 1, selection: { tagStatus: 'any', countType: 'sinceImagePushed' }, action: {} };
    const lifecyclePolicyText = JSON.stringify({ rules: [rule] });
    const lifecycle = new ecr.PutLifecyclePolicyCommand({ repositoryName: REPOSITORY, lifecyclePolicyText });
    expect(await refusal(clients.ecr.send(lifecycle))).toMatch(/^InvalidParameterException/);
  });
});
