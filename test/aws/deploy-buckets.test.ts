// --buckets on the tests' AWS: the map over a bucket is planned, made, changed, verified and destroyed like the rest.
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { pretend, runDeployer } from './deployer.ts';
import { describeDeploying } from './deploying.ts';
import { readPolicy } from './policy.ts';
import { DEPLOYER } from './settings.ts';

// A test is several deploys. Each is a process, which takes ten seconds or more on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

const PHOTOS = ['--buckets', 'photos/in'];

describeDeploying('npm run deploy -- --buckets', (own) => {
  test('makes the map with the policy that it prints, does nothing again, and destroys all of it', async () => {
    await own.open({ temper: { roleMs: 500 } });
    const images = ['--images', await own.images()];
    const plan = await runDeployer(own.service, 'up', [...images, ...PHOTOS, '--plan'], { record: own.record });
    expect(plan.stderr).toContain('  create the state machine recognize_bucket\n');
    own.service.people[0] = { ...DEPLOYER, policy: readPolicy(plan.stdout) };
    await own.run('up', ...images, ...PHOTOS);
    const { machines, roles, logGroups, functions } = own.service.account;
    expect(machines.recognize_bucket).toMatchObject({
      role: 'arn:aws:iam::123456789012:role/serverless-face-recognition-eu-west-1-map',
      logging: { level: 'ERROR', includeExecutionData: false },
      tags: { 'fr:project': 'serverless-face-recognition', 'fr:stage': 'default' },
    });
    expect(Object.keys(roles).sort()).toHaveLength(2);
    expect(logGroups['/aws/vendedlogs/states/recognize_bucket']).toMatchObject({ retention: 30 });
    expect(functions.recognize_face?.latest.environment.FR_BUCKETS).toBe('photos/in');
    expect(JSON.parse(readFileSync(own.record, 'utf8')).deployments[0].map).toEqual({
      machine: 'arn:aws:states:eu-west-1:123456789012:stateMachine:recognize_bucket',
      buckets: [{ bucket: 'photos', prefix: 'in/' }],
      concurrency: 800,
    });
    const again = await own.run('up', ...images, ...PHOTOS);
    expect(again.stderr).toContain('nothing to do');
    expect(again.stderr).toContain('verified: the recognizer reaches photos/in\n');
    const { stderr } = await own.run('down');
    expect(stderr).toContain('nothing is left');
    expect(own.service.account).toEqual({ machines: {}, repositories: {}, roles: {}, functions: {}, logGroups: {} });
  });

  test('another bucket changes the policies and the functions, and without --buckets the map goes', async () => {
    await own.open();
    const images = ['--images', await own.images()];
    await own.run('up', ...images, ...PHOTOS);
    await own.run('up', ...images, '--buckets', 'photos/in,more');
    expect(own.service.writes()).toEqual(expect.arrayContaining(['iam:PutRolePolicy', 'lambda:PublishVersion']));
    expect(own.service.writes()).not.toContain('states:UpdateStateMachine');
    const { roles } = own.service.account;
    for (const role of Object.values(roles)) expect(JSON.stringify(role.policies)).toContain('arn:aws:s3:::more');
    await own.run('up', ...images);
    const { machines, logGroups, functions } = own.service.account;
    expect([Object.keys(machines), Object.keys(roles), Object.keys(logGroups)].map((one) => one.length)).toEqual([
      0, 1, 2,
    ]);
    expect(functions.recognize_face?.latest.environment).not.toHaveProperty('FR_BUCKETS');
    expect(JSON.stringify(Object.values(roles)[0]?.policies)).not.toContain('s3:');
    expect(JSON.parse(readFileSync(own.record, 'utf8')).deployments[0]).not.toHaveProperty('map');
  });

  test('leaves alone what has our names and was made by somebody else', async () => {
    await own.open();
    const images = ['--images', await own.images()];
    const theirs = { name: 'recognize_bucket', createdAt: 1, definition: '{}', role: 'theirs', tags: {} };
    own.service.account.machines.recognize_bucket = theirs;
    const { stderr, exitCode } = await runDeployer(own.service, 'up', [...images, ...PHOTOS, '--yes'], {
      record: own.record,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the state machine recognize_bucket: has our name but was not made by this program');
    await own.run('down');
    expect(own.service.account.machines.recognize_bucket).toEqual(theirs);
  });

  test('says that a bucket is not there, or in another Region', async () => {
    const says = (code: string) => ({
      kind: 'error' as const,
      text: JSON.stringify({ errorType: 'RequestError', errorMessage: `the model cannot be read (${code})` }),
      ms: 1,
    });
    let code = 'NoSuchBucket';
    await own.open({
      run: (call) => (call.payload.includes('BatchInput') ? Promise.resolve(says(code)) : pretend(call)),
    });
    const words = ['--images', await own.images(), ...PHOTOS, '--yes'];
    const missing = await runDeployer(own.service, 'up', words, { record: own.record });
    expect(missing.stderr).toContain('deploy: there is no bucket photos: check --buckets');
    code = 'PermanentRedirect';
    const elsewhere = await runDeployer(own.service, 'up', words, { record: own.record });
    expect(elsewhere.stderr).toContain('deploy: the bucket photos is in another Region than eu-west-1');
    expect([missing.exitCode, elsewhere.exitCode]).toEqual([2, 2]);
  });

  test.each([
    ['a name that no bucket has', ['--buckets', 'No_Bucket'], '--buckets No_Bucket cannot be used'],
    ['a prefix that a policy would read otherwise', ['--buckets', 'photos/*'], '--buckets photos/* cannot be used'],
    [
      'a role of the person',
      [...PHOTOS, '--role', 'arn:aws:iam::123456789012:role/mine'],
      '--buckets needs roles that',
    ],
    ['the variable of its own', ['--env', 'FR_BUCKETS=all'], '--env FR_BUCKETS cannot be used'],
  ])('refuses %s', async (_what, words, message) => {
    await own.open();
    const { exitCode, stderr } = await runDeployer(own.service, 'up', [...words, '--yes'], { record: own.record });
    expect([exitCode, stderr.includes(message)], stderr).toEqual([2, true]);
  });
});
