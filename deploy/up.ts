// npm run deploy: from credentials and Docker to two working functions on AWS; run again, it changes only what differs.
import { applyStep } from './apply.ts';
import { type Aws, connect } from './aws.ts';
import { findEngine } from './engine.ts';
import { openWorkshop } from './image.ts';
import { checkLayers } from './layers.ts';
import { defaultLayout, makeImages } from './make.ts';
import { ALIAS, arnsOf, FUNCTIONS, type FunctionName, imageName, namesOf } from './names.ts';
import { readImage, type StoredImage } from './oci.ts';
import { planDeploy } from './plan.ts';
import { deployerPolicy } from './policy.ts';
import { findPlace, warnings } from './preflight.ts';
import { projectRoot } from './project.ts';
import { type Deployment, describePlace } from './record.ts';
import { commandsAfter, describeDeployment, verifyAndRecord, verifyRecorded } from './recording.ts';
import { DEPLOY_HELP, readSettings, type Settings } from './settings.ts';
import { readState } from './state.ts';
import type { Step, Wanted } from './steps.ts';
import { confirm, openTerminal, runDeployer } from './terminal.ts';
import type { Work } from './work.ts';

const terminal = openTerminal('deploy');
const { say } = terminal;

async function main(args: string[]): Promise<void> {
  const startMs = performance.now();
  const settings = readSettings(args);
  if (!settings) {
    process.stdout.write(DEPLOY_HELP);
    return;
  }
  const aws = await connect(settings);
  const place = await findPlace(aws);
  const names = namesOf(place.region, settings.stage);
  say(describePlace({ ...place, stage: settings.stage }));
  if (settings.verify) {
    await verifyRecorded(aws, names, { ...place, stage: settings.stage }, say);
    if (settings.json) print({ verified: true, ms: since(startMs) });
    return;
  }
  const arns = arnsOf(place, names);
  const policy = deployerPolicy(arns);
  // First, so that it can be read by those who may not yet do anything.
  if (settings.plan && !settings.json) print(policy, 1);
  for (const warning of await warnings(aws)) say(warning);
  const images = await findImages(settings);
  const wanted: Wanted = { place, names, arns, images, settings };
  const state = await readState(aws, names, arns, images);
  const steps = planDeploy(state, wanted);
  const deployment = describeDeployment(wanted, settings);
  if (settings.plan) {
    printPlan(steps, policy, deployment, settings.json);
    return;
  }
  const work: Work = { aws, names, arns, wanted, onProgress: terminal.progress, repositoryUri: state.repository?.uri };
  say(`after it ${commandsAfter(deployment)}`);
  const done = await apply(work, steps, settings.yes);
  await verifyAndRecord(aws, names, deployment, say);
  const { commands } = deployment;
  if (settings.json)
    print({ ...(await summary(aws, wanted, work)), commands, steps: done, verified: true, ms: since(startMs) });
  say(`done in ${(since(startMs) / 1000).toFixed(1)} s: ${commandsAfter(deployment)}`);
}

async function findImages(settings: Settings): Promise<Record<FunctionName, StoredImage>> {
  const { architecture, base } = settings;
  let folder = settings.images;
  if (folder === undefined) {
    const engine = await findEngine();
    say(`building the images with ${engine.client}, which takes minutes the first time`);
    const options = { base, folder: projectRoot(), onProgress: say };
    folder = defaultLayout();
    await makeImages(await openWorkshop(engine, architecture, options), folder);
  }
  const read = async (name: FunctionName): Promise<StoredImage> => {
    const image = await readImage(folder, imageName(name, architecture), architecture);
    await checkLayers(image);
    return image;
  };
  return { trainer: await read('trainer'), recognizer: await read('recognizer') };
}

function printPlan(steps: readonly Step[], policy: object, deployment: Deployment, json: boolean): void {
  if (json) {
    const { commands } = deployment;
    print({ steps: steps.map(({ action, of, text }) => ({ action, function: of, text })), commands, policy });
    return;
  }
  say(steps.length === 0 ? 'nothing would be done: all is as wanted' : 'this would be done:');
  for (const { text } of steps) say(`  ${text}`);
  say(`after it ${commandsAfter(deployment)}`);
  say('standard output has the policy needed');
}

interface Done extends Omit<Step, 'of'> {
  function?: FunctionName | undefined;
  ms: number;
}

async function apply(work: Work, steps: readonly Step[], yes: boolean): Promise<Done[]> {
  if (steps.length === 0) {
    say('nothing to do: all is as wanted');
    return [];
  }
  say(`${steps.length} steps:`);
  if (!yes) for (const { text } of steps) say(`  ${text}`);
  await confirm('deploy: go on?', yes);
  const done: Done[] = [];
  for (const step of steps) {
    const startMs = performance.now();
    await applyStep(work, step);
    const ms = since(startMs);
    done.push({ action: step.action, function: step.of, text: step.text, ms });
    say(`  ${step.text}: ${(ms / 1000).toFixed(1)} s`);
  }
  return done;
}

async function summary(aws: Aws, { place, names, arns, images }: Wanted, work: Work): Promise<object> {
  const functions: Record<string, object> = {};
  for (const name of FUNCTIONS) {
    const version = (await aws.functionConfiguration(names.functions[name], ALIAS))?.Version;
    const { digest } = images[name];
    functions[name] = { name: names.functions[name], arn: arns.functions[name], alias: ALIAS, version, digest };
  }
  const { account, region } = place;
  return { account, region, stage: names.tags['fr:stage'], repository: work.repositoryUri, role: arns.role, functions };
}

function since(startMs: number): number {
  return Math.round(performance.now() - startMs);
}

function print(object: object, indent?: number): void {
  process.stdout.write(`${JSON.stringify(object, null, indent)}\n`);
}

await runDeployer('deploy', main);
