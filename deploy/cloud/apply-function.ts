// Carries out the steps about one function: make, change, publish, and wait in between.

import { DeployError } from '../failure.ts';
import { ALIAS, type FunctionName, liveTag } from '../names.ts';
import { poll, retry } from '../wait.ts';
import type { Aws } from './aws/connect.ts';
import { failureOf, settle } from './state.ts';
import { functionSettings, KEPT_VERSIONS, tagsOf, type Wanted } from './steps.ts';
import { imageOf, isCode, pulledFrom, repositoryUri, type Work } from './work.ts';

/** The longest time until Lambda knows what was just made: a role, an image, its permission. Seconds are usual. */
const KNOWN_MS = 120_000;
/**
 * Lambda's only messages until then: about a role, and about an image after its push or after SetRepositoryPolicy
 * (kreuzwerker/terraform-provider-docker#600, aws-controllers-k8s/community#1886 and #1842).
 */
const NOT_YET = /cannot be assumed|does not have permission to access the ECR image|^Source image \S+ does not exist/;
/** The longest time until AWS finds what was just made. */
const FOUND_MS = 15_000;

async function imageUri(work: Work, of: FunctionName): Promise<string> {
  return `${pulledFrom(await repositoryUri(work))}@${imageOf(work, of).digest}`;
}

export async function createFunction(work: Work, of: FunctionName): Promise<void> {
  const { aws, names, wanted } = work;
  const name = names.functions[of];
  // A function that is made anew keeps what others set on the old one.
  const there = work.state.functions[of];
  const { memoryMb, timeoutS, role, snapStart, variables } = functionSettings(wanted, there?.variables);
  const input = {
    ...there?.byHand,
    FunctionName: name,
    Description: `The ${of} of serverless-face-recognition`,
    PackageType: 'Image' as const,
    Code: { ImageUri: await imageUri(work, of) },
    Role: role,
    MemorySize: memoryMb,
    Timeout: timeoutS,
    Architectures: [lambdaArchitecture(wanted)],
    Environment: { Variables: variables },
    SnapStart: { ApplyOn: snapStart ? ('PublishedVersions' as const) : ('None' as const) },
    Tags: tagsOf(wanted),
  };
  await onceKnown(async () => {
    try {
      await aws.createFunction(input);
    } catch (error) {
      if (!isCode(error, /ResourceConflict/, /already exist/i)) throw error;
    }
  });
  await settled(aws, name);
}

function lambdaArchitecture(wanted: Wanted): 'x86_64' | 'arm64' {
  return functionSettings(wanted).architecture as 'x86_64' | 'arm64';
}

export async function updateCode(work: Work, of: FunctionName): Promise<void> {
  const { aws, names, wanted } = work;
  const name = names.functions[of];
  const ImageUri = await imageUri(work, of);
  await onceKnown(() =>
    whenIdle(aws, name, () =>
      aws.updateCode({ FunctionName: name, ImageUri, Architectures: [lambdaArchitecture(wanted)] }),
    ),
  );
  await settled(aws, name);
}

export async function updateConfiguration({ aws, names, wanted, state }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  const there = state.functions[of]?.variables;
  const { memoryMb, timeoutS, role, snapStart, variables } = functionSettings(wanted, there);
  await onceKnown(() =>
    whenIdle(aws, name, () =>
      aws.updateConfiguration({
        FunctionName: name,
        MemorySize: memoryMb,
        Timeout: timeoutS,
        Role: role,
        Environment: { Variables: variables },
        SnapStart: { ApplyOn: snapStart ? 'PublishedVersions' : 'None' },
      }),
    ),
  );
  await settled(aws, name);
}

/** Publishes the code. May be repeated: Lambda returns the last version again if nothing has changed. */
export async function publish({ aws, names }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  let version = await whenIdle(aws, name, () => aws.publishVersion(name));
  let about = await settle(aws, name, version);
  if (about?.State === 'Failed') {
    // A version whose snapshot failed never recovers.
    await aws.deleteFunction(name, version);
    version = await whenIdle(aws, name, () => aws.publishVersion(name));
    about = await settle(aws, name, version);
  }
  if (about?.State === 'Failed') {
    throw new DeployError(
      `version ${version} of ${name} failed (${failureOf(about)}): correct that, then run it again`,
    );
  }
  await pointAlias(aws, name, version);
}

async function pointAlias(aws: Aws, name: string, version: string): Promise<void> {
  try {
    await aws.updateAlias(name, ALIAS, version);
  } catch (error) {
    if (!isCode(error, /ResourceNotFound/)) throw error;
    await aws.createAlias(name, ALIAS, version);
  }
}

export async function pruneVersions({ aws, names }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  const live = (await aws.functionConfiguration(name, ALIAS))?.Version;
  const versions = await aws.versions(name);
  for (const version of versions.slice(0, -KEPT_VERSIONS)) {
    if (version === live) continue;
    try {
      await aws.deleteFunction(name, version);
    } catch (error) {
      // Another alias names it, so someone needs it.
      if (!isCode(error, /ResourceConflict/)) throw error;
    }
  }
}

/** Removes the tag `live-...` from images that neither the function nor any of its versions runs. */
export async function releaseImages({ aws, names }: Work, of: FunctionName): Promise<void> {
  const name = names.functions[of];
  const used = new Set<string>();
  for (const version of [undefined, ...(await aws.versions(name))]) {
    const code = (await aws.getFunction(name, version))?.Code;
    const digest = (code?.ResolvedImageUri ?? code?.ImageUri)?.split('@')[1];
    // If one image is unknown, no tag can be removed safely.
    if (digest === undefined) return;
    used.add(liveTag(of, digest));
  }
  const tags = (await aws.imageTags(names.repository)).filter((tag) => tag.startsWith(liveTag(of, '')));
  const unused = tags.filter((tag) => !used.has(tag));
  if (unused.length > 0) await aws.removeImageTags(names.repository, unused);
}

/** Repeats a change as long as Lambda says that it does not know yet what was just made. */
function onceKnown(change: () => Promise<unknown>): Promise<unknown> {
  const isPassing = (failure: unknown): boolean =>
    isCode(failure, /^(InvalidParameterValue|AccessDenied)Exception$/, NOT_YET);
  return retry(change, { isPassing, limitMs: KNOWN_MS });
}

/** Makes a change. If another change is under way, ours or somebody else's, it waits for the end of that first. */
async function whenIdle<T>(aws: Aws, name: string, change: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await change();
    } catch (error) {
      if (left === 0 || !isCode(error, /ResourceConflict/)) throw error;
      await settle(aws, name);
    }
  }
}

async function settled(aws: Aws, name: string): Promise<void> {
  // For a moment AWS may not find what was just made.
  const about = await poll(FOUND_MS, () => settle(aws, name));
  const failure = about ? failureOf(about) : 'it is gone';
  if (failure === undefined) return;
  throw new DeployError(`the function ${name} failed (${failure}): correct that, then run it again to make it anew`);
}
