// Checks the values of the deployer's options. Each refusal names the option and says what it takes.

import { ENV_MARK, tagList } from './cloud/owned.ts';
import { DeployError } from './failure.ts';
import { ARCHITECTURES, type Architecture, type BucketPlace, LAMBDA_ARCHITECTURES } from './names.ts';

/** AWS's limit on a tag's value. One of our tags holds the keys of the user's tags. */
const MAX_TAG_LENGTH = 256;

/** A processor, by Lambda's or Docker's name. @throws DeployError. */
export function readArchitecture(name: string): Architecture {
  const found = ARCHITECTURES.find((one) => LAMBDA_ARCHITECTURES[one] === name || one === name);
  if (!found) throw new DeployError(`--arch ${name} is not known: x86_64 or arm64`);
  return found;
}

/** A whole number within limits. @throws DeployError. */
export function readWhole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new DeployError(`${option} ${text} cannot be used: a whole number from ${least} to ${most}`);
}

/** Each text is `K=V,K=V`. @throws DeployError. */
export function readTags(texts: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts.filter((each) => each !== '')) {
    for (const pair of text.split(',')) {
      const [key = '', ...value] = pair.split('=');
      if (key === '' || value.length === 0 || /^(aws|fr):/i.test(key)) {
        throw new DeployError(`--tags ${text} cannot be used: KEY=VALUE,... with no key that starts with aws: or fr:`);
      }
      found[key] = value.join('=');
    }
  }
  if (tagList(found).length <= MAX_TAG_LENGTH) return found;
  throw new DeployError(`--tags has too many keys: together they may have ${MAX_TAG_LENGTH} characters`);
}

/** Each text is `K=V`. A value may hold anything; it may be a secret, so no message shows it. @throws DeployError. */
export function readVariables(texts: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts) {
    const [key = '', ...value] = text.split('=');
    if (value.length === 0 || !/^[A-Za-z][A-Za-z0-9_]+$/.test(key)) {
      throw new DeployError(`--env ${key} cannot be used: KEY=VALUE, the key of letters, digits and _, a letter first`);
    }
    if (/^(AWS|LAMBDA)_/.test(key) || key === ENV_MARK || key === BUCKETS_VARIABLE) {
      throw new DeployError(`--env ${key} cannot be used: Lambda or this program sets it`);
    }
    found[key] = value.join('=');
  }
  return found;
}

/** The functions' variable with the value of --buckets. */
export const BUCKETS_VARIABLE = 'FR_BUCKETS';
/** S3's limit on a key, less what we append: a run's folder and a part's name. */
const MAX_PREFIX_LENGTH = 800;
/** The variables of a function have 4 kB together. */
const MAX_BUCKETS_LENGTH = 2_000;

/**
 * Each text is `NAME[/PREFIX],...`. A prefix stands for a folder. Its letters are those that a policy takes as they are:
 * `*`, `?` and `$` mean something else there.
 *
 * @throws DeployError.
 */
export function readBuckets(texts: readonly string[]): BucketPlace[] {
  const names = texts.flatMap((text) => text.split(',')).filter(Boolean);
  if (names.join().length > MAX_BUCKETS_LENGTH) {
    throw new DeployError(`--buckets is too long: all of it may have ${MAX_BUCKETS_LENGTH} characters`);
  }
  const places = names.map((text): BucketPlace => {
    const [bucket = '', ...rest] = text.replace(/^s3:\/\//, '').split('/');
    const prefix = rest.join('/').replace(/\/*$/, '');
    const isBucket = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket);
    if (
      !isBucket ||
      !/^[\w!.()' /=+@:-]*$/.test(prefix) ||
      prefix.length > MAX_PREFIX_LENGTH ||
      /^\/|\/\//.test(prefix)
    ) {
      throw new DeployError(
        `--buckets ${text} cannot be used: NAME or NAME/PREFIX, the prefix of letters without accents, digits, / and !-_.()'=+@:`,
      );
    }
    return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
  });
  return [...new Map(places.map((place) => [bucketsText([place]), place])).values()];
}

/** The places as the functions' variable holds them. */
export function bucketsText(places: readonly BucketPlace[]): string {
  return places.map(({ bucket, prefix }) => `${bucket}/${prefix}`.replace(/\/$/, '')).join(',');
}

/** The ARN of a role or a policy. @throws DeployError. */
export function readArn(option: string, kind: 'role' | 'policy', text: string | undefined): string | undefined {
  if (text === undefined || new RegExp(`^arn:aws[a-z-]*:iam::(\\d{12}|aws):${kind}/[\\w+=,.@/-]+$`).test(text))
    return text;
  throw new DeployError(`${option} ${text} is not the ARN of a ${kind}: one is arn:aws:iam::123456789012:${kind}/name`);
}
