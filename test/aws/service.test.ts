// The tests' AWS keeps the rules of ECR and Lambda: what cannot be pushed, made, changed or deleted, and when.

import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import {
  AT_ONCE,
  type Clients,
  configure,
  connect,
  createFunction,
  createRepository,
  document,
  prepare,
  pushRecipe,
  REPOSITORY,
  refusal,
  soon,
} from './clients.ts';
import { describeWithAws, startAws } from './helpers.ts';
import type { Settings } from './settings.ts';

describeWithAws("the tests' AWS", (storage) => {
  async function open(settings: Omit<Settings, 'storage'> = {}): Promise<Clients> {
    return connect(await startAws(storage(), settings));
  }

  test('does not move an immutable tag, and does not know a repository that was not made', async () => {
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

  test('makes a role, a function and a change ready only after their time', async () => {
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

  test('fails a function when a test says so, and a snapshot of an image that does not allow one', async () => {
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

  test('does not delete what is in use: a version with an alias, a role with a policy', async () => {
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
});
