// Many pictures on Lambda, against a stand-in that scales, throttles and fails as Lambda does.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { scratchFolder, start } from '../../helpers.ts';
import { leadingTo, recordDeployments } from './recorded.ts';
import { type Scaling, ScalingLambda } from './scaling-lambda.ts';

let server: ScalingLambda | undefined;

afterEach(() => server?.close());

/** A stand-in, a model, and so many pictures of so many bytes that no two are alike. */
async function prepare(scaling: Partial<Scaling>, pictures: number, bytes = 20_000) {
  server = new ScalingLambda(scaling);
  const port = await server.listen();
  const folder = await scratchFolder();
  const record = join(folder, 'deployment.json');
  recordDeployments(record);
  const model = join(folder, 'model.csv');
  writeFileSync(model, `${Array.from({ length: 128 }, () => '0.5').join(',')}\n`);
  const paths = Array.from({ length: pictures }, (_, i) => join(folder, `${String(i).padStart(4, '0')}.jpg`));
  for (const [i, path] of paths.entries()) writeFileSync(path, Buffer.alloc(bytes, `\xff\xd8\xff${i}`, 'latin1'));
  return { env: leadingTo(`http://127.0.0.1:${port}`, record), folder, model, paths, server };
}

test('answers every picture once and in order while calls are throttled and fail', async () => {
  const scaling = { most: 40, perTenSeconds: 40, failEvery: 20, msPerPicture: 300 };
  const { env, folder, model, paths, server } = await prepare(scaling, 500);
  const { stdout, stderr, exitCode } = await start('fr-recognize', [model, folder], { env });
  expect(stdout.split('\n')).toEqual(paths.map((path) => `${path}\tFalse`));
  expect(exitCode, stderr).toBe(1);
  expect(stderr).toMatch(/fr-recognize: 500 pictures: about \d+ calls and USD 0\.00\d+, \d+ s/);
  const { counts } = server;
  expect(counts.pictures).toBe(500);
  expect(counts.failed).toBeGreaterThan(0);
  expect(counts.calls - counts.failed).toBeLessThan(450); // several pictures to a call
  expect(counts.mostBusy).toBeLessThanOrEqual(36); // nine tenths of what the account allows
});

test('learns from throttling what is allowed where the account may not be asked', async () => {
  const { env, model, paths, server } = await prepare({ most: 4, failEvery: 0, speed: 0.5, isSilent: true }, 60);
  const { stdout, exitCode, stderr } = await start('fr-recognize', [model, ...paths], { env });
  expect(stdout.split('\n')).toHaveLength(60);
  expect(exitCode, stderr).toBe(1);
  expect(server.counts.pictures).toBe(60);
  expect(server.counts.throttled).toBeGreaterThan(0);
});

test('keeps to --concurrency, and says which numbers it takes', async () => {
  const { env, model, paths, server } = await prepare({ speed: 0.01, failEvery: 0 }, 60);
  const words = [model, ...paths, '-q'];
  await start('fr-recognize', [...words, '--concurrency', '3'], { env });
  expect(server.counts.pictures).toBe(60);
  expect(server.counts.mostBusy).toBeLessThanOrEqual(3);
  const { stderr } = await start('fr-recognize', [...words, '--concurrency', '0'], { env });
  expect(stderr).toBe('fr-recognize: --concurrency needs a whole number from 1 to 1000');
});

test('keeps to --budget with many calls under way', async () => {
  const { env, model, paths, server } = await prepare({ speed: 0.01, failEvery: 0, coldMs: 0 }, 200);
  const budgetUsd = 0.0003;
  const words = [model, ...paths, '-q', '--json', '--budget', String(budgetUsd)];
  const { stdout, stderr, exitCode } = await start('fr-recognize', words, { env });
  expect(stderr.split('\n').at(-1)).toMatch(/^fr-recognize: the budget of USD 0\.0003 is used up: \d+ calls cost USD /);
  expect(exitCode).toBe(2);
  const spentUsd = (server.counts.billedMs / 1000) * (1769 / 1024) * 0.0000166667 + server.counts.calls * 0.0000002;
  expect(spentUsd).toBeLessThan(1.05 * budgetUsd);
  expect(spentUsd).toBeGreaterThan(0.7 * budgetUsd);
  expect(stdout.split('\n').length).toBeGreaterThan(30);
});
