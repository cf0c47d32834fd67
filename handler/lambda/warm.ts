// What a Lambda environment loads before its first request, so that no request waits for it.
import { shippedCohort } from '../cohort.ts';
import { processSidecar } from '../sidecar.ts';

// One white pixel: a worker that has answered has its models in memory.
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');

/** Starts the sidecar and waits until its models are loaded. @throws SidecarError, ConfigError. */
export async function warmSidecar(): Promise<void> {
  await processSidecar().describe(PIXEL);
}

/** The sidecar, and the cohort meanwhile. @throws ModelError, SidecarError, ConfigError. */
export async function warmMatcher(): Promise<void> {
  const sidecar = warmSidecar();
  shippedCohort();
  await sidecar;
}
