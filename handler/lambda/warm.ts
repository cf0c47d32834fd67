// Loads before the first request what requests need, so none of them waits.
import { shippedCohort } from '../shipped-cohort.ts';
import { processSidecar } from '../sidecar/sidecar.ts';

// One white pixel: a worker that has answered has its weights in memory.
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');

/** Starts the sidecar and waits until its weights are loaded. @throws SidecarError, ConfigError. */
export async function warmSidecar(): Promise<void> {
  await processSidecar().describe(PIXEL);
}

/** Starts the sidecar, and loads the cohort meanwhile. @throws ModelError, SidecarError, ConfigError. */
export async function warmMatcher(): Promise<void> {
  const sidecar = warmSidecar();
  shippedCohort();
  await sidecar;
}
