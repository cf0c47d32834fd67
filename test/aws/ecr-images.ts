// ECR's images in the tests' AWS account: the pushed images are listed, read and removed.
import { ACCOUNT_ID, type Operations, type Place, type PushedImage, type Repository } from './account.ts';
import { common, findRepository, type Named } from './ecr.ts';
import { AwsError } from './failure.ts';

interface ImageId {
  imageDigest?: string;
  imageTag?: string;
}

export function findImage({ images }: Repository, { imageDigest, imageTag }: ImageId): PushedImage | undefined {
  return images.find(({ digest, tags }) =>
    imageDigest ? digest === imageDigest : imageTag !== undefined && tags.includes(imageTag),
  );
}

const missing = (imageId: ImageId): object => {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
};

export const ecrImages: Operations = {
  DescribeImages(input: Named & { imageIds?: ImageId[]; filter?: { tagStatus?: string } }, place: Place) {
    const repository = findRepository(place, input);
    const found = (input.imageIds ?? repository.images.map(({ digest: imageDigest }) => ({ imageDigest }))).map(
      (id) => {
        const image = findImage(repository, id);
        const text = `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${(id as ImageId).imageTag ?? 'null'}'} does not exist within the repository with name '${repository.name}' in the registry with id '${ACCOUNT_ID}'`;
        if (!image) throw new AwsError('ImageNotFoundException', text);
        return image;
      },
    );
    const imageDetails = found.map(({ digest, tags, bytes, mediaType, pushedAt }) => ({
      ...common(repository),
      imageDigest: digest,
      imageTags: tags.length > 0 ? tags : undefined,
      imageSizeInBytes: bytes,
      imagePushedAt: new Date(pushedAt),
      imageManifestMediaType: mediaType,
    }));
    return { imageDetails };
  },

  ListImages(input: Named, place: Place) {
    const ids = findRepository(place, input).images.flatMap(({ digest: imageDigest, tags }) =>
      tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }],
    );
    return { imageIds: ids };
  },

  BatchGetImage(input: Named & { imageIds: ImageId[]; acceptedMediaTypes?: string[] }, place: Place) {
    const repository = findRepository(place, input);
    const images: object[] = [];
    const failures: object[] = [];
    for (const id of input.imageIds) {
      const image = findImage(repository, id);
      const imageId = { imageDigest: image?.digest, ...(id.imageTag ? { imageTag: id.imageTag } : {}) };
      if (!image) failures.push(missing(id));
      else {
        const { manifest: imageManifest, mediaType: imageManifestMediaType } = image;
        images.push({ ...common(repository), imageId, imageManifest, imageManifestMediaType });
      }
    }
    return { images, failures };
  },

  BatchDeleteImage(input: Named & { imageIds: ImageId[] }, place: Place) {
    const repository = findRepository(place, input);
    const imageIds: ImageId[] = [];
    const failures: object[] = [];
    for (const id of input.imageIds) {
      const image = findImage(repository, id);
      if (!image) {
        failures.push(missing(id));
        continue;
      }
      imageIds.push({ imageDigest: image.digest, ...(id.imageTag ? { imageTag: id.imageTag } : {}) });
      if (id.imageTag) image.tags = image.tags.filter((tag) => tag !== id.imageTag);
      if (!id.imageTag || image.tags.length === 0) {
        repository.images = repository.images.filter((other) => other !== image);
      }
    }
    return { imageIds, failures };
  },
};
