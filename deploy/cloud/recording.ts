// Tries out a deployment and records it, and says where the command lines run from then on.

import { DeployError } from '../failure.ts';
import { ALIAS, LAMBDA_ARCHITECTURES, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { failureLine } from '../terminal.ts';
import type { Aws } from './aws/connect.ts';
import {
  changeRecord,
  type Deployment,
  describeCommands,
  findDeployments,
  type Identity,
  isSame,
  nameDeployments,
  readRecordToChange,
  withDeployment,
} from './record.ts';
import type { Wanted } from './steps.ts';
import { verify } from './verify.ts';

type Say = (text: string) => void;

/** The deployment as the record holds it. */
export function describeDeployment({ place, arns }: Wanted, settings: Settings, concurrency: number): Deployment {
  const { stage, profile, memoryMb, architecture, keepLocal, buckets } = settings;
  return {
    account: place.account,
    region: place.region,
    ...(stage === undefined ? {} : { stage }),
    ...(profile === undefined ? {} : { profile }),
    functions: arns.functions,
    qualifier: ALIAS,
    memoryMb,
    architecture: LAMBDA_ARCHITECTURES[architecture],
    ...(buckets.length === 0 ? {} : { map: { machine: arns.map.machine, buckets, concurrency } }),
    commands: keepLocal ? 'local' : 'remote',
  };
}

/** Where the command lines run once this is recorded, and how to choose it if they run elsewhere. */
export function commandsAfter(deployment: Deployment): string {
  const all = withDeployment(readRecordToChange().deployments, deployment);
  const text = describeCommands(all);
  if (findDeployments(all).some((one) => isSame(one, deployment))) return text;
  return `${text}; --stage ${nameDeployments([deployment], all)} means this one`;
}

/** Tries out the deployment, and records it and the result. @throws DeployError, AwsError when the try-out fails. */
export async function verifyAndRecord(aws: Aws, names: Names, deployment: Deployment, say: Say): Promise<void> {
  try {
    await verify(aws, names, say, deployment.map?.buckets);
  } catch (error) {
    await add({ ...deployment, unverified: failureLine(error) }, say);
    say('it is deployed and recorded, but the try-out failed: the command lines say so until one succeeds');
    throw error;
  }
  await add(deployment, say);
}

/** Tries out what is there, and notes the result if the record has this deployment. @throws DeployError, AwsError. */
export async function verifyRecorded(aws: Aws, names: Names, identity: Identity, say: Say): Promise<void> {
  const recorded = readRecordToChange().deployments.find((one) => isSame(one, identity));
  if (!recorded) return verify(aws, names, say);
  const { unverified, ...deployment } = recorded;
  try {
    await verify(aws, names, say, deployment.map?.buckets);
  } catch (error) {
    // A call that AWS refuses does not show how the functions answer.
    if (error instanceof DeployError) await add({ ...deployment, unverified: failureLine(error) }, say);
    throw error;
  }
  if (unverified !== undefined) await add(deployment, say);
}

function add(deployment: Deployment, say: Say): Promise<void> {
  return changeRecord(({ deployments, lost }) => {
    if (lost !== undefined) say(`${lost}, so it is written anew: deploy your other stages again to record them`);
    return withDeployment(deployments, deployment);
  });
}
