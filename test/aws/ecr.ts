// ECR's side of the tests' AWS account: repositories, their policies, and the images that were pushed.
import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, type Account, arn, type Operations, type Place, type Repository } from './account.ts';
import { AwsError, refuseRest } from './failure.ts';
import { judgeLifecycle } from './lifecycle.ts';
import { readPolicy } from './policy.ts';

export interface Named {
  registryId?: string;
  repositoryName: string;
}

type Tags = { Key: string; Value: string }[];

const TOKEN_MS = 12 * 3600 * 1000;
/** Tokens expire after twelve hours. A test may let one expire at once. */
const tokens = new Map<string, { caller: string; expires: number }>();

/** The person whose password it is. @throws AwsError DENIED, in the registry's words. */
export function tokenOwner(password: string): string | undefined {
  const token = tokens.get(password);
  if (token && token.expires < Date.now()) {
    throw new AwsError('DENIED', 'Your authorization token has expired. Reauthenticate and try again.', 403);
  }
  return token?.caller;
}

export function findRepository({ account }: { account: Account }, { registryId, repositoryName }: Named): Repository {
  if (registryId !== undefined && registryId !== ACCOUNT_ID) throw notFound(repositoryName, registryId);
  const found = account.repositories[repositoryName];
  if (!found) throw notFound(repositoryName);
  return found;
}

function notFound(name: string, id = ACCOUNT_ID): AwsError {
  const text = `The repository with name '${name}' does not exist in the registry with id '${id}'`;
  return new AwsError('RepositoryNotFoundException', text);
}

function describe(repository: Repository, { region, registryHost }: Place): object {
  return {
    repositoryArn: arn('ecr', region, `repository/${repository.name}`),
    registryId: ACCOUNT_ID,
    repositoryName: repository.name,
    repositoryUri: `${registryHost}/${repository.name}`,
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.immutable ? 'IMMUTABLE' : 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

function byArn({ account, region }: Place, resource: string): Repository {
  const name = resource.slice(arn('ecr', region, 'repository/').length);
  return findRepository({ account }, { repositoryName: name });
}

function readTags(tags: Tags = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

export const common = (repository: Repository): object => ({ registryId: ACCOUNT_ID, repositoryName: repository.name });
export const ecr: Operations = {
  GetAuthorizationToken(_input: object, { caller, registryHost }: Place) {
    const password = randomUUID().replaceAll('-', '');
    const expires = Date.now() + TOKEN_MS;
    tokens.set(password, { caller, expires });
    const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
    const proxyEndpoint = `http://${registryHost}`;
    return { authorizationData: [{ authorizationToken, expiresAt: new Date(expires), proxyEndpoint }] };
  },

  CreateRepository(
    input: Named & {
      tags?: Tags;
      imageTagMutability?: string;
      imageScanningConfiguration?: { scanOnPush?: boolean };
      encryptionConfiguration?: object;
    },
    place: Place,
  ) {
    const { repositoryName: name, tags, imageTagMutability, imageScanningConfiguration, ...rest } = input;
    refuseRest({ ...rest, encryptionConfiguration: undefined }, 'CreateRepository');
    const { repositories } = place.account;
    if (repositories[name]) {
      const text = `The repository with name '${name}' already exists in the registry with id '${ACCOUNT_ID}'`;
      throw new AwsError('RepositoryAlreadyExistsException', text);
    }
    const repository: Repository = {
      name,
      storage: randomUUID(),
      createdAt: Date.now(),
      immutable: imageTagMutability === 'IMMUTABLE',
      scanOnPush: imageScanningConfiguration?.scanOnPush ?? false,
      tags: readTags(tags),
      blobs: [],
      images: [],
    };
    repositories[name] = repository;
    return { repository: describe(repository, place) };
  },

  DescribeRepositories(input: { registryId?: string; repositoryNames?: string[] }, place: Place) {
    const { registryId, repositoryNames = Object.keys(place.account.repositories), ...rest } = input;
    refuseRest(rest, 'DescribeRepositories');
    const id = registryId === undefined ? {} : { registryId };
    const found = repositoryNames.map((name) => findRepository(place, { ...id, repositoryName: name }));
    return { repositories: found.map((repository) => describe(repository, place)) };
  },

  DeleteRepository(input: Named & { force?: boolean }, place: Place) {
    const repository = findRepository(place, input);
    if (repository.images.length > 0 && !input.force) {
      const text = `The repository with name '${repository.name}' in registry with id '${ACCOUNT_ID}' cannot be deleted because it still contains images`;
      throw new AwsError('RepositoryNotEmptyException', text);
    }
    delete place.account.repositories[repository.name];
    return { repository: describe(repository, place) };
  },

  PutImageTagMutability(input: Named & { imageTagMutability: string }, place: Place) {
    const repository = findRepository(place, input);
    repository.immutable = input.imageTagMutability === 'IMMUTABLE';
    return { ...common(repository), imageTagMutability: input.imageTagMutability };
  },

  PutImageScanningConfiguration(input: Named & { imageScanningConfiguration: { scanOnPush?: boolean } }, place: Place) {
    const repository = findRepository(place, input);
    repository.scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
    const imageScanningConfiguration = { scanOnPush: repository.scanOnPush };
    return { ...common(repository), imageScanningConfiguration };
  },

  SetRepositoryPolicy(input: Named & { policyText: string; force?: boolean }, place: Place) {
    const repository = findRepository(place, input);
    const { Statement } = readPolicy(input.policyText, 'InvalidParameterException');
    if (Statement.some(({ Principal }) => !Principal)) {
      throw new AwsError(
        'InvalidParameterException',
        "Invalid parameter at 'PolicyText': a statement has no Principal",
      );
    }
    repository.policy = input.policyText;
    repository.policySetAt = Date.now();
    return { ...common(repository), policyText: input.policyText };
  },

  GetRepositoryPolicy(input: Named, place: Place) {
    const repository = findRepository(place, input);
    const text = `Repository policy does not exist for the repository with name '${repository.name}' in the registry with id '${ACCOUNT_ID}'`;
    if (repository.policy === undefined) throw new AwsError('RepositoryPolicyNotFoundException', text);
    return { ...common(repository), policyText: repository.policy };
  },

  DeleteRepositoryPolicy(input: Named, place: Place) {
    const repository = findRepository(place, input);
    const { policy: policyText = '' } = repository;
    delete repository.policy;
    return { ...common(repository), policyText };
  },

  PutLifecyclePolicy(input: Named & { lifecyclePolicyText: string }, place: Place) {
    const repository = findRepository(place, input);
    judgeLifecycle(input.lifecyclePolicyText);
    repository.lifecycle = input.lifecyclePolicyText;
    return { ...common(repository), lifecyclePolicyText: input.lifecyclePolicyText };
  },

  GetLifecyclePolicy(input: Named, place: Place) {
    const repository = findRepository(place, input);
    const text = `Lifecycle policy does not exist for the repository with name '${repository.name}' in the registry with id '${ACCOUNT_ID}'`;
    if (repository.lifecycle === undefined) throw new AwsError('LifecyclePolicyNotFoundException', text);
    return { ...common(repository), lifecyclePolicyText: repository.lifecycle };
  },

  ListTagsForResource({ resourceArn }: { resourceArn: string }, place: Place) {
    const { tags } = byArn(place, resourceArn);
    return { tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },

  TagResource({ resourceArn, tags }: { resourceArn: string; tags: Tags }, place: Place) {
    Object.assign(byArn(place, resourceArn).tags, readTags(tags));
    return {};
  },

  UntagResource({ resourceArn, tagKeys }: { resourceArn: string; tagKeys: string[] }, place: Place) {
    const { tags } = byArn(place, resourceArn);
    for (const key of tagKeys) delete tags[key];
    return {};
  },
};
