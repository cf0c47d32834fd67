// What the command line says of a bucket, and the deployment that may read it.
import type { Deployment } from '../../deploy/cloud/record.ts';
import { RUNS } from '../../deploy/names.ts';
import { ConfigError, RequestError } from '../../handler/errors.ts';

/** A bucket, and what the keys of the pictures begin with. */
export interface BucketUrl {
  bucket: string;
  prefix: string;
}

/** A deployment with a map over a bucket. */
export type MapDeployment = Deployment & { map: NonNullable<Deployment['map']> };

/** @throws RequestError when it names no bucket. */
export function parseUrl(text: string): BucketUrl {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined) throw new RequestError(`${text} names no bucket: write s3://NAME/PREFIX/`);
  return { bucket, prefix };
}

/** @throws ConfigError when it was deployed without --buckets. */
export function withMap(deployment: Deployment): MapDeployment {
  const { map } = deployment;
  if (map) return { ...deployment, map };
  throw new ConfigError('this deployment may read no bucket: run npm run deploy -- --buckets NAME/PREFIX');
}

/** The folder of runs for these pictures, and their prefix. @throws RequestError when the deployment may not read them. */
export function locate({ bucket, prefix }: BucketUrl, { map }: MapDeployment): { prefix: string; runs: string } {
  // `s3://photos/in` is meant where `photos/in` was deployed.
  const wanted = [prefix, `${prefix}/`];
  const places = map.buckets.filter((place) => place.bucket === bucket);
  const [place] = places
    .filter((one) => wanted.some((text) => text.startsWith(one.prefix)))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (place) return { prefix: prefix.startsWith(place.prefix) ? prefix : `${prefix}/`, runs: place.prefix + RUNS };
  const allowed = map.buckets.map((one) => `s3://${one.bucket}/${one.prefix}`).join(', ');
  throw new RequestError(
    `s3://${bucket}/${prefix} is not in what this deployment may read (${allowed}): run npm run deploy -- --buckets ${bucket}/...`,
  );
}
