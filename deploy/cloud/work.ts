// What carrying out a step needs, and what several steps share.

import { AwsError, DeployError } from '../failure.ts';
import type { StoredImage } from '../image/oci.ts';
import type { BytesSent } from '../image/registry.ts';
import type { Arns, FunctionName, Names } from '../names.ts';
import type { Aws } from './aws/connect.ts';
import type { Tags } from './aws/tags.ts';
import { tagChanges } from './owned.ts';
import type { State } from './state.ts';
import { tagsOf, type Wanted } from './steps.ts';

/** What destroy needs. */
export interface Site {
  aws: Aws;
  names: Names;
  arns: Arns;
}

/** What deploy needs. */
export interface Work extends Site {
  wanted: Wanted;
  /** What was there when the plan was made. */
  state: State;
  /** `host/name` of the repository, once it exists. */
  repositoryUri?: string | undefined;
  onProgress(progress: BytesSent): void;
}

/** Whether an error is AWS's refusal of this kind. */
export function isCode(error: unknown, code: RegExp, message = /(?:)/): error is AwsError {
  return error instanceof AwsError && code.test(error.code) && message.test(error.message);
}

/** The image to deploy. Only a plan can do without one. */
export function imageOf({ wanted }: Work, of: FunctionName): StoredImage {
  if (wanted.images) return wanted.images[of];
  throw new Error(`no image of the ${of}`);
}

/** @throws DeployError when the repository is gone. */
export async function repositoryUri(work: Work): Promise<string> {
  work.repositoryUri ??= (await work.aws.repository(work.names.repository))?.repositoryUri;
  if (work.repositoryUri) return work.repositoryUri;
  throw new DeployError(`the repository ${work.names.repository} is gone: run it again to make it anew`);
}

/**
 * The repository's address for Lambda: its repositoryUri. An emulator of AWS whose registry is elsewhere (FR_REGISTRY) is
 * told that registry instead, because it can pull nothing from Amazon's host in the repositoryUri.
 */
export function pulledFrom(repository: string, elsewhere = process.env.FR_REGISTRY): string {
  return elsewhere ? repository.replace(/^[^/]+/, new URL(elsewhere).host) : repository;
}

/** Sets the wanted tags, and removes those that only an earlier deploy wanted. */
export async function retag(
  there: Tags | undefined,
  wanted: Wanted,
  tag: (tags: Tags) => Promise<unknown>,
  untag: (keys: string[]) => Promise<unknown>,
): Promise<void> {
  const { set, remove } = tagChanges(there ?? {}, tagsOf(wanted));
  // The tag that lists our tags changes last: after a run that was cut short in between, we still know which are ours.
  if (remove.length > 0) await untag(remove);
  if (Object.keys(set).length > 0) await tag(set);
}

/** Makes a thing. "Already exists" is success too: then the answer to our first call was lost. */
export async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isCode(error, /AlreadyExists/)) throw error;
  }
}
