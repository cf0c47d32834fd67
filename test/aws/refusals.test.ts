// The tests' AWS judges strictly who calls, with what, and by what right. AWS's own SDK gets AWS's own words.

import { CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import {
  AT_ONCE,
  type Clients,
  connect,
  createFunction,
  createRepository,
  document,
  PULL,
  prepare,
  pushRecipe,
  REPOSITORY,
  ROLE,
  refusal,
  Version,
} from './clients.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { push, tinyImage } from './images.ts';
import { model } from './model.ts';
import type { Statement } from './policy.ts';
import { DEPLOYER, type Settings } from './settings.ts';
import { validate } from './validate.ts';

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

  test('denies what the policy does not allow: by action, by resource, and by the service that gets a role', async () => {
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

  test('refuses a registry password that it did not issue', async () => {
    const clients = await open();
    await clients.ecr.send(createRepository());
    const token = Buffer.from('AWS:guess').toString('base64');
    const target = { host: clients.service.registryHost, token, repository: REPOSITORY, tag: 'one' };
    expect(await push(tinyImage({ content: 'one' }), target)).toMatchObject({ status: 401 });
  });

  test('refuses documents that are not policies', async () => {
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
