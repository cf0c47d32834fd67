// The deployer on the tests' AWS, with tiny images and the policy that it prints: what it changes, and what it leaves alone.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { liveTag } from '../../deploy/names.ts';
import { emptyAccount } from './account.ts';
import { runDeployer } from './deployer.ts';
import { describeDeploying } from './deploying.ts';
import { inventory } from './inventory.ts';
import { readPolicy } from './policy.ts';
import { DEPLOYER } from './settings.ts';

// A test is several deploys. Each is a process, which takes ten seconds or more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const [TRAINER, RECOGNIZER] = ['prepare-face-recognizer', 'recognize_face'];
const DENY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };

describeDeploying('npm run deploy', (own) => {
  const updates = (action: string): string[] => own.service.writes().filter((call) => call === action);

  test('makes everything, and writes nothing when it is run again', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout, '--tags', 'team=faces');
    const { functions, repositories, roles, logGroups } = own.service.account;
    // Both are made at the same time, so either may be there first.
    expect(Object.keys(functions).sort()).toEqual([TRAINER, RECOGNIZER]);
    expect(functions[TRAINER]).toMatchObject({
      tags: { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'default', team: 'faces' },
      aliases: { live: { version: '1' } },
      versions: [{ version: '1', memory: 1769, timeout: 60, architecture: 'x86_64' }],
    });
    expect(Object.values(repositories)).toMatchObject([{ immutable: true, scanOnPush: true, tags: { team: 'faces' } }]);
    expect(Object.values(roles)).toMatchObject([{ tags: { team: 'faces' } }]);
    expect(Object.values(logGroups)).toMatchObject([{ retention: 30 }, { retention: 30 }]);
    const before = structuredClone(own.service.account);
    const { stderr } = await own.run('up', '--images', layout, '--tags', 'team=faces');
    expect(stderr).toContain('nothing to do');
    expect(own.service.writes()).toEqual([]);
    expect(own.service.account).toEqual(before);
  });

  test('leaves a record that only its owner may read and that holds no secret', async () => {
    await own.open();
    await own.run('up', '--images', await own.images());
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function';
    expect(JSON.parse(readFileSync(own.record, 'utf8'))).toEqual({
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
    expect(readFileSync(own.record, 'utf8')).not.toContain(DEPLOYER.secretAccessKey);
    expect(statSync(own.record).mode & 0o777).toBe(0o600);
    await own.run('down');
    expect(existsSync(own.record)).toBe(false);
  });

  test('changes only the code of a function whose image has changed', async () => {
    await own.open();
    await own.run('up', '--images', await own.images());
    await own.run('up', '--images', await own.images({ content: 'another' }));
    expect(own.service.writes().filter((call) => !call.startsWith('registry:'))).toEqual([
      'lambda:UpdateFunctionCode',
      'lambda:PublishVersion',
      'lambda:UpdateAlias',
    ]);
    // One image under two tags: its own, and that of images in use.
    expect(updates('registry:PutImage')).toHaveLength(2);
    expect(own.service.account.functions[TRAINER]?.aliases.live?.version).toBe('2');
    expect(own.service.account.functions[RECOGNIZER]?.aliases.live?.version).toBe('1');
  });

  test('changes only the configuration when the memory has changed', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    await own.run('up', '--images', layout, '--memory', '3008');
    // Both functions change at the same time, so the calls may come in any order.
    const each = ['lambda:UpdateFunctionConfiguration', 'lambda:PublishVersion', 'lambda:UpdateAlias'];
    expect(own.service.writes().sort()).toEqual([...each, ...each].sort());
  });

  test('needs exactly the policy that it prints to deploy, change, repeat and destroy', async () => {
    await own.open();
    const layout = await own.images();
    own.service.people[0] = { ...DEPLOYER, policy: { Version: '2012-10-17', Statement: [] } };
    const words = ['--images', layout, '--stage', 'dev', '--plan'];
    const early = await runDeployer(own.service, 'up', words, { record: own.record });
    // It is printed even for people who may do nothing yet.
    const policy = JSON.parse(early.stdout);
    expect(own.service.writes()).toEqual([]);
    own.service.people[0] = { ...DEPLOYER, policy };
    const { stdout, stderr } = await own.run('up', ...words);
    expect(JSON.parse(stdout)).toEqual(policy);
    expect(stderr).toContain('create the function recognize_face-dev');
    expect(own.service.account).toEqual(emptyAccount());
    await own.run('up', '--stage', 'dev', '--images', layout);
    await own.run(
      'up',
      '--stage',
      'dev',
      '--images',
      await own.images({ content: 'another' }),
      '--memory',
      '512',
      '--tags',
      'a=b',
    );
    meddle();
    // Tags of many images in use, so that deploy removes some.
    const [image] = Object.values(own.service.account.repositories)[0]?.images ?? [];
    for (const i of [1, 2, 3, 4]) image?.tags.push(`live-trainer-${i}`);
    await own.run('up', '--stage', 'dev', '--images', layout, '--snapstart');
    expect(image?.tags.filter((tag) => /^live-trainer-\d$/.test(tag))).toEqual([]);
    // A map of an earlier deploy with --buckets, which goes with the rest.
    const tags = { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'dev' };
    const map = { name: 'recognize_bucket-dev', createdAt: 1, definition: '{}', role: 'ours', tags };
    own.service.account.machines[map.name] = map;
    await own.run('down', '--stage', 'dev');
    expect(own.service.account).toEqual(emptyAccount());
    const allowed = readPolicy(stdout).Statement.flatMap(({ Action }) => Action);
    expect(allowed.filter((action) => !own.service.needed.has(action))).toEqual([]);
    // IAM's limit on the size of such a policy.
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
  });

  /** Changes by hand what was deployed. */
  function meddle(): void {
    const { functions, logGroups, repositories, roles } = own.service.account;
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

  test('corrects what someone changed by hand', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    const before = inventory(own.service.account);
    meddle();
    expect(inventory(own.service.account)).not.toEqual(before);
    await own.run('up', '--images', layout);
    expect(inventory(own.service.account)).toEqual(before);
  });

  test('does not accept another image under its tag', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    const [image] = Object.values(own.service.account.repositories)[0]?.images ?? [];
    if (image) image.digest = `sha256:${'0'.repeat(64)}`;
    const words = ['--images', layout, '--arch', 'x86_64', '--yes'];
    const { exitCode, stderr } = await runDeployer(own.service, 'up', words, { record: own.record });
    expect(stderr.split('\n').at(-1)).toMatch(
      /^deploy: the registry has another image under the tag trainer-\w+: delete it/,
    );
    expect(exitCode).toBe(2);
  });

  test('leaves alone other stages and things that it did not make', async () => {
    await own.open();
    const layout = await own.images();
    await own.run('up', '--images', layout);
    const other = inventory(own.service.account);
    const mine = readFileSync(own.record, 'utf8');
    await own.run('up', '--images', layout, '--stage', 'dev');
    expect(readFileSync(own.record, 'utf8')).toContain(`${TRAINER}-dev`);
    const group = '/aws/lambda/recognize_face-dev';
    const theirs = own.service.account.logGroups[group];
    if (theirs) theirs.tags = {};
    const { stderr } = await own.run('down', '--stage', 'dev');
    expect(stderr).toContain(`the log group ${group} was not made by this program, so it stays`);
    expect(Object.keys(own.service.account.logGroups)).toContain(group);
    delete own.service.account.logGroups[group];
    expect(inventory(own.service.account)).toEqual(other);
    expect(readFileSync(own.record, 'utf8')).toBe(mine);
  });

  test('waits for roles, functions, snapshots and changes that are slow', async () => {
    await own.open({ temper: { roleMs: 400, pendingMs: 400, updateMs: 400 } });
    await own.run('up', '--images', await own.images(), '--snapstart');
    await own.run('up', '--images', await own.images({ content: 'another' }), '--snapstart', '--memory', '512');
    expect(own.service.account.functions[TRAINER]).toMatchObject({ aliases: { live: { version: '2' } } });
  });

  test.each(['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:PublishVersion'])(
    'waits for a change that an earlier run started before it was killed after %s',
    async (action) => {
      await own.open({ temper: { ...AT_ONCE, pendingMs: 400, updateMs: 400 } });
      const layout = await own.images();
      if (action !== 'lambda:CreateFunction') await own.run('up', '--images', layout, '--snapstart');
      const words = ['--images', await own.images({ content: 'new' }, { content: 'new' }), '--snapstart'];
      own.service.fault = (call) => (`${call.service}:${call.action}` === action ? { kill: 'after' } : undefined);
      const { killed } = await runDeployer(own.service, 'up', [...words, '--arch', 'x86_64', '--yes'], {
        record: own.record,
      });
      expect(killed).toBe(true);
      own.service.revive();
      await own.run('up', ...words);
      const version = action === 'lambda:CreateFunction' ? '1' : '2';
      for (const name of [TRAINER, RECOGNIZER]) {
        expect(own.service.account.functions[name]?.aliases.live).toMatchObject({ version });
      }
    },
  );

  test('says why a function failed, and makes it anew', async () => {
    await own.open({ temper: { failing: { name: RECOGNIZER, code: 'InvalidImage', reason: 'It cannot be read.' } } });
    const words = ['--images', await own.images(), '--arch', 'x86_64', '--yes'];
    const failed = await runDeployer(own.service, 'up', words, { record: own.record });
    expect(failed.exitCode).toBe(2);
    expect(failed.stderr.split('\n').at(-1)).toBe(
      'deploy: the function recognize_face failed (InvalidImage: It cannot be read.): correct that, then run it again to make it anew',
    );
    delete own.service.temper.failing;
    const { stderr } = await own.run('up', '--images', await own.images());
    expect(stderr).toContain('delete the function recognize_face (InvalidImage: It cannot be read.)');
    expect(updates('lambda:DeleteFunction')).toHaveLength(1);
    expect(own.service.account.functions[RECOGNIZER]?.latest.failure).toBeUndefined();
  });

  test('keeps the last versions and the one in use, and deletes the others', async () => {
    await own.open({ temper: AT_ONCE });
    for (let i = 1; i <= 5; i += 1) await own.run('up', '--images', await own.images({ content: `version ${i}` }));
    const { versions, aliases } = own.service.account.functions[TRAINER] ?? {};
    expect(versions?.map(({ version }) => version)).toEqual(['3', '4', '5']);
    expect(aliases?.live?.version).toBe('5');
    // The same holds for their images: the first one lost its tag, so the lifecycle rules may delete it.
    const used = versions?.map(({ digest }) => liveTag('trainer', digest)).sort();
    const tags = Object.values(own.service.account.repositories)[0]?.images.flatMap((image) => image.tags);
    expect(tags?.filter((tag) => tag.startsWith('live-trainer-')).sort()).toEqual(used);
  });
});
