// What can be set of a deployment, against the tests' AWS: ours is changed and taken back, what others set stays.
import { join } from 'node:path';
import { PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { beforeEach, expect, test, vi } from 'vitest';
import { FUNCTIONS } from '../../deploy/names.ts';
import { scratchFolder } from '../helpers.ts';
import type { FunctionVersion, PushedImage, Repository, Role } from './account.ts';
import { connect, document, refusal } from './clients.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { type Recipe, writeLayout } from './images.ts';
import { expiredImages } from './lifecycle.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER, type Settings } from './settings.ts';
import type { Storage } from './storage.ts';

// A test is several deploys, each a process of its own, which a busy machine gives ten seconds or more.
vi.setConfig({ testTimeout: 180_000 });

const [TRAINER, RECOGNIZER] = ['prepare-face-recognizer', 'recognize_face'];
const ROLE = 'serverless-face-recognition-eu-west-1';

test('the rules of an ECR lifecycle expire what its user guide says they do', () => {
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

describeWithAws('npm run deploy', (storage: () => Storage) => {
  let folder: string;
  let record: string;
  let service: AwsService;

  beforeEach(async () => {
    folder = await scratchFolder();
    record = join(folder, 'deployment.json');
  });

  async function open(settings: Omit<Settings, 'storage'> = {}): Promise<void> {
    service = await startAws(storage(), { run: pretend, ...settings });
  }

  function images(trainer: Partial<Recipe> = {}): Promise<string> {
    const recipes = { trainer: { content: 'trainer', ...trainer }, recognizer: { content: 'recognizer' } };
    return writeLayout(join(folder, JSON.stringify(trainer).replace(/\W+/g, '-')), 'amd64', recipes);
  }

  async function run(program: 'up' | 'down', ...words: string[]): Promise<DeployerAnswer> {
    service.calls.length = 0;
    const more = program === 'up' ? ['--arch', 'amd64', '--yes'] : ['--yes'];
    const answer = await runDeployer(service, program, [...words, ...more], { record });
    expect(answer.exitCode, answer.stderr).toBe(0);
    return answer;
  }

  const latest = (name = TRAINER): FunctionVersion =>
    service.account.functions[name as string]?.latest as FunctionVersion;
  const repository = (): Repository => Object.values(service.account.repositories)[0] as Repository;

  test('changes variables of its own, and keeps what was set by hand', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout, '--env', 'MODE=a', '--env', 'OTHER=1', '--timeout', '10');
    const list = 'FR_TIMEOUT_MS,MODE,OTHER';
    expect(latest().environment).toEqual({ FR_TIMEOUT_MS: '8000', MODE: 'a', OTHER: '1', FR_SET_BY_DEPLOY: list });
    const { latest: byHand } = service.account.functions[TRAINER as string] ?? {};
    Object.assign(byHand?.environment ?? {}, { SECRET: 'x-y-z' });
    Object.assign(byHand ?? {}, { storage: 1024, tracing: 'Active' });
    const { stderr } = await run('up', '--images', layout, '--env', 'MODE=b');
    expect(latest().environment).toEqual({
      ...{ FR_TIMEOUT_MS: '58000', MODE: 'b', FR_SET_BY_DEPLOY: 'FR_TIMEOUT_MS,MODE', SECRET: 'x-y-z' },
    });
    expect(latest()).toMatchObject({ storage: 1024, tracing: 'Active' });
    expect(service.account.functions[TRAINER as string]?.versions.at(-1)).toMatchObject({ storage: 1024 });
    expect(stderr).toContain(
      'deploy: keeps what was set by hand on prepare-face-recognizer: the environment of SECRET, 1024 MB of /tmp, tracing',
    );
    expect(stderr).not.toContain('x-y-z');
  });

  test('makes a failed function anew with what was set by hand', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    Object.assign(latest(), { storage: 1024, failure: { code: 'ImageDeleted', reason: 'gone' } });
    latest().environment.BY_HAND = 'yes';
    await run('up', '--images', layout);
    expect(latest()).toMatchObject({ storage: 1024, environment: { BY_HAND: 'yes', FR_TIMEOUT_MS: '58000' } });
    expect(latest().failure).toBeUndefined();
  });

  test('takes back tags of its own that are no longer given, and no others', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout, '--tags', 'team=faces,cost=1');
    const all = (): Record<string, string>[] => {
      const { functions, repositories, roles, logGroups } = service.account;
      return [functions, repositories, roles, logGroups].flatMap((each) => Object.values(each)).map(({ tags }) => tags);
    };
    expect(all()).toHaveLength(6);
    for (const tags of all()) Object.assign(tags, { theirs: 'stays' });
    await run('up', '--images', layout, '--tags', 'team=faces');
    const ours = { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'default' };
    for (const tags of all()) expect(tags).toEqual({ ...ours, 'fr:tags': 'team', team: 'faces', theirs: 'stays' });
    await run('up', '--images', layout);
    for (const tags of all()) expect(tags).toEqual({ ...ours, theirs: 'stays' });
    await run('up', '--images', layout);
    expect(service.writes()).toEqual([]);
  });

  test('gives the role the boundary that the printed policy asks for, under that very policy', async () => {
    await open();
    const boundary = 'arn:aws:iam::123456789012:policy/limits';
    const words = ['--images', await images(), '--permissions-boundary', boundary];
    const { stdout } = await run('up', ...words, '--plan');
    service.people[0] = { ...DEPLOYER, policy: JSON.parse(stdout) };
    const { stderr, exitCode } = await runDeployer(service, 'up', [...words.slice(0, 2), '--arch', 'amd64', '--yes'], {
      record,
    });
    expect(exitCode).toBe(2);
    expect(stderr.split('\n').at(-1)).toMatch(/^deploy: these credentials may not iam:CreateRole /);
    await run('up', ...words);
    expect(service.account.roles[ROLE]?.boundary).toBe(boundary);
    // One that was made without it gets it, and only then its rights.
    const role = service.account.roles[ROLE] as Role;
    delete role.boundary;
    role.policies = {};
    const all = document({ Effect: 'Allow', Action: '*', Resource: '*' });
    const giving = new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'all', PolicyDocument: all });
    expect(await refusal(connect(service).iam.send(giving))).toContain('not authorized to perform: iam:PutRolePolicy');
    await run('up', ...words);
    expect(service.writes()).toEqual(['iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy']);
  });

  test('runs the functions as a role that exists, and neither changes nor deletes it', async () => {
    await open();
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const theirs = {
      ...{ name: 'theirs', path: '/', id: 'AROATHEIRS', createdAt: 0, maxSession: 3600, policies: {}, tags: {} },
      trust: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    };
    service.account.roles.theirs = theirs;
    const role = 'arn:aws:iam::123456789012:role/theirs';
    const words = ['--images', await images(), '--role', role];
    const { stdout } = await run('up', ...words, '--plan');
    service.people[0] = { ...DEPLOYER, policy: JSON.parse(stdout) };
    await run('up', ...words);
    expect(FUNCTIONS.map((_name, i) => latest([TRAINER, RECOGNIZER][i]).role)).toEqual([role, role]);
    await run('up', ...words);
    expect(service.writes()).toEqual([]);
    await run('down');
    expect(service.account).toMatchObject({ functions: {}, repositories: {}, logGroups: {}, roles: { theirs } });
    const other = ['--images', await images(), '--yes', '--role', 'arn:aws:iam::999999999999:role/theirs'];
    const { stderr } = await runDeployer(service, 'up', other, { record });
    expect(stderr).toContain('role/theirs is of another account than 123456789012: give a role of this one');
  });

  test('lets Lambda take the role and pull images for this account only', async () => {
    await open();
    await run('up', '--images', await images());
    const account = { StringEquals: { 'aws:SourceAccount': '123456789012' } };
    expect(JSON.parse(service.account.roles[ROLE]?.trust ?? '').Statement[0].Condition).toEqual(account);
    const [first, second] = JSON.parse(repository().policy ?? '').Statement;
    expect(first.Condition).toEqual({
      StringLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:123456789012:function:*' },
    });
    expect(second.Condition).toEqual(account);
  });

  test('never lets an image in use fall to the lifecycle rule', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    // Ten other images of the trainer came, and then the first again: its push is long ago.
    const [first] = repository().images.filter(({ tags }) => tags.some((tag) => tag.startsWith('trainer-')));
    expect(first?.digest).toBe(latest().digest);
    for (let i = 0; i < 10; i += 1) {
      const digest = `sha256:${String(i).repeat(64)}`;
      const tags = [`trainer-${String(i).repeat(32)}`];
      repository().images.push({ ...(first as PushedImage), digest, tags, pushedAt: Date.now() + 1000 + i });
    }
    await run('up', '--images', layout);
    const policy = repository().lifecycle ?? '';
    expect(expiredImages(policy, repository().images)).toEqual([]);
    // But for the tag of images in use it would.
    const bare = repository().images.map((image) => ({
      ...image,
      tags: image.tags.filter((tag) => !tag.startsWith('live-')),
    }));
    expect(expiredImages(policy, bare)).toEqual([latest().digest]);
  });

  test('makes both functions at the same time', async () => {
    const pendingMs = 4000;
    await open({ temper: { pendingMs, updateMs: 0, roleMs: 0 } });
    const { stdout } = await run('up', '--images', await images(), '--json');
    const { steps } = JSON.parse(stdout) as { steps: { action: string; function?: string; ms: number }[] };
    const made = steps.filter(({ action }) => action === 'createFunction');
    for (const { ms } of made) expect(ms).toBeGreaterThanOrEqual(pendingMs);
    // Each was asked for before the other was there: the second did not wait for the first.
    const names = service.calls.map(({ action }) => action);
    const [first, second] = names.flatMap((name, i) => (name === 'CreateFunction' ? [i] : []));
    expect(names.slice(first, second)).not.toContain('PublishVersion');
    expect(made.map((step) => step.function).sort()).toEqual(['recognizer', 'trainer']);
  });

  test('plans without a digest where no image is built, and builds none', async () => {
    await open();
    const words = ['--arch', 'arm64', '--plan', '--json'];
    const { exitCode, stdout, stderr } = await runDeployer(service, 'up', words, { record, env: { PATH: '/nowhere' } });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('images: built at deploy time, so their digests are not known yet');
    const { steps, images: digests } = JSON.parse(stdout);
    expect(digests).toBeNull();
    expect(steps.map(({ text }: { text: string }) => text)).toContain('build the image of recognize_face and push it');
    expect(service.writes()).toEqual([]);
  });

  test('a teardown goes on past what it may not delete, and says what is left and why', async () => {
    await open();
    await run('up', '--images', await images());
    const Statement = [
      { Effect: 'Allow' as const, Action: '*', Resource: '*' },
      { Effect: 'Deny' as const, Action: ['lambda:DeleteFunction', 'logs:DescribeLogGroups'], Resource: '*' },
    ];
    service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
    const { exitCode, stdout, stderr } = await runDeployer(service, 'down', ['--yes', '--json'], { record });
    expect(exitCode).toBe(2);
    expect(service.account.repositories).toEqual({});
    expect(service.account.roles).toEqual({});
    expect(Object.keys(service.account.functions).sort()).toEqual([TRAINER, RECOGNIZER]);
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
    service.people[0] = DEPLOYER;
    await run('down');
    expect(service.account.logGroups).toEqual({});
  });
});
