// What a run over a bucket would have to judge, and what that will probably cost: said before it begins.
import type { BucketItem } from '../../handler/bucket.ts';
import { ConfigError } from '../../handler/errors.ts';
import { say } from '../cli/cli.ts';
import { PROGRAM } from '../recognition-output.ts';
import { showUsd } from '../remote/cost.ts';
import { forecastRun } from './cost.ts';
import type { Listing } from './listing.ts';
import type { Memory } from './memory.ts';
import type { BucketUrl, MapDeployment } from './place.ts';

/** How the run would be. */
export interface Planning {
  where: BucketUrl;
  deployment: MapDeployment;
  concurrency: number;
  /** USD. */
  budget: number | undefined;
  quiet: boolean | undefined;
}

/**
 * The pictures that have to be judged. Says what that will take.
 *
 * @throws ConfigError when it will probably cost more than the budget.
 */
export function planRest(
  listing: Listing | undefined,
  memory: Memory,
  { where: { bucket, prefix }, deployment, concurrency, budget, quiet }: Planning,
): BucketItem[] | undefined {
  if (!listing) {
    const missing = `these credentials may not list s3://${bucket}/${prefix} (s3:ListBucket)`;
    if (budget !== undefined)
      throw new ConfigError(`${missing}, which --budget needs: allow it, or leave out --budget`);
    if (!quiet) say(`${PROGRAM}: ${missing}, so there is no forecast, and the journal is not asked`);
    return undefined;
  }
  const { pictures, objects } = listing;
  const rest = pictures.filter((item) => !memory.has(item));
  const known = pictures.length - rest.length;
  const { text, usd } = forecastRun(rest.length, objects, deployment, concurrency);
  if (!quiet && known > 0) {
    say(`${PROGRAM}: ${known} of ${pictures.length} answered by the journal: --forget judges them again`);
  }
  if (!quiet && rest.length > 0) say(`${PROGRAM}: ${text}`);
  if (budget !== undefined && rest.length > 0 && usd > budget) {
    throw new ConfigError(
      `the budget of USD ${budget} is less than this run will probably cost, USD ${showUsd(usd)}: raise --budget, or name a longer prefix`,
    );
  }
  return rest;
}
