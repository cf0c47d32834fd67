// Starts the deployer as a person does, on the tests' AWS: as its own process, which can be killed at any call.
import { join } from 'node:path';
import { execa } from 'execa';
import { MODEL_ROWS } from '../../deploy/cloud/verify.ts';
import type { FunctionName } from '../../deploy/names.ts';
import { DIST } from '../helpers.ts';
import type { Invocation, Outcome } from './account.ts';
import { awsEnvironment } from './helpers.ts';
import type { AwsService } from './service.ts';
import type { Identity } from './signature.ts';

export interface DeployerRun {
  /** Where the record of the deployment goes. */
  record: string;
  identity?: Identity;
  env?: Record<string, string>;
  stdin?: string;
}

export interface DeployerAnswer {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  killed: boolean;
}

/** Runs `npm run deploy` or `npm run destroy` without npm. When the service kills its client, it kills this process. */
export async function runDeployer(
  service: AwsService,
  program: 'up' | 'down',
  words: string[],
  { record, identity, env = {}, stdin = '' }: DeployerRun,
): Promise<DeployerAnswer> {
  const child = execa(process.execPath, [join(DIST, 'deploy', `${program}.js`), ...words], {
    env: { ...awsEnvironment(service, identity), AWS_MAX_ATTEMPTS: '3', FR_DEPLOYMENT: record, ...env },
    input: stdin,
    reject: false,
  });
  service.onKill = () => void child.kill('SIGKILL');
  const { exitCode, stdout, stderr, signal } = await child;
  service.onKill = undefined;
  return { exitCode, stdout, stderr, killed: signal === 'SIGKILL' };
}

/** Numbers of a vector. */
const COLUMNS = 128;

/** What tiny images would answer if they could: a whole model, and True when the request has a whole model. */
export async function pretend({ name, payload }: Pick<Invocation, 'name' | 'payload'>): Promise<Outcome> {
  const of: FunctionName = name.startsWith('prepare') ? 'trainer' : 'recognizer';
  const { query_facevectors = '', BatchInput } = JSON.parse(payload.toString('utf8')) as {
    query_facevectors?: string;
    BatchInput?: object;
  };
  if (BatchInput) {
    const errorMessage = 'the model of this run cannot be read (NoSuchKey): start the run again';
    return { kind: 'error', text: JSON.stringify({ errorType: 'RequestError', errorMessage }), ms: 20 };
  }
  const rows = Buffer.from(query_facevectors, 'base64').toString('utf8').trim().split('\n');
  const row = Array.from({ length: COLUMNS }, () => '0.5').join(',');
  const answer =
    of === 'trainer'
      ? { facevectors: `${row}\n`.repeat(MODEL_ROWS), advice: [] }
      : { face_present: rows.length === MODEL_ROWS ? 'True' : 'False', faces: [] };
  return { kind: 'response', text: JSON.stringify(answer), ms: 20 };
}
