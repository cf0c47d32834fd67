// npm run destroy: deletes everything of a stage that npm run deploy made, and nothing else.
import { applyDeletion } from './apply.ts';
import { connect } from './aws.ts';
import { DeployError } from './failure.ts';
import { arnsOf, namesOf } from './names.ts';
import { planDestroy, strangers } from './plan-destroy.ts';
import { findPlace } from './preflight.ts';
import {
  describeCommands,
  describePlace,
  type Identity,
  readRecordToChange,
  withoutDeployment,
  writeRecord,
} from './record.ts';
import { DESTROY_HELP, readTarget } from './settings.ts';
import { readState } from './state.ts';
import type { Step } from './steps.ts';
import { confirm, openTerminal, runDeployer } from './terminal.ts';
import type { Site } from './work.ts';

const { say } = openTerminal('destroy');

async function main(args: string[]): Promise<void> {
  const startMs = performance.now();
  const target = readTarget(args);
  if (!target) {
    process.stdout.write(DESTROY_HELP);
    return;
  }
  const aws = await connect(target);
  const place = await findPlace(aws);
  const names = namesOf(place.region, target.stage);
  const site: Site = { aws, names, arns: arnsOf(place, names) };
  const identity = { account: place.account, region: place.region, stage: target.stage };
  say(describePlace(identity));
  const state = await readState(aws, names, site.arns);
  const spared = strangers(state, names);
  for (const what of spared) say(`${what} was not made by this and stays`);
  const deleting = deleteAll(site, planDestroy(state, names), target.yes);
  await deleting.catch(() => undefined); // it is told below, after what the record says is put right
  // A look of its own, at everything: what a call reports and what is true may differ.
  const left = planDestroy(await readState(aws, names, site.arns), names);
  // Whatever else is left: without its functions it is no deployment.
  if (!left.some(({ action }) => action === 'deleteFunction')) forget(identity, names.functions.trainer);
  const done = await deleting;
  if (left.length > 0) throw new DeployError(`still there: ${left.map(({ text }) => text).join(', ')}: run it again`);
  if (target.json) {
    const ms = Math.round(performance.now() - startMs);
    process.stdout.write(
      `${JSON.stringify({ ...place, stage: names.tags['fr:stage'], steps: done, spared, left, ms })}\n`,
    );
  } else say('nothing of it is left');
}

/** Takes it out of the record, and says where the command lines run now. */
function forget(identity: Identity, trainer: string): void {
  const { deployments, lost, old } = readRecordToChange();
  if (lost !== undefined && old && (old.region !== identity.region || old.trainer !== trainer)) {
    say(`${lost} and is of another deployment, so it stays: run npm run deploy for that again`);
    return;
  }
  const rest = withoutDeployment(deployments, identity);
  if (lost !== undefined || rest.length < deployments.length) writeRecord(rest);
  say(`from now on ${describeCommands(rest)}`);
}

async function deleteAll(site: Site, steps: readonly Step[], yes: boolean): Promise<object[]> {
  if (steps.length === 0) {
    say('nothing to do: nothing of it is there');
    return [];
  }
  if (!yes) for (const { text } of steps) say(`  ${text}`);
  await confirm(`destroy: delete these ${steps.length} for good?`, yes);
  const done: object[] = [];
  for (const step of steps) {
    const startMs = performance.now();
    await applyDeletion(site, step);
    const ms = Math.round(performance.now() - startMs);
    done.push({ action: step.action, function: step.of, text: step.text, ms });
    say(`  ${step.text}: ${(ms / 1000).toFixed(1)} s`);
  }
  return done;
}

await runDeployer('destroy', main);
