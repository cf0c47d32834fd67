// The deployer killed before and after the effect of every single call to AWS: run again, it gets where it would have got.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Account, emptyAccount } from '../aws/account.ts';
import { type DeployerRun, pretend, runDeployer } from '../aws/deployer.ts';
import { describeWithAws, startAws } from '../aws/helpers.ts';
import { writeLayout } from '../aws/images.ts';
import { inventory } from '../aws/inventory.ts';
import type { AwsService } from '../aws/service.ts';
import { scratchFolder } from '../helpers.ts';

/** Deployers at a time; each is a process that mostly loads the SDK. */
const WORKERS = 3;

interface Scenario {
  program: 'up' | 'down';
  words: string[];
  /** What AWS holds before. */
  from: Account;
}

interface Point {
  call: number;
  kill: 'before' | 'after';
}

/** Without delays the calls of a run are the same each time. */
const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };

function reset(service: AwsService, account: Account): void {
  service.revive();
  const there = JSON.stringify(account).replace(/127\.0\.0\.1:\d+/g, service.registryHost);
  service.account = JSON.parse(there) as Account;
}

async function mustRun(service: AwsService, { program, words }: Scenario, run: DeployerRun): Promise<void> {
  const { exitCode, stderr } = await runDeployer(service, program, words, run);
  expect(stderr, stderr).not.toContain('    at ');
  expect(exitCode, stderr).toBe(0);
}

/** Kills a run at every point in turn, and runs it again. Gives the states in which AWS was left. */
async function tryEveryFault(services: AwsService[], scenario: Scenario, folder: string): Promise<Account[]> {
  const [first] = services as [AwsService];
  reset(first, scenario.from);
  const whole = join(folder, 'whole.json');
  await mustRun(first, scenario, { record: whole });
  const goal = inventory(first.account);
  const calls = first.calls.map(({ service, action }) => `${service}:${action}`);
  const points = calls.flatMap((_call, call): Point[] => [
    { call, kill: 'before' },
    { call, kill: 'after' },
  ]);
  const total = points.length;
  const left: Account[] = [];
  const worker = async (service: AwsService): Promise<void> => {
    for (let point = points.shift(); point; point = points.shift()) {
      const { call, kill } = point;
      const where = `killed ${kill} ${calls[call]} (${call})`;
      const record = join(folder, `${call}-${kill}.json`);
      reset(service, scenario.from);
      service.fault = (_call, index) => (index === call ? { kill } : undefined);
      const { killed, stderr } = await runDeployer(service, scenario.program, scenario.words, { record });
      expect(killed, `${where}: ${stderr}`).toBe(true);
      left.push(structuredClone(service.account));
      service.revive();
      await mustRun(service, scenario, { record });
      expect(inventory(service.account), where).toEqual(goal);
      expect(existsSync(record), where).toBe(scenario.program === 'up');
    }
  };
  await Promise.all(services.map(worker));
  process.stderr.write(`faults: ${calls.length} calls, ${total} points (${scenario.program})\n`);
  return left;
}

describeWithAws('a deployer that is killed at any call', (storage) => {
  test('deploys, changes and destroys when it is run again', { timeout: 900_000 }, async () => {
    const folder = await scratchFolder();
    const make = (name: string): Promise<string> =>
      writeLayout(join(folder, name), 'amd64', {
        trainer: { content: `trainer ${name}` },
        recognizer: { content: `recognizer ${name}` },
      });
    const [old, changed] = [await make('old'), await make('changed')];
    const settings = { temper: AT_ONCE, run: pretend };
    const services = await Promise.all(Array.from({ length: WORKERS }, () => startAws(storage(), settings)));
    const [first] = services as [AwsService];
    const words = ['--arch', 'x86_64', '--snapstart', '--yes', '--images'];
    const t0 = Date.now();
    await tryEveryFault(services, { program: 'up', words: [...words, old], from: emptyAccount() }, folder);
    console.log(Date.now() - t0);
    reset(first, emptyAccount());
    await mustRun(
      first,
      { program: 'up', words: [...words, old], from: emptyAccount() },
      { record: join(folder, 'x') },
    );
    const deployed = structuredClone(first.account);
    await tryEveryFault(
      services,
      { program: 'up', words: [...words, changed, '--memory', '2048'], from: deployed },
      folder,
    );
    console.log(Date.now() - t0);
    await tryEveryFault(services, { program: 'down', words: ['--yes'], from: deployed }, folder);
    console.log(Date.now() - t0);
  });
});
