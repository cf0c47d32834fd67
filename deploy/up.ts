// npm run deploy: from credentials and Docker to two working functions on AWS. Run again, it changes only what differs.

import { findImages, type Images, knownImages } from './choose-images.ts';
import { applyStep } from './cloud/apply.ts';
import { type Aws, connect } from './cloud/aws/connect.ts';
import { planDeploy } from './cloud/plan.ts';
import { keptByHand } from './cloud/plan-function.ts';
import { deployerPolicy } from './cloud/policy.ts';
import { mapDeployerStatements, mapLookingStatements } from './cloud/policy-map.ts';
import { askAllowance, findPlace } from './cloud/preflight.ts';
import { type Deployment, describePlace } from './cloud/record.ts';
import { commandsAfter, describeDeployment, verifyAndRecord, verifyRecorded } from './cloud/recording.ts';
import { type Done, runSteps } from './cloud/run-steps.ts';
import { readState } from './cloud/state.ts';
import { roleArn, type Step, type Wanted } from './cloud/steps.ts';
import { imageOf, type Work } from './cloud/work.ts';
import { DeployError } from './failure.ts';
import { ALIAS, arnsOf, FUNCTIONS, namesOf } from './names.ts';
import { openProgress } from './progress.ts';
import { DEPLOY_HELP, readSettings, type Settings } from './settings.ts';
import { confirm, runDeployer } from './terminal.ts';

const progress = openProgress('deploy');
const { say, quietly } = progress;

async function main(args: string[]): Promise<void> {
  const startMs = performance.now();
  const settings = readSettings(args);
  if (!settings) {
    process.stdout.write(DEPLOY_HELP);
    return;
  }
  const aws = await connect(settings);
  const place = await quietly('asking AWS who deploys', () => findPlace(aws));
  const names = namesOf(place.region, settings.stage);
  const identity = { ...place, stage: settings.stage };
  say(describePlace(identity));
  if (settings.verify) {
    await quietly('trying out the functions', () => verifyRecorded(aws, names, identity, say));
    if (settings.json) print({ verified: true, ms: since(startMs) });
    return;
  }
  const arns = arnsOf(place, names);
  refuseOtherAccounts(settings, place.account);
  const map = settings.buckets.length === 0 ? mapLookingStatements(arns) : mapDeployerStatements(arns);
  const policy = deployerPolicy(arns, { ...settings, map });
  // Printed before any call that needs a permission: people whose credentials allow nothing yet need the policy.
  if (settings.plan && !settings.json) print(policy, 1);
  const { warnings, concurrency } = await askAllowance(aws);
  for (const warning of warnings) say(warning);
  const images = await (settings.plan ? knownImages : findImages)(settings, progress);
  const wanted: Wanted = { place, names, arns, images, settings };
  const look = { images, otherRole: settings.role !== undefined, wantsMap: settings.buckets.length > 0 };
  const state = await quietly('looking at what is there', () => readState(aws, names, arns, look));
  const steps = planDeploy(state, wanted);
  const deployment = describeDeployment(wanted, settings, concurrency);
  for (const line of keptByHand(state, names)) say(line);
  if (settings.plan) {
    printPlan(steps, policy, deployment, images, settings.json);
    return;
  }
  const repositoryUri = state.repository?.uri;
  const work: Work = { aws, names, arns, wanted, state, onProgress: () => undefined, repositoryUri };
  say(`after it ${commandsAfter(deployment)}`);
  const done = await apply(work, steps, settings.yes);
  await quietly('trying out the functions', () => verifyAndRecord(aws, names, deployment, say));
  const { commands } = deployment;
  if (settings.json)
    print({ ...(await summary(aws, wanted, work)), commands, steps: done, verified: true, ms: since(startMs) });
  say(`done in ${(since(startMs) / 1000).toFixed(1)} s: ${commandsAfter(deployment)}`);
}

/** A function can only run as a role of its own account. */
function refuseOtherAccounts({ role }: Settings, account: string): void {
  if (role === undefined || role.split(':')[4] === account) return;
  throw new DeployError(`--role ${role} is of another account than ${account}: give a role of this one`);
}

function printPlan(
  steps: readonly Step[],
  policy: object,
  deployment: Deployment,
  images: Images | undefined,
  json: boolean,
): void {
  if (json) {
    const digests = images && { trainer: images.trainer.digest, recognizer: images.recognizer.digest };
    const told = steps.map(({ action, of, text }) => ({ action, function: of, text }));
    print({ steps: told, images: digests ?? null, commands: deployment.commands, policy });
    return;
  }
  say(steps.length === 0 ? 'nothing would be done: everything is up to date' : 'this would be done:');
  for (const { text } of steps) say(`  ${text}`);
  say(`after it ${commandsAfter(deployment)}`);
  say('the policy that it needs is on standard output');
}

async function apply(work: Work, steps: readonly Step[], yes: boolean): Promise<Done[]> {
  if (steps.length === 0) {
    say('nothing to do: everything is up to date');
    return [];
  }
  say(`${steps.length} steps:`);
  if (!yes) for (const { text } of steps) say(`  ${text}`);
  await confirm('deploy: go on?', yes);
  return runSteps(progress, steps, (step, tell) => {
    const onProgress: Work['onProgress'] = ({ sentBytes, totalBytes }) =>
      tell(`pushed ${(sentBytes / 1e6).toFixed(1)} of ${(totalBytes / 1e6).toFixed(1)} MB`);
    return applyStep(Object.assign(work, { onProgress }), step);
  });
}

async function summary(aws: Aws, wanted: Wanted, work: Work): Promise<object> {
  const { place, names, arns } = wanted;
  const functions: Record<string, object> = {};
  for (const name of FUNCTIONS) {
    const version = (await aws.functionConfiguration(names.functions[name], ALIAS))?.Version;
    const { digest } = imageOf(work, name);
    functions[name] = { name: names.functions[name], arn: arns.functions[name], alias: ALIAS, version, digest };
  }
  const { account, region } = place;
  const { repositoryUri: repository } = work;
  return { account, region, stage: names.tags['fr:stage'], repository, role: roleArn(wanted), functions };
}

function since(startMs: number): number {
  return Math.round(performance.now() - startMs);
}

function print(object: object, indent?: number): void {
  process.stdout.write(`${JSON.stringify(object, null, indent)}\n`);
}

await runDeployer('deploy', main);
