// What all tests with the tests' AWS share: one docker-registry for each file, one service for each test, clients as processes.
import { execa } from 'execa';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { NO_MODELS } from './model.ts';
import { AwsService } from './service.ts';
import { DEPLOYER, REGION, type Settings } from './settings.ts';
import type { Identity } from './signature.ts';
import { NO_REGISTRY, Storage } from './storage.ts';

// The SDK warns that its future versions need a newer Node; the installed version works on this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Why the tests' AWS cannot run here; empty when it can. */
export const WHY_NO_AWS = [NO_MODELS, NO_REGISTRY].filter(Boolean).join('; ');

/** Tests that need AWS's models and a registry: skipped where Debian's packages are not installed, and never under CI. */
export function describeWithAws(title: string, body: (storage: () => Storage) => void): void {
  if (WHY_NO_AWS && process.env.CI) throw new Error(`the tests of AWS must run under CI: ${WHY_NO_AWS}`);
  describe.skipIf(WHY_NO_AWS !== '')(WHY_NO_AWS ? `${title} (skipped: ${WHY_NO_AWS})` : title, () => {
    let storage: Storage;
    beforeAll(async () => {
      storage = await Storage.start();
    });
    afterAll(() => storage.stop());
    body(() => storage);
  });
}

/** Starts a service for the running test. */
export async function startAws(storage: Storage, settings: Omit<Settings, 'storage'> = {}): Promise<AwsService> {
  const service = await AwsService.start({ storage, ...settings });
  onTestFinished(() => service.stop());
  return service;
}

/** An environment in which only the service can be reached: without profiles and without the machine's role. */
export function awsEnvironment(service: AwsService, identity: Identity = DEPLOYER): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: service.url,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    ...(identity.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: identity.sessionToken }),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  };
}

export interface CliAnswer {
  exitCode: number | undefined;
  /** The parsed answer; undefined when there is none. */
  json: Record<string, unknown>;
  stderr: string;
}

/** One command of Debian's AWS CLI. */
export async function aws(service: AwsService, words: string[], env: Record<string, string> = {}): Promise<CliAnswer> {
  const command = ['--endpoint-url', service.url, '--output', 'json', ...words];
  const { exitCode, stdout, stderr } = await execa('/usr/bin/aws', command, {
    env: { ...awsEnvironment(service), ...env },
    reject: false,
  });
  return { exitCode, json: stdout ? JSON.parse(stdout) : undefined, stderr: stderr.trim() };
}
