// A client that is not ours judges the tests' AWS: Debian's AWS CLI makes a whole deployment, and gets AWS's refusals.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../helpers.ts';
import { document, PULL, ROLE, TRUST } from './clients.ts';
import { aws, describeWithAws, startAws } from './helpers.ts';
import { push, type TinyImage, tinyImage } from './images.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER } from './settings.ts';
import type { Storage } from './storage.ts';

function token(service: AwsService): Promise<string> {
  return aws(service, ['ecr', 'get-authorization-token']).then(
    ({ json }) => (json.authorizationData as { authorizationToken: string }[])[0]?.authorizationToken ?? '',
  );
}

/** Makes, by the CLI, a role and a repository with one image, from which Lambda may pull. */
async function prepare(service: AwsService, image: TinyImage = tinyImage({ content: 'one' })): Promise<string> {
  const [made] = await Promise.all([
    aws(service, ['ecr', 'create-repository', '--repository-name', 'faces', '--image-tag-mutability', 'IMMUTABLE']),
    aws(service, ['iam', 'create-role', '--role-name', 'runs', '--assume-role-policy-document', TRUST]),
  ]);
  const { repositoryUri } = made.json.repository as { repositoryUri: string };
  const policy = ['--repository-name', 'faces', '--policy-text', PULL];
  const [password] = await Promise.all([token(service), aws(service, ['ecr', 'set-repository-policy', ...policy])]);
  const target = { host: service.registryHost, token: password, repository: 'faces', tag: 'one' };
  expect(await push(image, target)).toMatchObject({ status: 201 });
  return `${repositoryUri}@${image.manifest.digest}`;
}

const create = (uri: string, ...more: string[]): string[] => [
  ...['lambda', 'create-function', '--function-name', 'sees', '--package-type', 'Image'],
  ...['--role', ROLE, '--code', `ImageUri=${uri}`, ...more],
];

describeWithAws("the tests' AWS", (storage: () => Storage) => {
  test('lets the AWS CLI make a whole deployment and delete it again', { timeout: 240_000 }, async () => {
    const service = await startAws(storage(), {
      temper: { pendingMs: 500 }, // longer than a busy machine takes to write the answer that says Pending
      run: async ({ payload }) => ({ kind: 'response', text: `{"got":${payload}}`, ms: 12.3, initMs: 100 }),
    });
    const run = async (...words: string[]): Promise<Record<string, unknown>> => {
      const { exitCode, json, stderr } = await aws(service, words);
      expect(stderr, words.join(' ')).toBe('');
      expect(exitCode).toBe(0);
      return json;
    };
    expect(await run('sts', 'get-caller-identity')).toMatchObject({ Account: '123456789012', Arn: DEPLOYER.arn });
    const uri = await prepare(service);
    expect(await run('ecr', 'describe-images', '--repository-name', 'faces')).toMatchObject({
      imageDetails: [{ imageDigest: uri.split('@')[1], imageTags: ['one'] }],
    });
    const logging = document({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' });
    await run('iam', 'put-role-policy', '--role-name', 'runs', '--policy-name', 'logs', '--policy-document', logging);
    // Documents travel encoded; the CLI decodes them.
    expect(await run('iam', 'get-role', '--role-name', 'runs')).toMatchObject({
      Role: { Arn: ROLE, AssumeRolePolicyDocument: JSON.parse(TRUST) },
    });
    await run('logs', 'create-log-group', '--log-group-name', '/aws/lambda/sees', '--tags', 'a=b');
    await run('logs', 'put-retention-policy', '--log-group-name', '/aws/lambda/sees', '--retention-in-days', '14');
    expect(await run('logs', 'describe-log-groups', '--log-group-name-prefix', '/aws/lambda/')).toMatchObject({
      logGroups: [{ logGroupName: '/aws/lambda/sees', retentionInDays: 14 }],
    });
    expect(await run(...create(uri, '--tags', 'a=b', '--memory-size', '512'))).toMatchObject({ State: 'Pending' });
    await run('lambda', 'wait', 'function-active-v2', '--function-name', 'sees');
    expect(await run('lambda', 'get-function', '--function-name', 'sees')).toMatchObject({
      Configuration: { State: 'Active', LastUpdateStatus: 'Successful', MemorySize: 512, PackageType: 'Image' },
      Code: { ImageUri: uri, ResolvedImageUri: uri },
      Tags: { a: 'b' },
    });
    expect(await run('lambda', 'publish-version', '--function-name', 'sees')).toMatchObject({ Version: '1' });
    expect(await run('lambda', 'publish-version', '--function-name', 'sees')).toMatchObject({ Version: '1' });
    const alias = ['--function-name', 'sees', '--name', 'live', '--function-version', '1'];
    expect(await run('lambda', 'create-alias', ...alias)).toMatchObject({ FunctionVersion: '1' });
    const out = join(await scratchFolder(), 'answer.json');
    writeFileSync(`${out}.in`, '{"a":1}');
    const invoke = ['--function-name', 'sees', '--qualifier', 'live', '--log-type', 'Tail'];
    const invoked = await run('lambda', 'invoke', ...invoke, '--payload', `fileb://${out}.in`, out);
    expect(invoked).toMatchObject({ StatusCode: 200, ExecutedVersion: '1' });
    expect(Buffer.from(invoked.LogResult as string, 'base64').toString()).toMatch(
      /^START .*\nEND .*\nREPORT RequestId: \S+\tDuration: 12\.30 ms\tBilled Duration: 113 ms\tMemory Size: 512 MB\tMax Memory Used: 64 MB\tInit Duration: 100\.00 ms\t\n$/,
    );
    await run('lambda', 'delete-function', '--function-name', 'sees');
    await run('logs', 'delete-log-group', '--log-group-name', '/aws/lambda/sees');
    await run('iam', 'delete-role-policy', '--role-name', 'runs', '--policy-name', 'logs');
    await run('iam', 'delete-role', '--role-name', 'runs');
    await run('ecr', 'delete-repository', '--repository-name', 'faces', '--force');
    expect(service.account).toEqual({ machines: {}, repositories: {}, roles: {}, functions: {}, logGroups: {} });
  });

  test("refuses the AWS CLI what AWS refuses, in AWS's words", { timeout: 240_000 }, async () => {
    const service = await startAws(storage(), { temper: { roleMs: 60_000, pendingMs: 0, updateMs: 60_000 } });
    const refusal = async (words: string[], env: Record<string, string> = {}): Promise<string> => {
      const { exitCode, stderr } = await aws(service, words, env);
      expect(exitCode, stderr).toBe(254);
      return stderr.replace(
        /^An error occurred \((\w+)\) when calling the \w+ operation( \(reached max retries: 0\))?: /,
        '$1: ',
      );
    };
    const uri = await prepare(service);
    expect(await refusal(create(uri))).toMatch(
      /^InvalidParameterValueException: The role .* cannot be assumed by Lambda/,
    );
    for (const role of Object.values(service.account.roles)) role.createdAt = 0;
    await aws(service, create(uri));
    const configure = ['lambda', 'update-function-configuration', '--function-name', 'sees', '--memory-size'];
    await aws(service, [...configure, '256']);
    expect(await refusal([...configure, '512'])).toMatch(/^ResourceConflictException: .*An update is in progress/);
    expect(await refusal(['ecr', 'create-repository', '--repository-name', 'Faces'])).toMatch(
      /^InvalidParameterException: 1 validation error detected: Value 'Faces' at 'repositoryName'/,
    );
    expect(await refusal(['iam', 'get-role', '--role-name', 'nobody'])).toMatch(/^NoSuchEntity: /);
    const wrong = { AWS_SECRET_ACCESS_KEY: 'wrong' };
    expect(await refusal(['iam', 'get-role', '--role-name', 'runs'], wrong)).toMatch(/^SignatureDoesNotMatch: /);
    expect(await refusal(['lambda', 'list-functions'], wrong)).toMatch(/^InvalidSignatureException: /);
    service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement: [] } };
    expect(await refusal(['logs', 'create-log-group', '--log-group-name', '/aws/lambda/sees'])).toBe(
      `AccessDeniedException: User: ${DEPLOYER.arn} is not authorized to perform: logs:CreateLogGroup on resource: arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/sees:log-stream: because no identity-based policy allows the logs:CreateLogGroup action`,
    );
    const old = { ...DEPLOYER, accessKeyId: 'ASIAEXPIRED', sessionToken: 'old', expires: Date.now() - 1 };
    service.people.push(old);
    const expired = { AWS_ACCESS_KEY_ID: old.accessKeyId, AWS_SESSION_TOKEN: old.sessionToken };
    expect(await refusal(['ecr', 'describe-repositories'], expired)).toMatch(/^ExpiredTokenException: /);
  });
});
