// Several deployments in one record, on the tests' AWS: commands choose between them, and each is destroyed alone.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { scratchFolder, start, WOMAN } from '../helpers.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { awsEnvironment, describeWithAws, startAws } from './helpers.ts';
import { writeLayout } from './images.ts';
import type { AwsService } from './service.ts';
import { type Credentials, DEPLOYER } from './settings.ts';
import type { Storage } from './storage.ts';

/** A deploy is a process that mostly loads the SDK. A test needs up to nine. */
const SLOW_MS = 240_000;
const HERE = 'fr-train: running on this machine';
const place = (stage: string): string => `account 123456789012, Region eu-west-1, stage ${stage}`;
const COMMANDS = 'fr-train and fr-recognize';
const remote = (stage: string): string =>
  `${COMMANDS} run on AWS Lambda (${place(stage)}): the pictures and models given to them leave this machine; --local or FR_REMOTE=0 keeps them here`;
const KEPT = `${COMMANDS} run on this machine; --remote or FR_REMOTE=1 sends the pictures and models given to them to AWS Lambda (${place('(none)')})`;
const FOREIGN: Credentials = {
  accessKeyId: 'AKIAFOREIGNACCOUNT01',
  secretAccessKey: 'of/someone/else',
  arn: 'arn:aws:iam::999999999999:user/someone',
};

describeWithAws('a deployment', (storage: () => Storage) => {
  let folder: string;
  let record: string;
  let service: AwsService;
  let layout: string;

  beforeEach(async () => {
    folder = await scratchFolder();
    record = join(folder, 'deployment.json');
    service = await startAws(storage(), { run: pretend, temper: { roleMs: 0, pendingMs: 0, updateMs: 0 } });
    layout = await writeLayout(join(folder, 'images'), 'amd64', {
      trainer: { content: 'trainer' },
      recognizer: { content: 'recognizer' },
    });
  });

  /** Runs the deployer, and expects it to succeed unless the test says otherwise. */
  async function run(program: 'up' | 'down', words: string[] = [], status = 0): Promise<DeployerAnswer> {
    const more = program === 'up' ? ['--images', layout, '--arch', 'x86_64', '--yes'] : ['--yes'];
    const answer = await runDeployer(service, program, [...more, ...words], { record });
    expect(answer.exitCode, answer.stderr).toBe(status);
    return answer;
  }

  /** Trains where the record says. */
  async function train(words: string[] = [], env: Record<string, string> = {}, who?: Credentials) {
    service.calls.length = 0;
    const there = { ...awsEnvironment(service, who), FR_DEPLOYMENT: record, ...env };
    const { stderr, exitCode } = await start('fr-train', [WOMAN, '-o', join(folder, 'model.csv'), ...words], {
      env: there,
    });
    const invoked = service.calls.filter(({ action }) => action === 'Invoke').length;
    return { lines: stderr.split('\n'), exitCode, invoked };
  }

  const recorded = (): { stage?: string; unverified?: string; commands: string }[] =>
    JSON.parse(readFileSync(record, 'utf8')).deployments;
  const lastLine = ({ stderr }: DeployerAnswer): string | undefined => stderr.split('\n').at(-1);

  test('is recorded beside others, and destroyed without them', { timeout: SLOW_MS }, async () => {
    const first = await run('up');
    expect(first.stderr).toContain(`deploy: after it ${remote('(none)')}\n`);
    expect(lastLine(first)?.replace(/in [\d.]+ s/, 'in N s')).toBe(`deploy: done in N s: ${remote('(none)')}`);
    const second = await run('up', ['--stage', 'dev']);
    expect(lastLine(second)).toMatch(/ keeps them here; --stage dev means this one$/);
    expect(recorded().map(({ stage }) => stage)).toEqual([undefined, 'dev']);
    expect(statSync(record).mode & 0o777).toBe(0o600);
    expect(readFileSync(record, 'utf8')).not.toContain(DEPLOYER.secretAccessKey);
    expect(await train(['--stage', 'dev'])).toMatchObject({
      lines: [`fr-train: running on AWS Lambda: ${place('dev')}`, expect.stringContaining('AWS Lambda billed')],
      exitCode: 0,
    });
    const gone = await run('down');
    expect(gone.stderr).toContain(`destroy: from now on ${remote('dev')}\n`);
    expect(recorded().map(({ stage }) => stage)).toEqual(['dev']);
    expect((await train()).lines[0]).toBe(`fr-train: running on AWS Lambda: ${place('dev')}`);
    const last = await run('down', ['--stage', 'dev']);
    expect(last.stderr).toContain(`destroy: from now on ${COMMANDS} run on this machine\n`);
    expect(existsSync(record)).toBe(false);
    expect(await train()).toMatchObject({ lines: [HERE], exitCode: 0, invoked: 0 });
  });

  test('is not used with the credentials of another account, and no picture is sent', {
    timeout: SLOW_MS,
  }, async () => {
    service.people.push(FOREIGN);
    await run('up');
    expect(await train([], {}, FOREIGN)).toEqual({
      lines: [
        `fr-train: running on AWS Lambda: ${place('(none)')}`,
        'fr-train: these credentials belong to account 999999999999, but the deployment is in account 123456789012, so nothing was sent: set AWS_PROFILE, choose another --stage, or use --local',
      ],
      exitCode: 2,
      invoked: 0,
    });
    expect(service.calls.map(({ action }) => action)).toEqual(['GetCallerIdentity']);
  });

  test('can be used with the right to invoke its functions and no other right', { timeout: SLOW_MS }, async () => {
    await run('up');
    const Resource = JSON.parse(readFileSync(record, 'utf8')).deployments.flatMap(
      ({ functions, qualifier }: { functions: Record<string, string>; qualifier: string }) =>
        Object.values(functions).map((arn) => `${arn}:${qualifier}`),
    );
    const Statement = [{ Effect: 'Allow' as const, Action: 'lambda:InvokeFunction', Resource }];
    service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement } };
    expect(await train()).toMatchObject({ exitCode: 0, invoked: 1 });
    expect(service.calls.map(({ action }) => action)).toEqual(['GetCallerIdentity', 'Invoke']);
  });

  test('with --keep-local keeps the commands on this machine, and says so in the plan, at the end and in the record', {
    timeout: SLOW_MS,
  }, async () => {
    const plan = await run('up', ['--keep-local', '--plan']);
    expect(plan.stderr).toContain(`deploy: after it ${KEPT}\n`);
    expect(existsSync(record)).toBe(false);
    const { stderr } = await run('up', ['--keep-local']);
    expect(
      stderr
        .split('\n')
        .at(-1)
        ?.replace(/in [\d.]+ s/, 'in N s'),
    ).toBe(`deploy: done in N s: ${KEPT}`);
    expect(recorded()).toMatchObject([{ commands: 'local' }]);
    expect(await train()).toMatchObject({ lines: [HERE], invoked: 0 });
    expect(await train(['--remote'])).toMatchObject({ invoked: 1 });
    expect(await train([], { FR_REMOTE: '1' })).toMatchObject({ invoked: 1 });
    const again = await run('up', ['--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ commands: 'remote', steps: [] });
    expect(await train()).toMatchObject({ invoked: 1 });
  });

  test('whose try-out fails is recorded as such, and the commands say so until one succeeds', {
    timeout: SLOW_MS,
  }, async () => {
    service.run = async (invocation) => {
      const { text, ...rest } = await pretend(invocation);
      return { ...rest, text: text.replace('"True"', '"False"') };
    };
    const why = 'recognize_face answers False for a drawn face with its own model: run npm run deploy again';
    const failed = await run('up', [], 2);
    expect(lastLine(failed)).toBe(`deploy: ${why}`);
    expect(recorded()).toMatchObject([{ unverified: why }]);
    expect((await train(['-q'])).lines).toEqual([
      `fr-train: running on AWS Lambda: ${place('(none)')}`,
      `fr-train: the last try-out of this deployment failed (${why}): run npm run deploy again`,
    ]);
    await run('up', ['--verify'], 2);
    expect(recorded()).toMatchObject([{ unverified: why }]);
    service.run = pretend;
    await run('up', ['--verify']);
    expect(recorded()[0]).not.toHaveProperty('unverified');
    expect((await train(['-q'])).lines).toEqual([`fr-train: running on AWS Lambda: ${place('(none)')}`]);
  });

  test('replaces a record of an older version, which only destroying that deployment removes', {
    timeout: SLOW_MS,
  }, async () => {
    const old = { region: 'eu-west-1', trainer: 'prepare-face-recognizer', recognizer: 'recognize_face' };
    writeFileSync(record, JSON.stringify(old));
    const other = await run('down', ['--stage', 'dev']);
    expect(other.stderr).toContain('names no account and belongs to another deployment, so it stays');
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual(old);
    const up = await run('up');
    expect(up.stderr).toContain('names no account, so it is written anew: deploy your other stages again');
    expect(recorded()).toHaveLength(1);
    writeFileSync(record, JSON.stringify(old));
    await run('down');
    expect(existsSync(record)).toBe(false);
  });

  test('leaves the record once its functions are gone, whatever else is left', { timeout: SLOW_MS }, async () => {
    await run('up');
    for (const role of Object.values(service.account.roles)) role.policies.more = '{}';
    await run('down', [], 2);
    await run('down', [], 2);
    expect(Object.keys(service.account.functions)).toEqual([]);
    expect(existsSync(record)).toBe(false);
  });
});
