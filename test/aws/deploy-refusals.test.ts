// Whatever stops the deployer is one clear line and status 2. Each cause is provoked.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { scratchFolder } from '../helpers.ts';
import { type DeployerRun, pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { type Recipe, writeLayout } from './images.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER, type Settings } from './settings.ts';
import type { Storage } from './storage.ts';

interface Case {
  what: string;
  settings?: Omit<Settings, 'storage'>;
  words?: string[];
  /** Runs without --yes. */
  asks?: boolean;
  /** Builds the images; without it the tiny images are deployed. */
  build?: boolean;
  trainer?: Partial<Recipe>;
  run?: Partial<DeployerRun>;
  /** Changes the service or the folder first, and may give variables. */
  prepare?: (service: AwsService, folder: string) => Record<string, string> | undefined;
  line: RegExp;
}

const everywhere = (service: string, code: string): NonNullable<Settings['fault']> => {
  return (call) => (call.service === service ? { code, message: 'Rate exceeded' } : undefined);
};

/** A docker client with BuildKit, whose engine does not run. */
const STOPPED = `#!/bin/sh
case "$*" in *--help) echo ' --secret';; *) echo 'Cannot connect to the Docker daemon' >&2; exit 1;; esac
`;

/** Tiny images of both functions. */
function images(folder: string, trainer: Partial<Recipe> = {}): Promise<string> {
  const recipes = { trainer: { content: 'trainer', ...trainer }, recognizer: { content: 'recognizer' } };
  return writeLayout(join(folder, 'images'), 'amd64', recipes);
}

const CASES: Case[] = [
  {
    what: 'no Region',
    run: { env: { AWS_REGION: '', AWS_DEFAULT_REGION: '' } },
    line: /no AWS Region is set: give --region/,
  },
  {
    what: 'no credentials',
    run: { env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } },
    line: /there are no usable AWS credentials \(CredentialsProviderError: .*\): log in to AWS/,
  },
  {
    what: 'a wrong secret key',
    run: { identity: { ...DEPLOYER, secretAccessKey: 'wrong' } },
    line: /AWS refused the credentials \(SignatureDoesNotMatch: .*\): log in to AWS again/,
  },
  {
    what: 'credentials that do not exist',
    run: { identity: { ...DEPLOYER, accessKeyId: 'AKIANOBODY' } },
    line: /AWS refused the credentials \(InvalidClientTokenId: /,
  },
  {
    what: 'expired credentials',
    run: { identity: { ...DEPLOYER, accessKeyId: 'ASIAEXPIRED', sessionToken: 'old' } },
    prepare: ({ people }) => {
      people.push({ ...DEPLOYER, accessKeyId: 'ASIAEXPIRED', sessionToken: 'old', expires: Date.now() - 1 });
      return undefined;
    },
    line: /the AWS credentials have expired \(sts:GetCallerIdentity\): log in again/,
  },
  {
    what: 'an AWS that does not answer',
    run: { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } },
    line: /AWS cannot be reached \(sts:GetCallerIdentity: .*ECONNREFUSED.*\): check the network/,
  },
  {
    what: 'a permission that is missing',
    prepare: ({ people }) => {
      const Statement = [{ Effect: 'Allow' as const, Action: ['lambda:*', 'ecr:*', 'logs:*'], Resource: '*' }];
      people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
      return undefined;
    },
    line: /these credentials may not iam:GetRole \(User: arn:aws:iam.*\): ask for that permission: 'npm run deploy -- --plan' prints the policy needed$/,
  },
  {
    what: 'a push that is not allowed',
    prepare: ({ people }) => {
      const Statement = [
        { Effect: 'Allow' as const, Action: '*', Resource: '*' },
        { Effect: 'Deny' as const, Action: 'ecr:InitiateLayerUpload', Resource: '*' },
      ];
      people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
      return undefined;
    },
    line: /these credentials may not ask the registry to open an upload \(403: DENIED User: .*\): 'npm run deploy -- --plan'/,
  },
  {
    what: 'calls that AWS limits for too long',
    settings: { fault: everywhere('lambda', 'Throttled') },
    run: { env: { AWS_MAX_ATTEMPTS: '1' } },
    line: /AWS is limiting these calls \(lambda:GetAccountSettings: Rate exceeded\): run it again in a minute/,
  },
  {
    what: 'a fault of AWS',
    settings: { fault: everywhere('ecr', 'ServerException') },
    run: { env: { AWS_MAX_ATTEMPTS: '1' } },
    line: /ecr:DescribeRepositories failed \(ServerException: Rate exceeded\): run it again; finished steps are kept/,
  },
  {
    what: 'more memory than the account may have',
    settings: { temper: { maxMemory: 3008 } },
    words: ['--memory', '4096'],
    line: /this account cannot have a function of that memory \('MemorySize' value .* 3008\): give a smaller --memory/,
  },
  {
    what: 'a role that someone else made',
    prepare: ({ account }) => {
      const name = 'serverless-face-recognition-eu-west-1';
      const more = { path: '/', id: 'AROA', createdAt: 0, trust: '{}', maxSession: 3600, policies: {}, tags: {} };
      account.roles[name] = { name, ...more };
      return undefined;
    },
    line: /the role serverless-face-recognition-eu-west-1: has our name but was not made by this program .*: delete it, or choose another --stage/,
  },
  { what: 'nobody to ask', asks: true, line: /nobody can be asked here, so nothing is changed: give --yes/ },
  {
    what: 'a memory that is not a number',
    words: ['--memory', 'much'],
    line: /--memory much cannot be used: a whole number from 128 to 10240/,
  },
  { what: 'an unknown option', words: ['--colour'], line: /Unknown option '--colour': see --help/ },
  {
    what: 'a Region that does not exist',
    words: ['--region', 'home'],
    line: /--region home is not a Region: one is eu-west-1/,
  },
  {
    what: 'a processor that does not exist',
    words: ['--arch', 'sparc'],
    line: /--arch sparc is not known: x86_64 or arm64/,
  },
  { what: 'images of another processor', words: ['--arch', 'arm64'], line: /fr-trainer:arm64/ },
  { what: 'a folder without images', words: ['--images', '/nowhere'], line: /\/nowhere/ },
  { what: 'an index in place of an image', trainer: { index: true }, line: /fr-trainer:amd64/ },
  {
    what: 'credentials that expire during the deploy',
    settings: { fault: everywhere('iam', 'ExpiredToken') },
    line: /the AWS credentials have expired \(iam:GetRole\): log in again/,
  },
  {
    what: 'no Docker',
    build: true,
    run: { env: { PATH: '/nowhere' } },
    line: /no docker on PATH: install Docker/,
  },
  {
    what: 'a Docker that does not run',
    build: true,
    prepare: (_service, folder) => {
      mkdirSync(join(folder, 'bin'));
      writeFileSync(join(folder, 'bin/docker'), STOPPED);
      chmodSync(join(folder, 'bin/docker'), 0o755);
      return { PATH: join(folder, 'bin') };
    },
    line: /no Docker here can build: .*\/bin\/docker reaches no engine: start it \(Cannot connect to the Docker daemon\)/,
  },
];

describeWithAws('npm run deploy', (storage: () => Storage) => {
  let folder: string;
  beforeEach(async () => {
    folder = await scratchFolder();
  });

  test.each(CASES)(
    'says in one line: $what',
    async ({ settings, words = [], asks, build, trainer, run = {}, prepare, line }) => {
      const service = await startAws(storage(), { run: pretend, ...settings });
      const env = { ...prepare?.(service, folder), ...run.env };
      const layout = build ? [] : ['--images', await images(folder, trainer)];
      const all = ['--arch', 'x86_64', ...layout, ...(asks ? [] : ['--yes']), ...words];
      const record = join(folder, 'deployment.json');
      const { exitCode, stdout, stderr } = await runDeployer(service, 'up', all, { record, ...run, env });
      const last = stderr.split('\n').at(-1) ?? '';
      expect(last).toMatch(line);
      expect(last).toMatch(/^deploy: /);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    },
  );

  test('warns of a low limit on simultaneous calls, and goes on', async () => {
    const service = await startAws(storage(), { run: pretend, temper: { concurrency: 10 } });
    const layout = await images(folder);
    const record = join(folder, 'deployment.json');
    const { exitCode, stderr } = await runDeployer(service, 'up', ['--images', layout, '--arch', 'x86_64', '--yes'], {
      record,
    });
    expect(stderr).toContain('warning: Lambda runs at most 10 calls at a time here');
    expect(exitCode).toBe(0);
  });

  test('repeats a call that a service throttles', async () => {
    const throttled: Record<string, number> = { ecr: 0, iam: 0, lambda: 0, logs: 0, sts: 0 };
    const fault: Settings['fault'] = ({ service: name }) => {
      if (throttled[name] !== 0) return undefined;
      throttled[name] = 1;
      return { code: 'Throttled', message: 'Rate exceeded' };
    };
    const service = await startAws(storage(), { run: pretend, fault });
    const words = ['--images', await images(folder), '--arch', 'x86_64', '--yes'];
    const { exitCode, stderr } = await runDeployer(service, 'up', words, { record: join(folder, 'deployment.json') });
    expect(exitCode, stderr).toBe(0);
    expect(Object.values(throttled)).toEqual([1, 1, 1, 1, 1]);
  });

  test('destroy says in one line that a role has policies that someone added', async () => {
    const service = await startAws(storage(), { run: pretend });
    const layout = await images(folder);
    const record = join(folder, 'deployment.json');
    await runDeployer(service, 'up', ['--images', layout, '--arch', 'x86_64', '--yes'], { record });
    for (const role of Object.values(service.account.roles)) role.policies.more = '{}';
    const { exitCode, stderr } = await runDeployer(service, 'down', ['--yes'], { record });
    expect(stderr.split('\n').at(-1)).toMatch(/^destroy: the role \S+ has policies that someone added: remove them/);
    expect(exitCode).toBe(2);
  });
});
