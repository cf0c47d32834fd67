// What the steps of a plan work with, and what several of them need.

import { AwsError, DeployError } from '../failure.ts';
import type { StoredImage } from '../image/oci.ts';
import type { BytesSent } from '../image/registry.ts';
import type { Arns, FunctionName, Names } from '../names.ts';
import type { Aws } from './aws/connect.ts';
import type { State } from './state.ts';
import type { Wanted } from './steps.ts';

/** What destroying needs. */
export interface Site {
  aws: Aws;
  names: Names;
  arns: Arns;
}

/** What deploying needs. */
export interface Work extends Site {
  wanted: Wanted;
  /** What was there when the plan was made. */
  state: State;
  /** `host/name` of the repository, once it exists. */
  repositoryUri?: string | undefined;
  onProgress(progress: BytesSent): void;
}

/** Whether AWS refused a call for this reason. */
export function isCode(error: unknown, code: RegExp, message = /(?:)/): error is AwsError {
  return error instanceof AwsError && code.test(error.code) && message.test(error.message);
}

/** An image that is to be deployed, which only a plan can do without. */
export function imageOf({ wanted }: Work, of: FunctionName): StoredImage {
  if (wanted.images) return wanted.images[of];
  throw new Error(`no image of the ${of}`);
}

/** @throws DeployError when the repository is gone. */
export async function repositoryUri(work: Work): Promise<string> {
  work.repositoryUri ??= (await work.aws.repository(work.names.repository))?.repositoryUri;
  if (work.repositoryUri) return work.repositoryUri;
  throw new DeployError(`the repository ${work.names.repository} is gone: did someone delete it? Run it again`);
}

/**
 * The repository as Lambda is told of it. That is its own repositoryUri, but for an emulator of AWS whose registry is
 * elsewhere (FR_REGISTRY): the host in its repositoryUri is Amazon's, where it can pull nothing.
 */
export function pulledFrom(repository: string, elsewhere = process.env.FR_REGISTRY): string {
  return elsewhere ? repository.replace(/^[^/]+/, new URL(elsewhere).host) : repository;
}
