// Says before a run of many pictures on AWS what it will take, where the backend can tell.
import { say } from './cli/cli.ts';
import { sizeOfInput } from './cli/input.ts';
import type { Backend } from './remote/invoke.ts';

/** Fewer pictures are done before the line is read. */
const LEAST_PICTURES = 20;
/** So many sizes are asked for, spread over all pictures. */
const SAMPLE = 100;

export async function sayForecast(program: string, backend: Backend, paths: readonly string[]): Promise<void> {
  if (!backend.forecast || paths.length < LEAST_PICTURES) return;
  const step = Math.max(1, Math.floor(paths.length / SAMPLE));
  const sizes = await Promise.all(paths.filter((_, index) => index % step === 0).map(sizeOfInput));
  const known = sizes.filter((bytes) => bytes > 0);
  const meanBytes = known.length > 0 ? known.reduce((sum, bytes) => sum + bytes, 0) / known.length : undefined;
  say(`${program}: ${backend.forecast({ pictures: paths.length, meanBytes })}`);
}
