// Names and policies: the original's names, separate names for each stage, and no more rights than needed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployerPolicy, executionPolicy, samePolicy } from '../../deploy/cloud/policy.ts';
import { mapDeployerStatements, mapLookingStatements } from '../../deploy/cloud/policy-map.ts';
import { arnsOf, imageTag, MAX_STAGE_LENGTH, namesOf } from '../../deploy/names.ts';
import { ROOT } from '../helpers.ts';

const PLACE = { partition: 'aws-cn', account: '123456789012', region: 'cn-north-1' };

test('functions are called as the original called them', () => {
  expect(namesOf('eu-west-1').functions).toEqual({ trainer: 'prepare-face-recognizer', recognizer: 'recognize_face' });
});

test('two stages share no name, in any Region', () => {
  const all = [namesOf('eu-west-1'), namesOf('eu-west-1', 'dev'), namesOf('eu-west-1', 'dev-2')].flatMap((names) => [
    ...Object.values(names.functions),
    ...Object.values(names.logGroups),
    names.repository,
    names.role,
  ]);
  expect(new Set(all).size).toBe(all.length);
  expect(namesOf('eu-west-1').role).not.toBe(namesOf('eu-west-2').role);
});

test('the longest names fit into AWS', () => {
  const names = namesOf('ap-southeast-10', 'x'.repeat(MAX_STAGE_LENGTH));
  expect(names.role.length).toBeLessThanOrEqual(64);
  expect(names.map.role.length).toBeLessThanOrEqual(64);
  for (const name of Object.values(names.functions)) expect(name.length).toBeLessThanOrEqual(64);
  expect(imageTag('recognizer', `sha256:${'0'.repeat(64)}`)).toMatch(/^[a-zA-Z0-9_][\w.-]{0,127}$/);
});

test('the deployer may change nothing outside its stage', () => {
  const arns = arnsOf(PLACE, namesOf(PLACE.region, 'dev'));
  const Statement = [
    ...deployerPolicy(arns, { map: mapLookingStatements(arns) }).Statement,
    ...deployerPolicy(arns, { map: mapDeployerStatements(arns) }).Statement,
  ];
  const { map, ...others } = arns;
  const ours = [...Object.values(others).flatMap((one) => (typeof one === 'string' ? one : Object.values(one)))];
  ours.push(map.machine, map.role, map.logGroup);
  for (const { Sid, Action, Resource } of Statement) {
    const resources = [Resource ?? []].flat();
    if (resources.includes('*')) {
      expect(Action, Sid).toEqual(['ecr:GetAuthorizationToken', 'lambda:GetAccountSettings', 'logs:DescribeLogGroups']);
    } else {
      expect(
        resources.every((one) => ours.includes(one.replace(/:\*$/, ''))),
        Sid,
      ).toBe(true);
    }
    expect(JSON.stringify(Action)).not.toContain('*');
  }
  expect(ours.every((one) => one.startsWith('arn:aws-cn:'))).toBe(true);
});

test('the policy names every call that the deployer can make', () => {
  const folder = join(ROOT, 'deploy/cloud/aws');
  const source = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const calls = [...source.matchAll(/\b(ecr|iam|invoker|lambda|logs|states)\.(?:paginate)?(\w+)\(/g)].map(
    ([, client, name = '']) => {
      if (client === 'invoker') return 'lambda:InvokeFunction';
      return `${client}:${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    },
  );
  expect(calls.length).toBeGreaterThan(30);
  const boundary = 'arn:aws:iam::123456789012:policy/limits';
  const arns = arnsOf(PLACE, namesOf(PLACE.region));
  const map = mapDeployerStatements(arns);
  const allowed = deployerPolicy(arns, { boundary, map }).Statement.flatMap(({ Action }) => Action);
  expect(calls.filter((call) => !allowed.includes(call))).toEqual([]);
});

test('the functions may write their own logs and nothing else', () => {
  const arns = arnsOf(PLACE, namesOf(PLACE.region));
  const [statement, ...others] = executionPolicy(arns).Statement;
  expect(others).toEqual([]);
  expect(statement).toMatchObject({
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [
      'arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/prepare-face-recognizer:*',
      'arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/recognize_face:*',
    ],
  });
});

test('deploy/README.md shows the policy as it is', () => {
  const blocks = readFileSync(join(ROOT, 'deploy/README.md'), 'utf8').split(/\n(?! {4})/);
  const shown = blocks
    .map((block) => block.trim())
    .find((block) => block.startsWith('{') && block.includes('"Version"'));
  const arns = arnsOf({ partition: 'aws', account: '123456789012', region: 'eu-west-1' }, namesOf('eu-west-1'));
  const whole = deployerPolicy(arns, { map: mapLookingStatements(arns) });
  expect(samePolicy(JSON.parse(shown ?? '{}'), whole)).toBe(true);
});
