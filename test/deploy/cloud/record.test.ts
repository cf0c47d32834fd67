// The record while several processes change it at once: real processes that run dist/, like `npm run deploy`.
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { withLock } from '../../../deploy/cloud/lock.ts';
import { ROOT, scratchFolder } from '../../helpers.ts';

/** Adds deployments one by one, each a change of its own. */
const ADD = `
  const { changeRecord, withDeployment } = await import(process.argv[1]);
  const [, , name, count] = process.argv;
  process.stdout.write('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.destroy();
  const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
  for (let i = 0; i < Number(count); i += 1) {
    await changeRecord(({ deployments }) =>
      withDeployment(deployments, {
        account: '123456789012', region: 'eu-west-1', stage: name + i, functions: { trainer: arn, recognizer: arn },
        qualifier: 'live', memoryMb: 1769, architecture: 'x86_64', commands: 'local',
      }));
  }`;

/** Adds deployments from as many processes as there are names, which begin together. */
async function add(record: string, names: readonly string[], count: number): Promise<void> {
  const script = join(ROOT, 'dist/deploy/cloud/record.js');
  const children = names.map((name) =>
    execa(process.execPath, ['--input-type=module', '--eval', ADD, script, name, String(count)], {
      env: { FR_DEPLOYMENT: record },
      timeout: 60_000,
    }),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  for (const { stdin } of children) stdin.write('go');
  await Promise.all(children);
}

function stages(record: string): string[] {
  return JSON.parse(readFileSync(record, 'utf8')).deployments.map(({ stage }: { stage: string }) => stage);
}

test('keeps every deployment that two processes record at the same time', async () => {
  const record = join(await scratchFolder(), 'deployment.json');
  await add(record, ['a', 'b'], 40);
  expect(new Set(stages(record)).size).toBe(80);
  expect(existsSync(`${record}.lock`)).toBe(false);
});

test('removes a lock that a killed process left', async () => {
  const record = join(await scratchFolder(), 'deployment.json');
  writeFileSync(`${record}.lock`, '');
  const old = Date.now() / 1000 - 60;
  utimesSync(`${record}.lock`, old, old);
  await add(record, ['a'], 1);
  expect(stages(record)).toEqual(['a0']);
});

test('stops waiting for a lock at its limit, and leaves the lock to its holder', async () => {
  const lock = join(await scratchFolder(), 'lock');
  writeFileSync(lock, '');
  const work = withLock(lock, () => expect.unreachable('it is held'), 300);
  await expect(work).rejects.toThrow(/^\S+lock is held by another run: wait until that ends, then run it again$/);
  expect(existsSync(lock)).toBe(true);
});
