// The calls to ECR: the image repository and the tags of its images.
import type { ECR, Repository } from '@aws-sdk/client-ecr';
import { ifThere } from './errors.ts';
import { fromTagList, type Tags, toTagList } from './tags.ts';

export function ecrCalls(ecr: ECR) {
  return {
    /** The value of an `Authorization: Basic` header for the registry. */
    registryToken: async (): Promise<string> =>
      (await ecr.getAuthorizationToken({})).authorizationData?.[0]?.authorizationToken ?? '',
    repository: async (name: string): Promise<Repository | undefined> =>
      (await ifThere(ecr.describeRepositories({ repositoryNames: [name] })))?.repositories?.[0],
    repositoryTags: async (resourceArn: string): Promise<Tags> =>
      fromTagList((await ecr.listTagsForResource({ resourceArn })).tags),
    lifecyclePolicy: async (repositoryName: string): Promise<string | undefined> =>
      (await ifThere(ecr.getLifecyclePolicy({ repositoryName })))?.lifecyclePolicyText,
    repositoryPolicy: async (repositoryName: string): Promise<string | undefined> =>
      (await ifThere(ecr.getRepositoryPolicy({ repositoryName })))?.policyText,
    createRepository: ({ name, tags }: { name: string; tags: Tags }) =>
      ecr.createRepository({
        repositoryName: name,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        tags: toTagList(tags),
      }),
    scanOnPush: (repositoryName: string) =>
      ecr.putImageScanningConfiguration({ repositoryName, imageScanningConfiguration: { scanOnPush: true } }),
    makeTagsImmutable: (repositoryName: string) =>
      ecr.putImageTagMutability({ repositoryName, imageTagMutability: 'IMMUTABLE' }),
    putLifecyclePolicy: (repositoryName: string, lifecyclePolicyText: string) =>
      ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText }),
    setRepositoryPolicy: (repositoryName: string, policyText: string) =>
      ecr.setRepositoryPolicy({ repositoryName, policyText }),
    tagRepository: (resourceArn: string, tags: Tags) => ecr.tagResource({ resourceArn, tags: toTagList(tags) }),
    untagRepository: (resourceArn: string, tagKeys: string[]) => ecr.untagResource({ resourceArn, tagKeys }),
    /** The tags of all images in the repository. */
    imageTags: async (repositoryName: string): Promise<string[]> => {
      const found: string[] = [];
      const pages = ecr.paginateListImages({ repositoryName, filter: { tagStatus: 'TAGGED' } }, { pageSize: 1000 });
      for await (const { imageIds = [] } of pages) found.push(...imageIds.flatMap(({ imageTag }) => imageTag ?? []));
      return found;
    },
    /** Removes tags from images. An image without tags is deleted. Tags that do not exist are no error. */
    removeImageTags: (repositoryName: string, tags: readonly string[]) =>
      ecr.batchDeleteImage({ repositoryName, imageIds: tags.map((imageTag) => ({ imageTag })) }),
    /** Deletes the repository with every image in it. */
    deleteRepository: (repositoryName: string) => ifThere(ecr.deleteRepository({ repositoryName, force: true })),
  };
}
