// --jobs: how many pictures to look at at a time on this machine.

import { RequestError } from '../../handler/errors.ts';
import { MOST_CORES } from '../../handler/sidecar/cores.ts';

/** Gives it back. @throws RequestError when it is no such number. */
export function checkJobs(jobs: number | undefined): number | undefined {
  if (jobs === undefined || (Number.isInteger(jobs) && jobs >= 1 && jobs <= MOST_CORES)) return jobs;
  throw new RequestError(`--jobs needs a whole number from 1 to ${MOST_CORES}`);
}
