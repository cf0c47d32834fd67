// The record of what is deployed, .fr/deployment.json in the project's folder. The command lines find the deployment by
// it. It holds no secret.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { DeployError } from '../failure.ts';
import { projectRoot } from '../project.ts';
import { replaceFile } from '../shell/save.ts';
import { withLock } from './lock.ts';

const FunctionArn = z.string().regex(/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+$/);

const Deployment = z.object({
  /** Account, Region and stage identify the deployment. */
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  stage: z.string().min(1).optional(),
  /** The profile that was named at the deploy. */
  profile: z.string().min(1).optional(),
  /** ARNs without a version. They contain the account, so credentials of another account cannot call another function. */
  functions: z.object({ trainer: FunctionArn, recognizer: FunctionArn }),
  /** The alias to invoke. */
  qualifier: z.string().min(1),
  /** The price of a call depends on this and the architecture. */
  memoryMb: z.number().positive(),
  architecture: z.enum(['x86_64', 'arm64']),
  /** The map over a bucket, if it was deployed with --buckets. */
  map: z
    .object({
      /** ARN of the state machine. */
      machine: z.string().regex(/^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]+$/),
      /** Where the recognizer may read. */
      buckets: z.array(z.object({ bucket: z.string().min(1), prefix: z.string() })).min(1),
      /** How many batches are judged at a time: what the account allowed at the deploy. */
      concurrency: z.int().positive(),
    })
    .optional(),
  /** Where a command runs by default. */
  commands: z.enum(['remote', 'local']),
  /** Why the last try-out failed. */
  unverified: z.string().optional(),
});

/** One deployment. */
export type Deployment = z.infer<typeof Deployment>;

const FORMAT = 2;
const DeploymentRecord = z.object({ format: z.literal(FORMAT), deployments: z.array(Deployment) });
/** Format 1: one deployment, which named no account. */
const OldRecord = z.object({ region: z.string(), trainer: z.string(), recognizer: z.string() });

/** What identifies a deployment. */
export type Identity = Pick<Deployment, 'account' | 'region' | 'stage'>;

/** The record's path; FR_DEPLOYMENT overrides it. */
function recordPath(): string {
  return process.env.FR_DEPLOYMENT || join(projectRoot(), '.fr', 'deployment.json');
}

/** Every recorded deployment; none when there is no record. @throws DeployError when the record cannot be used. */
export function readRecord(): Deployment[] {
  const path = recordPath();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new DeployError(`${path} cannot be read (${code}): run npm run deploy, or use --local`, { cause });
  }
  const body = parseJson(text);
  const record = DeploymentRecord.safeParse(body);
  if (record.success) return record.data.deployments;
  const old = OldRecord.safeParse(body);
  if (old.success) throw new OldRecordError(path, old.data);
  throw new DeployError(`${path} is not a deployment's record: run npm run deploy, or use --local`);
}

class OldRecordError extends DeployError {
  readonly old: z.infer<typeof OldRecord>;

  constructor(path: string, old: z.infer<typeof OldRecord>) {
    super(`${path} is of an older version, which names no account: run npm run deploy again, or use --local`);
    this.old = old;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The record's content before a change. A record that cannot be used counts as empty, and `lost` says why. */
export interface Found {
  deployments: Deployment[];
  lost?: string;
  /** The content of a record of format 1. */
  old?: z.infer<typeof OldRecord>;
}

/** Reads the record in order to change it. Throws nothing. */
export function readRecordToChange(): Found {
  try {
    return { deployments: readRecord() };
  } catch (error) {
    const found: Found = { deployments: [], lost: (error as Error).message.replace(/: run npm run deploy.*$/, '') };
    const old = error instanceof OldRecordError ? error.old : undefined;
    return old ? { ...found, old } : found;
  }
}

/** The deployments with this one added. It replaces one of the same account, Region and stage. */
export function withDeployment(deployments: readonly Deployment[], deployment: Deployment): Deployment[] {
  return [...withoutDeployment(deployments, deployment), deployment];
}

/** The deployments without this one. */
export function withoutDeployment(deployments: readonly Deployment[], identity: Identity): Deployment[] {
  return deployments.filter((one) => !isSame(one, identity));
}

/** Whether both have the same account, Region and stage. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.account === b.account && a.region === b.region && a.stage === b.stage;
}

/**
 * Reads the record, and writes what `change` makes of it. Only one process does so at a time: when two deploys end at the
 * same moment, both are recorded. @throws DeployError.
 */
export async function changeRecord(change: (found: Found) => Deployment[]): Promise<void> {
  const path = recordPath();
  try {
    mkdirSync(dirname(path), { recursive: true });
    await withLock(`${path}.lock`, () => writeRecord(path, change(readRecordToChange())));
  } catch (cause) {
    if (cause instanceof DeployError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new DeployError(`${path} cannot be written (${code}): the change on AWS is done; run it again to record it`, {
      cause,
    });
  }
}

/** Writes the record for its owner only, or deletes it when nothing is deployed. @throws the file system's errors. */
function writeRecord(path: string, deployments: readonly Deployment[]): void {
  if (deployments.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  replaceFile(path, `${JSON.stringify({ format: FORMAT, deployments }, null, 2)}\n`);
}

/**
 * The deployments that a command may mean: those of the named stage. Without a name those without a stage, or all when
 * each has a stage. `named` is `STAGE`, or, where one stage is deployed to several places, `STAGE@REGION`,
 * `STAGE@ACCOUNT` or `STAGE@ACCOUNT/REGION`. Nothing before the `@` means no stage.
 */
export function findDeployments(deployments: readonly Deployment[], named?: string): Deployment[] {
  if (named === undefined) {
    const unstaged = deployments.filter(({ stage }) => stage === undefined);
    return unstaged.length > 0 ? unstaged : [...deployments];
  }
  const [stage = '', where] = named.split('@');
  const parts = where === undefined ? [] : where.split('/');
  return deployments.filter(
    (one) => (one.stage ?? '') === stage && parts.every((part) => part === one.account || part === one.region),
  );
}

/** The shortest value of --stage for each deployment: `dev`, or `dev@eu-west-1`. */
export function nameDeployments(some: readonly Deployment[], all: readonly Deployment[]): string {
  return some
    .map(({ stage = '', account, region }) => {
      const ways = [stage, `${stage}@${region}`, `${stage}@${account}`, `${stage}@${account}/${region}`];
      return ways.find((way) => way !== '' && findDeployments(all, way).length === 1) ?? ways.at(-1);
    })
    .join(', ');
}

/** `account 123456789012, Region eu-west-1, stage dev`. */
export function describePlace({ account, region, stage }: Identity): string {
  return `account ${account}, Region ${region}, stage ${stage ?? '(none)'}`;
}

const COMMANDS = 'fr-train and fr-recognize';

/** Where commands run by default, as one sentence for people. */
export function describeCommands(deployments: readonly Deployment[]): string {
  const found = findDeployments(deployments);
  const [one] = found;
  if (!one) return `${COMMANDS} run on this machine`;
  const goes = found.some(({ commands }) => commands === 'remote');
  if (found.length > 1) {
    const names = nameDeployments(found, deployments);
    return goes
      ? `${COMMANDS} need --stage (${names}) to run on AWS Lambda; --local keeps a command on this machine`
      : `${COMMANDS} run on this machine; --remote with --stage (${names}) sends pictures and models to AWS Lambda`;
  }
  const place = `AWS Lambda (${describePlace(one)})`;
  return goes
    ? `${COMMANDS} run on ${place}: the pictures and models given to them leave this machine; --local or FR_REMOTE=0 keeps them here`
    : `${COMMANDS} run on this machine; --remote or FR_REMOTE=1 sends the pictures and models given to them to ${place}`;
}
