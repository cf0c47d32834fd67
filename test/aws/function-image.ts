// What Lambda looks at before it takes an image: that it can be had, is one manifest, and is of the right processor.
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

/** @throws AwsError as Lambda words it; but for another processor, which Lambda finds out only when it runs it. */
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
  const context = { 'aws:SourceArn': arn('lambda', place.region, `function:${name}`) };
  const policy = repository.policy === undefined ? undefined : readPolicy(repository.policy);
  for (const action of ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']) {
    if (policy && allows(policy, { action, resource, context }, 'lambda.amazonaws.com')) continue;
    const text = 'Lambda does not have permission to access the ECR image. Check the ECR permissions.';
    throw new AwsError('AccessDenied', text);
  }
  const id = imageDigest ? { imageDigest } : imageTag ? { imageTag } : {};
  const image = findImage(repository, id) ?? fail(absent);
  const unsupported = `The image manifest, config or layer media type for the source image ${uri} is not supported.`;
  if (!MANIFESTS.includes(image.mediaType)) fail(unsupported);
  const manifest = JSON.parse(image.manifest) as Manifest;
  const layersFit = manifest.layers.every(({ mediaType }) => LAYERS.includes(mediaType));
  if (!CONFIGURATIONS.includes(manifest.config.mediaType) || !layersFit) fail(unsupported);
  if (image.bytes > MAX_BYTES) fail('The image is larger than 10 GB.');
  if (image.config.os !== 'linux' || image.config.architecture !== ARCHITECTURES[architecture]) {
    fail(`The image ${uri} is of ${image.config.os}/${image.config.architecture}, and the function of ${architecture}`);
  }
  return { imageUri: uri, digest: image.digest, bytes: image.bytes };
}

/** Whether an image says that it may be run from a snapshot of its memory. */
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
