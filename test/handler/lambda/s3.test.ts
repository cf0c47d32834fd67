// The recognizer's S3 client against a real S3 server, with the rights that a deploy gives its role.
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readingStatements } from '../../../deploy/cloud/policy-map.ts';
import { openStore } from '../../../handler/lambda/s3.ts';
import { S3 } from '../../aws/s3.ts';
import { DEPLOYER, REGION } from '../../aws/settings.ts';

const PLACE = { partition: 'aws', account: '123456789012', region: REGION };
const ROLE = {
  accessKeyId: 'ASIAFUNCTION',
  secretAccessKey: 'of the function',
  arn: 'arn:aws:iam::123456789012:role/f',
};

let s3: S3;
beforeEach(async () => {
  s3 = await S3.start(['photos', 'secret']);
  const Statement = readingStatements(PLACE, [{ bucket: 'photos', prefix: 'in/' }]);
  s3.people.push({ ...ROLE, policy: { Version: '2012-10-17', Statement } });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.url);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', ROLE.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', ROLE.secretAccessKey);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('reads pictures by any key, and writes answers into the runs', async () => {
  const mine = s3.client(DEPLOYER);
  const Key = "in/a b/\u00e9+'(1)*.jpg";
  await mine.send(new PutObjectCommand({ Bucket: 'photos', Key, Body: 'picture' }));
  const store = openStore();
  expect(Buffer.from(await store.read('photos', Key)).toString()).toBe('picture');
  await store.write('photos', 'in/fr-results/1/parts/a.jsonl', '{}\n');
  const written = await mine.send(new GetObjectCommand({ Bucket: 'photos', Key: 'in/fr-results/1/parts/a.jsonl' }));
  expect(await written.Body?.transformToString()).toBe('{}\n');
});

test.each([
  ['a key that is gone', (store: ReturnType<typeof openStore>) => store.read('photos', 'in/gone.jpg')],
  ['a prefix that is not deployed', (store: ReturnType<typeof openStore>) => store.read('photos', 'out/a.jpg')],
  ['another bucket', (store: ReturnType<typeof openStore>) => store.read('secret', 'in/a.jpg')],
  ["somebody's picture, to be overwritten", (store: ReturnType<typeof openStore>) => store.write('photos', 'in/a', '')],
])('has no right to %s, and S3 says AccessDenied', async (_what, use) => {
  await expect(use(openStore())).rejects.toMatchObject({ name: 'AccessDenied' });
});
