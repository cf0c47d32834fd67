// Kills the deployer after every call to AWS that changes something. The next run finishes the work.
// `npm run test:faults` kills it before and after every single call.
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Account, emptyAccount } from '../aws/account.ts';
import { pretend, runDeployer } from '../aws/deployer.ts';
import { describeWithAws, startAws } from '../aws/helpers.ts';
import { writeLayout } from '../aws/images.ts';
import { inventory, transplant } from '../aws/inventory.ts';
import type { AwsService } from '../aws/service.ts';
import { scratchFolder } from '../helpers.ts';

/** Deployers at a time; each is a process that mostly loads the SDK. */
const WORKERS = 3;
/**
 * Whether to kill before and after every call. Without it, only after those that change something: until the next change AWS
 * is left as that one left it, wherever the kill comes, so that the other points lead to states that are tried already.
 */
const EVERYWHERE = process.env.FR_FAULTS === 'all';
/** Without delays the calls of a run are the same each time. */
const AT_ONCE = { roleMs: 0, pendingMs: 0, updateMs: 0 };
const EMPTY = emptyAccount();

/** What is known on either side: by AWS, and by the record of the deployment, if there is one. */
interface Left {
  account: Account;
  record: string;
}

interface Scenario {
  program: 'up' | 'down';
  words: string[];
  from: Left;
}

interface Point {
  call: number;
  kill: 'before' | 'after';
}

function begin(service: AwsService, { account }: Left): void {
  service.revive();
  service.account = transplant(account, service.registryHost);
}

/** Runs to the end; gives what it leaves. */
async function finish(service: AwsService, { program, words, from }: Scenario): Promise<Left> {
  begin(service, from);
  const record = await ownRecord(from);
  const { exitCode, stderr } = await runDeployer(service, program, words, { record });
  expect(exitCode, stderr).toBe(0);
  expect(existsSync(record), stderr).toBe(program === 'up');
  return { account: service.account, record };
}

let records = 0;

/** A copy of the record that a run was left with, which the next may change. */
async function ownRecord({ record }: Left): Promise<string> {
  records += 1;
  const copy = `${record}.${records}`;
  if (existsSync(record)) await copyFile(record, copy);
  return copy;
}

const keyOf = ({ account, record }: Left): string => JSON.stringify([inventory(account), existsSync(record)]);

/** Takes from a list until it is empty, with every service at a time. */
async function share<T>(services: AwsService[], list: T[], work: (service: AwsService, item: T) => Promise<void>) {
  const rest = [...list];
  const worker = async (service: AwsService): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(service, item);
  };
  await Promise.all(services.map(worker));
}

/** Kills a run at every point in turn. Gives each state that was left, once: many points leave the same. */
async function killEverywhere(services: AwsService[], scenario: Scenario): Promise<Map<string, Left>> {
  const [first] = services as [AwsService];
  await finish(first, scenario);
  const made = [...first.calls];
  const calls = made.map(({ service, action }) => `${service}:${action}`);
  const points = made.flatMap(({ write }, call): Point[] => [
    ...(EVERYWHERE || call === 0 ? [{ call, kill: 'before' } as const] : []),
    ...(EVERYWHERE || write ? [{ call, kill: 'after' } as const] : []),
  ]);
  const states = new Map<string, Left>();
  await share(services, points, async (service, { call, kill }) => {
    begin(service, scenario.from);
    service.fault = (_call, index) => (index === call ? { kill } : undefined);
    const record = await ownRecord(scenario.from);
    const { killed, stderr } = await runDeployer(service, scenario.program, scenario.words, { record });
    expect(killed, `${kill} ${calls[call]} (${call}): ${stderr}`).toBe(true);
    const left = { account: service.account, record };
    states.set(keyOf(left), left);
  });
  const said = `${calls.length} calls, killed at ${points.length} points, which left ${states.size} states`;
  process.stderr.write(`faults of ${scenario.program}: ${said}\n`);
  return states;
}

const WHERE = EVERYWHERE ? 'before and after each of its calls to AWS' : 'after each change that it makes on AWS';

describeWithAws(`the deployer, killed ${WHERE} in turn,`, (storage) => {
  test('finishes a deploy, a change or a destroy when it is run again', { timeout: 900_000 }, async () => {
    const folder = await scratchFolder();
    const make = (name: string): Promise<string> =>
      writeLayout(join(folder, name), 'amd64', {
        trainer: { content: `trainer ${name}` },
        recognizer: { content: `recognizer ${name}` },
      });
    const settings = { temper: AT_ONCE, run: pretend };
    const services = await Promise.all(Array.from({ length: WORKERS }, () => startAws(storage(), settings)));
    const [first] = services as [AwsService];
    const words = ['--arch', 'x86_64', '--snapstart', '--yes'];
    const nothing: Left = { account: EMPTY, record: join(folder, 'record') };
    const creation: Scenario = { program: 'up', words: [...words, '--images', await make('old')], from: nothing };
    const deployed = await finish(first, creation);
    const change: Scenario = {
      program: 'up',
      words: [...words, '--images', await make('new'), '--memory', '2048', '--tags', 'a=b'],
      from: deployed,
    };
    const changed = await finish(first, change);
    const teardown: Scenario = { program: 'down', words: ['--yes'], from: deployed };
    for (const [scenario, goal] of [
      [creation, deployed.account],
      [change, changed.account],
      [teardown, EMPTY],
    ] as const) {
      const states = await killEverywhere(services, scenario);
      await share(services, [...states.values()], async (service, from) => {
        const { account } = await finish(service, { ...scenario, from });
        expect(inventory(account)).toEqual(inventory(goal));
        // A half-made deployment can also be destroyed.
        if (scenario === creation) await finish(service, { ...teardown, from });
      });
    }
  });
});
