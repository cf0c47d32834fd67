// The deployer against the tests' AWS, with tiny images: what it changes, and that it changes nothing else; under the very policy it prints.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { liveTag } from '../../deploy/names.ts';
import { scratchFolder } from '../helpers.ts';
import { emptyAccount } from './account.ts';
import { type DeployerAnswer, pretend, runDeployer } from './deployer.ts';
import { describeWithAws, startAws } from './helpers.ts';
import { type Recipe, writeLayout } from './images.ts';
import { inventory } from './inventory.ts';
import { readPolicy } from './policy.ts';
import type { AwsService } from './service.ts';
import { DEPLOYER, type Settings } from './settings.ts';
import type { Storage } from './storage.ts';

// A test is several deploys, each a process of its own, which a busy machine gives ten seconds or more.
vi.setConfig({ testTimeout: 180_000 });

const [TRAINER, RECOGNIZER] = ['prepare-face-recognizer', 'recognize_face'];
const DENY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };

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

  /** A layout of both images; equal recipes are equal images. */
  function images(trainer: Partial<Recipe> = {}, recognizer: Partial<Recipe> = {}): Promise<string> {
    const name = JSON.stringify([trainer, recognizer]).replace(/\W+/g, '-');
    return writeLayout(join(folder, name), 'amd64', {
      trainer: { content: 'trainer', ...trainer },
      recognizer: { content: 'recognizer', ...recognizer },
    });
  }

  /** Runs the deployer to a good end and forgets the calls before it. */
  async function run(program: 'up' | 'down', ...words: string[]): Promise<DeployerAnswer> {
    service.calls.length = 0;
    const more = program === 'up' ? ['--arch', 'x86_64', '--yes'] : ['--yes'];
    const answer = await runDeployer(service, program, [...words, ...more], { record });
    expect(answer.exitCode, answer.stderr).toBe(0);
    return answer;
  }

  const updates = (action: string): string[] => service.writes().filter((call) => call === action);

  test('makes all of it, and nothing twice: a second run writes nothing', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout, '--tags', 'team=faces');
    const { functions, repositories, roles, logGroups } = service.account;
    // Both are made at once, so either may be there first.
    expect(Object.keys(functions).sort()).toEqual([TRAINER, RECOGNIZER]);
    expect(functions[TRAINER]).toMatchObject({
      tags: { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'default', team: 'faces' },
      aliases: { live: { version: '1' } },
      versions: [{ version: '1', memory: 1769, timeout: 60, architecture: 'x86_64' }],
    });
    expect(Object.values(repositories)).toMatchObject([{ immutable: true, scanOnPush: true, tags: { team: 'faces' } }]);
    expect(Object.values(roles)).toMatchObject([{ tags: { team: 'faces' } }]);
    expect(Object.values(logGroups)).toMatchObject([{ retention: 30 }, { retention: 30 }]);
    const before = structuredClone(service.account);
    const { stderr } = await run('up', '--images', layout, '--tags', 'team=faces');
    expect(stderr).toContain('nothing to do');
    expect(service.writes()).toEqual([]);
    expect(service.account).toEqual(before);
  });

  test('leaves a record for its owner only, which holds no secret', async () => {
    await open();
    await run('up', '--images', await images());
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function';
    expect(JSON.parse(readFileSync(record, 'utf8'))).toEqual({
      format: 2,
      deployments: [
        {
          account: '123456789012',
          region: 'eu-west-1',
          functions: { trainer: `${arn}:${TRAINER}`, recognizer: `${arn}:${RECOGNIZER}` },
          qualifier: 'live',
          memoryMb: 1769,
          architecture: 'x86_64',
          commands: 'remote',
        },
      ],
    });
    expect(readFileSync(record, 'utf8')).not.toContain(DEPLOYER.secretAccessKey);
    expect(statSync(record).mode & 0o777).toBe(0o600);
    await run('down');
    expect(existsSync(record)).toBe(false);
  });

  test('changes the code of a function whose image changed, and nothing else', async () => {
    await open();
    await run('up', '--images', await images());
    await run('up', '--images', await images({ content: 'another' }));
    expect(service.writes().filter((call) => !call.startsWith('registry:'))).toEqual([
      'lambda:UpdateFunctionCode',
      'lambda:PublishVersion',
      'lambda:UpdateAlias',
    ]);
    // One image under two tags: its own, and that of images in use.
    expect(updates('registry:PutImage')).toHaveLength(2);
    expect(service.account.functions[TRAINER]?.aliases.live?.version).toBe('2');
    expect(service.account.functions[RECOGNIZER]?.aliases.live?.version).toBe('1');
  });

  test('changes the configuration when the memory changed, and nothing else', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    await run('up', '--images', layout, '--memory', '3008');
    // Both functions at once, so in any order between them.
    const each = ['lambda:UpdateFunctionConfiguration', 'lambda:PublishVersion', 'lambda:UpdateAlias'];
    expect(service.writes().sort()).toEqual([...each, ...each].sort());
  });

  test('needs the policy it prints and all of it, to deploy, change, redo and destroy', async () => {
    await open();
    const layout = await images();
    service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement: [] } };
    const words = ['--images', layout, '--stage', 'dev', '--plan'];
    const early = await runDeployer(service, 'up', words, { record });
    // Printed even for those who may do nothing yet.
    const policy = JSON.parse(early.stdout);
    expect(service.writes()).toEqual([]);
    service.people[0] = { ...DEPLOYER, policy };
    const { stdout, stderr } = await run('up', ...words);
    expect(JSON.parse(stdout)).toEqual(policy);
    expect(stderr).toContain('create the function recognize_face-dev');
    expect(service.account).toEqual(emptyAccount());
    await run('up', '--stage', 'dev', '--images', layout);
    await run(
      'up',
      '--stage',
      'dev',
      '--images',
      await images({ content: 'another' }),
      '--memory',
      '512',
      '--tags',
      'a=b',
    );
    meddle();
    // As tags of many images in use, which are let go of.
    const [image] = Object.values(service.account.repositories)[0]?.images ?? [];
    for (const i of [1, 2, 3, 4]) image?.tags.push(`live-trainer-${i}`);
    await run('up', '--stage', 'dev', '--images', layout, '--snapstart');
    expect(image?.tags.filter((tag) => /^live-trainer-\d$/.test(tag))).toEqual([]);
    await run('down', '--stage', 'dev');
    expect(service.account).toEqual(emptyAccount());
    const allowed = readPolicy(stdout).Statement.flatMap(({ Action }) => Action);
    expect(allowed.filter((action) => !service.needed.has(action))).toEqual([]);
    // IAM takes a policy of its own up to this size.
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
  });

  /** Someone changes by hand what was deployed. */
  function meddle(): void {
    const { functions, logGroups, repositories, roles } = service.account;
    for (const group of Object.values(logGroups)) group.retention = 1;
    for (const role of Object.values(roles)) Object.assign(role, { policies: {}, trust: DENY });
    for (const repository of Object.values(repositories)) {
      Object.assign(repository, { scanOnPush: false, immutable: false, policy: undefined, lifecycle: undefined });
    }
    for (const { aliases, latest } of Object.values(functions)) {
      Object.assign(latest, { timeout: 3, environment: {} });
      delete aliases.live;
    }
  }

  test('puts right what someone changed by hand', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    const before = inventory(service.account);
    meddle();
    expect(inventory(service.account)).not.toEqual(before);
    await run('up', '--images', layout);
    expect(inventory(service.account)).toEqual(before);
  });

  test('does not take another image for its own that has its tag', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    const [image] = Object.values(service.account.repositories)[0]?.images ?? [];
    if (image) image.digest = `sha256:${'0'.repeat(64)}`;
    const words = ['--images', layout, '--arch', 'x86_64', '--yes'];
    const { exitCode, stderr } = await runDeployer(service, 'up', words, { record });
    expect(stderr.split('\n').at(-1)).toMatch(
      /^deploy: the registry has another image under the tag trainer-\w+: delete it/,
    );
    expect(exitCode).toBe(2);
  });

  test('leaves another stage alone, and what it did not make', async () => {
    await open();
    const layout = await images();
    await run('up', '--images', layout);
    const other = inventory(service.account);
    const mine = readFileSync(record, 'utf8');
    await run('up', '--images', layout, '--stage', 'dev');
    expect(readFileSync(record, 'utf8')).toContain(`${TRAINER}-dev`);
    const group = '/aws/lambda/recognize_face-dev';
    const theirs = service.account.logGroups[group];
    if (theirs) theirs.tags = {};
    const { stderr } = await run('down', '--stage', 'dev');
    expect(stderr).toContain(`the log group ${group} was not made by this program, so it stays`);
    expect(Object.keys(service.account.logGroups)).toContain(group);
    delete service.account.logGroups[group];
    expect(inventory(service.account)).toEqual(other);
    expect(readFileSync(record, 'utf8')).toBe(mine);
  });

  test('waits for roles, functions, snapshots and changes that take their time', async () => {
    await open({ temper: { roleMs: 400, pendingMs: 400, updateMs: 400 } });
    await run('up', '--images', await images(), '--snapstart');
    await run('up', '--images', await images({ content: 'another' }), '--snapstart', '--memory', '512');
    expect(service.account.functions[TRAINER]).toMatchObject({ aliases: { live: { version: '2' } } });
  });

  test.each(['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:PublishVersion'])(
    'waits for what an earlier run left under way when it was killed after %s',
    async (action) => {
      await open({ temper: { ...AT_ONCE, pendingMs: 400, updateMs: 400 } });
      const layout = await images();
      if (action !== 'lambda:CreateFunction') await run('up', '--images', layout, '--snapstart');
      const words = ['--images', await images({ content: 'new' }, { content: 'new' }), '--snapstart'];
      service.fault = (call) => (`${call.service}:${call.action}` === action ? { kill: 'after' } : undefined);
      const { killed } = await runDeployer(service, 'up', [...words, '--arch', 'x86_64', '--yes'], { record });
      expect(killed).toBe(true);
      service.revive();
      await run('up', ...words);
      const version = action === 'lambda:CreateFunction' ? '1' : '2';
      for (const name of [TRAINER, RECOGNIZER]) {
        expect(service.account.functions[name]?.aliases.live).toMatchObject({ version });
      }
    },
  );

  test('says why a function failed, and makes it anew', async () => {
    await open({ temper: { failing: { name: RECOGNIZER, code: 'InvalidImage', reason: 'It cannot be read.' } } });
    const words = ['--images', await images(), '--arch', 'x86_64', '--yes'];
    const failed = await runDeployer(service, 'up', words, { record });
    expect(failed.exitCode).toBe(2);
    expect(failed.stderr.split('\n').at(-1)).toBe(
      'deploy: the function recognize_face failed (InvalidImage: It cannot be read.): mend that, then run it again; it is then made anew',
    );
    delete service.temper.failing;
    const { stderr } = await run('up', '--images', await images());
    expect(stderr).toContain('delete the function recognize_face (InvalidImage: It cannot be read.)');
    expect(updates('lambda:DeleteFunction')).toHaveLength(1);
    expect(service.account.functions[RECOGNIZER]?.latest.failure).toBeUndefined();
  });

  test('keeps the last versions only, and always the one in use', async () => {
    await open({ temper: AT_ONCE });
    for (let i = 1; i <= 5; i += 1) await run('up', '--images', await images({ content: `version ${i}` }));
    const { versions, aliases } = service.account.functions[TRAINER] ?? {};
    expect(versions?.map(({ version }) => version)).toEqual(['3', '4', '5']);
    expect(aliases?.live?.version).toBe('5');
    // So are their images, and no more than can be in use: the first one's tag is taken off, and it may expire.
    const used = versions?.map(({ digest }) => liveTag('trainer', digest)).sort();
    const tags = Object.values(service.account.repositories)[0]?.images.flatMap((image) => image.tags);
    expect(tags?.filter((tag) => tag.startsWith('live-trainer-')).sort()).toEqual(used);
  });
});
