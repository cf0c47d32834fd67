// What Lambda checks before it accepts an image (it can be pulled, is a single manifest, and is for the right processor), and
// what it finds only afterwards: faults of the layers.
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { ACCOUNT_ID, arn, type FunctionVersion, type Place } from './account.ts';
import { findRepository } from './ecr.ts';
import { findImage } from './ecr-images.ts';
import { AwsError } from './failure.ts';
import { allows, readPolicy } from './policy.ts';

const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
];
const CONFIGURATIONS = ['application/vnd.docker.container.image.v1+json', 'application/vnd.oci.image.config.v1+json'];
const LAYERS = [
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar',
];
/** Taken, and then not read. */
const UNCOMPRESSED = 'application/vnd.docker.image.rootfs.diff.tar';
const ARCHITECTURES: Record<string, string> = { x86_64: 'amd64', arm64: 'arm64' };
const MAX_BYTES = 10 * 2 ** 30;

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** @throws AwsError in Lambda's words. Another processor is no error here: Lambda finds that only when it runs the image. */
export function judgeImage(
  place: Place,
  name: string,
  uri: string | undefined,
  architecture: string,
): Pick<FunctionVersion, 'imageUri' | 'digest' | 'bytes'> {
  const fail = (text: string): never => {
    throw new AwsError('InvalidParameterValueException', text);
  };
  const [, host, repositoryName = '', imageTag, imageDigest] =
    /^([^/]+)\/([^:@]+)(?::([^@]+)|@(sha256:[0-9a-f]{64}))$/.exec(uri ?? '') ?? [];
  if (!uri || host !== place.registryHost)
    return fail(`Source image ${uri} is not valid. Provide a valid source image.`);
  const absent = `Source image ${uri} does not exist. Provide a valid source image.`;
  if (!place.account.repositories[repositoryName]) fail(absent);
  const repository = findRepository(place, { registryId: ACCOUNT_ID, repositoryName });
  const resource = arn('ecr', place.region, `repository/${repositoryName}`);
  const context = {
    'aws:SourceArn': arn('lambda', place.region, `function:${name}`),
    'aws:SourceAccount': ACCOUNT_ID,
  };
  const policy = repository.policy === undefined ? undefined : readPolicy(repository.policy);
  for (const action of ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']) {
    if (policy && allows(policy, { action, resource, context }, 'lambda.amazonaws.com')) continue;
    const text = 'Lambda does not have permission to access the ECR image. Check the ECR permissions.';
    throw new AwsError('AccessDenied', text);
  }
  const { imageMs, policyMs } = place.temper;
  // Both may last for seconds. Temper names the sources.
  if (Date.now() < (repository.policySetAt ?? 0) + policyMs) {
    const text = 'Lambda does not have permission to access the ECR image. Check the ECR permissions.';
    throw new AwsError('AccessDenied', text);
  }
  const id = imageDigest ? { imageDigest } : imageTag ? { imageTag } : {};
  const image = findImage(repository, id) ?? fail(absent);
  if (Date.now() < image.pushedAt + imageMs) fail(absent);
  const unsupported = `The image manifest, config or layer media type for the source image ${uri} is not supported.`;
  if (!MANIFESTS.includes(image.mediaType)) fail(unsupported);
  const manifest = JSON.parse(image.manifest) as Manifest;
  const layersFit = manifest.layers.every(({ mediaType }) => [...LAYERS, UNCOMPRESSED].includes(mediaType));
  if (!CONFIGURATIONS.includes(manifest.config.mediaType) || !layersFit) fail(unsupported);
  if (image.bytes > MAX_BYTES) fail('The image is larger than 10 GB.');
  if (image.config.os !== 'linux' || image.config.architecture !== ARCHITECTURES[architecture]) {
    fail(`The image ${uri} is of ${image.config.os}/${image.config.architecture}, and the function of ${architecture}`);
  }
  return { imageUri: uri, digest: image.digest, bytes: image.bytes };
}

type Failure = NonNullable<FunctionVersion['failure']>;
const judged = new Map<string, Failure | undefined>();

/**
 * What Lambda says about an image's layers some time after it accepted the image, by the state Failed: only the first fault
 * (aspect-build/rules_aws#145), of code InvalidImage (aws/aws-lambda-web-adapter#236). Undefined when it can be run.
 */
export async function judgeLayers(
  place: Place,
  { imageUri, digest }: Pick<FunctionVersion, 'imageUri' | 'digest'>,
): Promise<Failure | undefined> {
  if (judged.has(digest)) return judged.get(digest);
  const name = imageUri.replace(/[:@][^/]*$/, '').replace(/^[^/]+\//, '');
  const repository = findRepository(place, { repositoryName: name });
  const { layers } = JSON.parse(findImage(repository, { imageDigest: digest })?.manifest ?? '{}') as Manifest;
  let reason: string | undefined;
  for (const layer of layers) {
    // bazel-contrib/rules_oci#777 and #645; of OCI's layers the uncompressed are taken (aspect-build/rules_aws#145).
    if (layer.mediaType === UNCOMPRESSED) {
      reason ??= `ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest ${layer.digest}`;
    } else {
      const orphan = await findOrphan(await place.blob(repository, layer.digest));
      // aspect-build/rules_aws#103, nlewo/nix2container#54.
      if (orphan) reason ??= `MissingParentDirectory: Parent directory does not exist for file: ${orphan}`;
    }
  }
  const failure = reason === undefined ? undefined : { code: 'InvalidImage', reason };
  judged.set(digest, failure);
  return failure;
}

/** The first entry of an archive whose folder has no entry before it, in tar's order. */
async function findOrphan(archive: Buffer): Promise<string | undefined> {
  const { stdout } = await execa('tar', ['--list', '--quoting-style=literal', '--file=-'], {
    input: archive[0] === 0x1f && archive[1] === 0x8b ? gunzipSync(archive) : archive,
    maxBuffer: 2 ** 26,
  });
  const folders = new Set(['']);
  for (const line of stdout.split('\n').filter(Boolean)) {
    const path = line.replace(/^(\.?\/)+/, '');
    const name = path.replace(/\/$/, '');
    if (!folders.has(name.split('/').slice(0, -1).join('/'))) return name;
    if (path.endsWith('/')) folders.add(name);
  }
  return undefined;
}

/** Whether an image allows starts from a snapshot of its memory. */
export function allowsSnapStart(place: Place, { imageUri, digest }: FunctionVersion): boolean {
  const name =
    imageUri
      .split(/[@]|:(?=[^/]*$)/)[0]
      ?.split('/')
      .slice(1)
      .join('/') ?? '';
  const repository = findRepository(place, { repositoryName: name });
  const image = findImage(repository, { imageDigest: digest });
  return image?.config.config?.Labels?.['com.amazonaws.lambda.feature.snapstart'] === 'Allow';
}
