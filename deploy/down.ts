// npm run destroy: deletes everything that npm run deploy made for a stage, and nothing else.
import { applyDeletion } from './cloud/apply.ts';
import { connect } from './cloud/aws/connect.ts';
import { foreignThings, planDestroy } from './cloud/plan-destroy.ts';
import { findPlace } from './cloud/preflight.ts';
import {
  changeRecord,
  describeCommands,
  describePlace,
  type Identity,
  readRecordToChange,
  withoutDeployment,
} from './cloud/record.ts';
import { trySteps } from './cloud/run-steps.ts';
import { knowsBuckets, readState, type State } from './cloud/state.ts';
import type { Step } from './cloud/steps.ts';
import type { Site } from './cloud/work.ts';
import { DeployError } from './failure.ts';
import { arnsOf, namesOf } from './names.ts';
import { openProgress } from './progress.ts';
import { DESTROY_HELP, readTarget } from './settings.ts';
import { confirm, explain, runDeployer } from './terminal.ts';

const progress = openProgress('destroy');
const { say, quietly } = progress;

/** Something that is still there, with the reason if it is known. */
interface Left {
  text: string;
  reason?: string | undefined;
}

async function main(args: string[]): Promise<void> {
  const startMs = performance.now();
  const target = readTarget(args);
  if (!target) {
    process.stdout.write(DESTROY_HELP);
    return;
  }
  const aws = await connect(target);
  const place = await quietly('asking AWS who destroys', () => findPlace(aws));
  const names = namesOf(place.region, target.stage);
  const site: Site = { aws, names, arns: arnsOf(place, names) };
  const identity = { account: place.account, region: place.region, stage: target.stage };
  say(describePlace(identity));
  const before = await look(site);
  const spared = foreignThings(before.state, names);
  for (const what of spared) say(`${what} was not made by this program, so it stays`);
  const planned = planDestroy(before.state, names);
  if (planned.length === 0 && before.unread.length === 0) say('nothing to do: nothing is there');
  const { done, failed } = await deleteAll(site, planned, target.yes);
  // Look again at everything: what a call reports and what is true may differ.
  const after = await look(site, knowsBuckets(before.state));
  const remaining = planDestroy(after.state, names);
  // Without its functions it is no deployment any more, whatever else is left.
  const isGone = !remaining.some(({ action }) => action === 'deleteFunction');
  if (isGone && !after.unread.some(({ text }) => text.startsWith('the function'))) {
    await forget(identity, names.functions.trainer);
  }
  const still = remaining.map(({ text }) => ({ text, reason: failed.get(text) }));
  const left: Left[] = [...still, ...after.unread];
  if (target.json) {
    const ms = Math.round(performance.now() - startMs);
    const all = { ...place, stage: names.tags['fr:stage'], steps: done, spared, left, ms };
    process.stdout.write(`${JSON.stringify(all)}\n`);
  }
  if (left.length === 0) {
    if (!target.json) say(`nothing is left, after ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
    return;
  }
  for (const { text, reason } of left) say(`left: ${text}${reason === undefined ? '' : `: ${reason}`}`);
  const [first] = left;
  const why = first?.reason ?? 'AWS reported success, but it is still there';
  if (left.length === 1) throw new DeployError(first?.reason ?? `${first?.text}: ${why}: run it again`);
  throw new DeployError(`${left.length} things could not be deleted; the first one: ${why}`);
}

/** Removes the deployment from the record, and says where the command lines run now. */
async function forget(identity: Identity, trainer: string): Promise<void> {
  const { deployments, lost, old } = readRecordToChange();
  if (lost !== undefined && old && (old.region !== identity.region || old.trainer !== trainer)) {
    say(`${lost} and belongs to another deployment, so it stays: run npm run deploy again for that one`);
    return;
  }
  const rest = withoutDeployment(deployments, identity);
  if (lost !== undefined || rest.length < deployments.length) {
    await changeRecord((found) => withoutDeployment(found.deployments, identity));
  }
  say(`from now on ${describeCommands(rest)}`);
}

/** Everything of the stage that can be read, and what cannot be read. */
async function look({ aws, names, arns }: Site, wantsMap = false): Promise<{ state: State; unread: Left[] }> {
  const unread: Left[] = [];
  const onFailure = (what: string, error: unknown): void => void unread.push({ text: what, reason: explain(error) });
  const state = await quietly('looking at what is there', () => readState(aws, names, arns, { onFailure, wantsMap }));
  return { state, unread };
}

async function deleteAll(site: Site, steps: readonly Step[], yes: boolean): ReturnType<typeof trySteps> {
  if (steps.length === 0) return { done: [], failed: new Map() };
  if (!yes) for (const { text } of steps) say(`  ${text}`);
  await confirm(`destroy: delete these ${steps.length} for good?`, yes);
  return trySteps(progress, steps, (step) => applyDeletion(site, step));
}

await runDeployer('destroy', main);
