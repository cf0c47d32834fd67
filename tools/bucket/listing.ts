// Lists the pictures below a prefix: for the forecast, and for what a journal knows already.
import { type BucketItem, runsOf } from '../../handler/bucket.ts';
import { ConfigError } from '../../handler/errors.ts';
import { isPictureKey } from '../../handler/picture-name.ts';
import type { BucketAws } from './aws.ts';
import type { BucketUrl } from './place.ts';

export interface Listing {
  /** The pictures, in the order of their keys. */
  pictures: BucketItem[];
  /** Objects, pictures and others, without what runs have left. */
  objects: number;
}

/**
 * @param runs the folder of runs, whose objects are no pictures.
 * @returns undefined where the person may not list the bucket.
 */
export async function listPictures(
  aws: BucketAws,
  { bucket, prefix }: BucketUrl,
  runs: string,
): Promise<Listing | undefined> {
  const listing: Listing = { pictures: [], objects: 0 };
  const folder = runsOf(runs);
  try {
    for await (const items of aws.list(bucket, prefix)) {
      const ours = items.filter(({ key }) => !key.startsWith(folder));
      listing.objects += ours.length;
      listing.pictures.push(...ours.filter(({ key }) => isPictureKey(key)));
    }
  } catch (error) {
    if (error instanceof ConfigError && (error.cause as Error | undefined)?.name === 'AccessDenied') return undefined;
    throw error;
  }
  return listing;
}
