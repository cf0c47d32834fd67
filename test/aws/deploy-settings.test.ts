// The settings of a deployment, on the tests' AWS: deploy changes and removes its own, and keeps what others set.
import { PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect, test, vi } from 'vitest';
import { FUNCTIONS } from '../../deploy/names.ts';
import type { FunctionVersion, PushedImage, Repository, Role } from './account.ts';
import { connect, document, refusal } from './clients.ts';
import { runDeployer } from './deployer.ts';
import { describeDeploying } from './deploying.ts';
import { expiredImages } from './lifecycle.ts';
import { DEPLOYER } from './settings.ts';

// A test is several deploys. Each is a process, which takes ten seconds or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const [TRAINER, RECOGNIZER] = ['prepare-face-recognizer', 'recognize_face'];
const ROLE = 'serverless-face-recognition-eu-west-1';

test('the rules of an ECR lifecycle expire the images that its user guide says', () => {
  const day = 24 * 3600 * 1000;
  const image = (digest: string, age: number, ...tags: string[]): PushedImage => {
    return { digest, tags, pushedAt: -age * day, mediaType: '', manifest: '', config: {}, bytes: 0 };
  };
  const rule = (rulePriority: number, prefix: string): object => ({
    rulePriority,
    selection: { tagStatus: 'tagged', tagPrefixList: [prefix], countType: 'imageCountMoreThan', countNumber: 1 },
    action: { type: 'expire' },
  });
  // "Examples of lifecycle policies in Amazon ECR", filtering by several rules, examples A and B.
  const a = [image('A', 10, 'beta-1', 'prod-1'), image('B', 9, 'beta-2', 'prod-2'), image('C', 8, 'beta-3')];
  expect(expiredImages(JSON.stringify({ rules: [rule(1, 'prod'), rule(2, 'beta')] }), a)).toEqual(['A']);
  const b = [
    image('A', 10, 'alpha-1', 'beta-1'),
    image('B', 9, 'beta-2', 'alpha-2'),
    image('C', 8, 'beta-3', 'alpha-3'),
  ];
  expect(expiredImages(JSON.stringify({ rules: [rule(1, 'alpha'), rule(2, 'beta')] }), b)).toEqual(['B', 'A']);
});

describeDeploying('npm run deploy', (own) => {
  const latest = (name = TRAINER): FunctionVersion =>
    own.service.account.functions[name as string]?.latest as FunctionVersion;
  const repository = (): Repository => Object.values(own.service.account.repositories)[0] as Repository;

  test('changes its own variables, and keeps what was set by hand', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout, '--env', 'MODE=a', '--env', 'OTHER=1', '--timeout', '10');
    const list = 'FR_TIMEOUT_MS,MODE,OTHER';
    expect(latest().environment).toEqual({ FR_TIMEOUT_MS: '8000', MODE: 'a', OTHER: '1', FR_SET_BY_DEPLOY: list });
    const { latest: byHand } = own.service.account.functions[TRAINER as string] ?? {};
    Object.assign(byHand?.environment ?? {}, { SECRET: 'x-y-z' });
    Object.assign(byHand ?? {}, { storage: 1024, tracing: 'Active' });
    const { stderr } = await own.run('up', '--images', layout, '--env', 'MODE=b');
    expect(latest().environment).toEqual({
      ...{ FR_TIMEOUT_MS: '58000', MODE: 'b', FR_SET_BY_DEPLOY: 'FR_TIMEOUT_MS,MODE', SECRET: 'x-y-z' },
    });
    expect(latest()).toMatchObject({ storage: 1024, tracing: 'Active' });
    expect(own.service.account.functions[TRAINER as string]?.versions.at(-1)).toMatchObject({ storage: 1024 });
    expect(stderr).toContain(
      'deploy: keeps what was set by hand on prepare-face-recognizer: the environment of SECRET, 1024 MB of /tmp, tracing',
    );
    expect(stderr).not.toContain('x-y-z');
  });

  test('makes a failed function anew with the settings made by hand', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    Object.assign(latest(), { storage: 1024, failure: { code: 'ImageDeleted', reason: 'gone' } });
    latest().environment.BY_HAND = 'yes';
    await own.run('up', '--images', layout);
    expect(latest()).toMatchObject({ storage: 1024, environment: { BY_HAND: 'yes', FR_TIMEOUT_MS: '58000' } });
    expect(latest().failure).toBeUndefined();
  });

  test('removes its own tags that are no longer given, and no others', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout, '--tags', 'team=faces,cost=1');
    const all = (): Record<string, string>[] => {
      const { functions, repositories, roles, logGroups } = own.service.account;
      return [functions, repositories, roles, logGroups].flatMap((each) => Object.values(each)).map(({ tags }) => tags);
    };
    expect(all()).toHaveLength(6);
    for (const tags of all()) Object.assign(tags, { theirs: 'stays' });
    await own.run('up', '--images', layout, '--tags', 'team=faces');
    const ours = { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'default' };
    for (const tags of all()) expect(tags).toEqual({ ...ours, 'fr:tags': 'team', team: 'faces', theirs: 'stays' });
    await own.run('up', '--images', layout);
    for (const tags of all()) expect(tags).toEqual({ ...ours, theirs: 'stays' });
    await own.run('up', '--images', layout);
    expect(own.service.writes()).toEqual([]);
  });

  test('gives the role the boundary that the printed policy demands, with that policy', async () => {
    await own.open();
    const boundary = 'arn:aws:iam::123456789012:policy/limits';
    const words = ['--images', await own.images(), '--permissions-boundary', boundary];
    const { stdout } = await own.run('up', ...words, '--plan');
    own.service.people[0] = { ...DEPLOYER, policy: JSON.parse(stdout) };
    const { stderr, exitCode } = await runDeployer(
      own.service,
      'up',
      [...words.slice(0, 2), '--arch', 'amd64', '--yes'],
      {
        record: own.record,
      },
    );
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').at(-1)).toMatch(/^deploy: these credentials may not iam:CreateRole /);
    await own.run('up', ...words);
    expect(own.service.account.roles[ROLE]?.boundary).toBe(boundary);
    // One that was made without it gets it, and only then its rights.
    const role = own.service.account.roles[ROLE] as Role;
    delete role.boundary;
    role.policies = {};
    const all = document({ Effect: 'Allow', Action: '*', Resource: '*' });
    const giving = new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'all', PolicyDocument: all });
    expect(await refusal(connect(own.service).iam.send(giving))).toContain(
      'not authorized to perform: iam:PutRolePolicy',
    );
    await own.run('up', ...words);
    expect(own.service.writes()).toEqual(['iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy']);
  });

  test('runs the functions as an existing role, and neither changes nor deletes it', async () => {
    await own.open();
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const theirs = {
      ...{ name: 'theirs', path: '/', id: 'AROATHEIRS', createdAt: 0, maxSession: 3600, policies: {}, tags: {} },
      trust: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    };
    own.service.account.roles.theirs = theirs;
    const role = 'arn:aws:iam::123456789012:role/theirs';
    const words = ['--images', await own.images(), '--role', role];
    const { stdout } = await own.run('up', ...words, '--plan');
    own.service.people[0] = { ...DEPLOYER, policy: JSON.parse(stdout) };
    await own.run('up', ...words);
    expect(FUNCTIONS.map((_name, i) => latest([TRAINER, RECOGNIZER][i]).role)).toEqual([role, role]);
    await own.run('up', ...words);
    expect(own.service.writes()).toEqual([]);
    await own.run('down');
    expect(own.service.account).toMatchObject({ functions: {}, repositories: {}, logGroups: {}, roles: { theirs } });
    const other = ['--images', await own.images(), '--yes', '--role', 'arn:aws:iam::999999999999:role/theirs'];
    const { stderr } = await runDeployer(own.service, 'up', other, { record: own.record });
    expect(stderr).toContain('role/theirs is of another account than 123456789012: give a role of this one');
  });

  test('lets Lambda take the role and pull images only for this account', async () => {
    await own.open();
    await own.run('up', '--images', await own.images());
    const account = { StringEquals: { 'aws:SourceAccount': '123456789012' } };
    expect(JSON.parse(own.service.account.roles[ROLE]?.trust ?? '').Statement[0].Condition).toEqual(account);
    const [first, second] = JSON.parse(repository().policy ?? '').Statement;
    expect(first.Condition).toEqual({
      StringLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:123456789012:function:*' },
    });
    expect(second.Condition).toEqual(account);
  });

  test('never lets the lifecycle rules delete an image in use', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    // Ten other images of the trainer were pushed, and then the first is deployed again, whose push is long ago.
    const [first] = repository().images.filter(({ tags }) => tags.some((tag) => tag.startsWith('trainer-')));
    expect(first?.digest).toBe(latest().digest);
    for (let i = 0; i < 10; i += 1) {
      const digest = `sha256:${String(i).repeat(64)}`;
      const tags = [`trainer-${String(i).repeat(32)}`];
      repository().images.push({ ...(first as PushedImage), digest, tags, pushedAt: Date.now() + 1000 + i });
    }
    await own.run('up', '--images', layout);
    const policy = repository().lifecycle ?? '';
    expect(expiredImages(policy, repository().images)).toEqual([]);
    // Without the tag of images in use it would be deleted.
    const bare = repository().images.map((image) => ({
      ...image,
      tags: image.tags.filter((tag) => !tag.startsWith('live-')),
    }));
    expect(expiredImages(policy, bare)).toEqual([latest().digest]);
  });

  test('makes both functions at the same time', async () => {
    const pendingMs = 4000;
    await own.open({ temper: { pendingMs, updateMs: 0, roleMs: 0 } });
    const { stdout } = await own.run('up', '--images', await own.images(), '--json');
    const { steps } = JSON.parse(stdout) as { steps: { action: string; function?: string; ms: number }[] };
    const made = steps.filter(({ action }) => action === 'createFunction');
    for (const { ms } of made) expect(ms).toBeGreaterThanOrEqual(pendingMs);
    // Each function was asked for before the other one was there, so neither waited for the other.
    const names = own.service.calls.map(({ action }) => action);
    const [first, second] = names.flatMap((name, i) => (name === 'CreateFunction' ? [i] : []));
    expect(names.slice(first, second)).not.toContain('PublishVersion');
    expect(made.map((step) => step.function).sort()).toEqual(['recognizer', 'trainer']);
  });

  test('plans without a digest when no image is built, and builds none', async () => {
    await own.open();
    const words = ['--arch', 'arm64', '--plan', '--json'];
    const { exitCode, stdout, stderr } = await runDeployer(own.service, 'up', words, {
      record: own.record,
      env: { PATH: '/nowhere' },
    });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('images: built at deploy time, so their digests are not known yet');
    const { steps, images: digests } = JSON.parse(stdout);
    expect(digests).toBeNull();
    expect(steps.map(({ text }: { text: string }) => text)).toContain('build the image of recognize_face and push it');
    expect(own.service.writes()).toEqual([]);
  });

  test('destroy deletes all that it may, and says what is left and why', async () => {
    await own.open();
    await own.run('up', '--images', await own.images());
    const Statement = [
      { Effect: 'Allow' as const, Action: '*', Resource: '*' },
      { Effect: 'Deny' as const, Action: ['lambda:DeleteFunction', 'logs:DescribeLogGroups'], Resource: '*' },
    ];
    own.service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
    const { exitCode, stdout, stderr } = await runDeployer(own.service, 'down', ['--yes', '--json'], {
      record: own.record,
    });
    expect(exitCode).toBe(2);
    expect(own.service.account.repositories).toEqual({});
    expect(own.service.account.roles).toEqual({});
    expect(Object.keys(own.service.account.functions).sort()).toEqual([TRAINER, RECOGNIZER]);
    const { left } = JSON.parse(stdout) as { left: { text: string; reason: string }[] };
    expect(left.map(({ text }) => text)).toEqual([
      ...[TRAINER, RECOGNIZER].map((name) => `delete the function ${name} with its versions and alias`),
      ...[TRAINER, RECOGNIZER].map((name) => `the log group /aws/lambda/${name}`),
    ]);
    for (const { reason } of left) expect(reason).toMatch(/^these credentials may not (lambda|logs):\w+ /);
    expect(stderr).toMatch(
      /destroy: left: delete the function recognize_face .*: these credentials may not lambda:Delete/,
    );
    expect(stderr.split('\n').at(-1)).toMatch(
      /^destroy: 4 things could not be deleted; the first one: these credentials may not lambda:DeleteFunction /,
    );
    own.service.people[0] = DEPLOYER;
    await own.run('down');
    expect(own.service.account.logGroups).toEqual({});
  });
});
