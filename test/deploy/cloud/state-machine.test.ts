// The text of the state machine: by the language's own validator, and what must not be in it.
import validate from 'asl-validator';
import { expect, test } from 'vitest';
import { mapPolicy, readingStatements } from '../../../deploy/cloud/policy-map.ts';
import { stateMachine } from '../../../deploy/cloud/state-machine.ts';
import { arnsOf, namesOf } from '../../../deploy/names.ts';

const PLACE = { partition: 'aws-cn', account: '123456789012', region: 'cn-north-1' };
const ARNS = arnsOf(PLACE, namesOf(PLACE.region, 'dev'));
const BUCKETS = [
  { bucket: 'photos', prefix: 'in/' },
  { bucket: 'all', prefix: '' },
];
const text = JSON.stringify(stateMachine(PLACE, ARNS));

test('is valid Amazon States Language', () => {
  expect(validate(JSON.parse(text))).toMatchObject({ isValid: true, errors: [] });
  expect(validate(JSON.parse(text.replace('"End":true', '"Next":"Nowhere"'))).isValid).toBe(false);
});

test('has the ARNs of its partition, and calls the recognizer by its alias', () => {
  const arns = [...text.matchAll(/arn:[^"]+/g)].map(([one]) => one);
  expect(arns.filter((one) => !one.startsWith('arn:aws-cn:'))).toEqual([]);
  expect(arns).toContain('arn:aws-cn:lambda:cn-north-1:123456789012:function:recognize_face-dev:live');
});

test('forgets the model at every end, and does not put its key into the output', () => {
  const { States } = JSON.parse(text) as { States: Record<string, Record<string, unknown>> };
  for (const name of ['JudgePrefix', 'JudgeList']) {
    expect(States[name]).toMatchObject({ Next: 'ForgetModel', Catch: [{ Next: 'ForgetModelAfterFailure' }] });
  }
  expect(States.ForgetModel).toMatchObject({ OutputPath: '$.map', End: true });
  expect(States.ForgetModelAfterFailure).toMatchObject({ Resource: States.ForgetModel?.Resource, Next: 'Failed' });
});

test('its role may list only the deployed prefixes, and the functions read and write only there', () => {
  const statements = [...mapPolicy(PLACE, ARNS, BUCKETS).Statement, ...readingStatements(PLACE, BUCKETS)];
  const of = (action: string) => statements.find(({ Action }) => [Action].flat().includes(action));
  expect(of('s3:ListBucket')).toMatchObject({
    Resource: 'arn:aws-cn:s3:::photos',
    Condition: { StringLike: { 's3:prefix': 'in/*' } },
  });
  // An asterisk right behind the name would also be `recognize_bucket-dev`, another stage's.
  expect(of('states:StopExecution')?.Resource).toEqual([`${ARNS.map.executions}:*`, `${ARNS.map.executions}/*`]);
  expect(of('s3:DeleteObject')?.Resource).toEqual([
    'arn:aws-cn:s3:::photos/in/fr-results/*/job.sealed',
    'arn:aws-cn:s3:::all/fr-results/*/job.sealed',
  ]);
  const reading = readingStatements(PLACE, BUCKETS);
  expect(reading.map(({ Resource }) => Resource)).toEqual([
    ['arn:aws-cn:s3:::photos/in/*', 'arn:aws-cn:s3:::all/*'],
    ['arn:aws-cn:s3:::photos/in/fr-results/*/parts/*', 'arn:aws-cn:s3:::all/fr-results/*/parts/*'],
  ]);
  const open = statements.filter(({ Resource }) => [Resource].flat().includes('*')).map(({ Sid }) => Sid);
  expect(open).toEqual(['DeliverLogs']);
  expect(readingStatements(PLACE, [])).toEqual([]);
});
