// Says before a run of many pictures on AWS what it will take, where the backend can tell.
import { processConfig } from '../handler/config.ts';
import { type Journal, pictureKey } from './batch/journal.ts';
import { say } from './cli/cli.ts';
import { readInput, sizeOfInput } from './cli/input.ts';
import type { Backend } from './remote/invoke.ts';

/** Fewer pictures are done before the line is read. */
const LEAST_PICTURES = 20;
/** So many sizes are asked for, spread over all pictures. */
const SAMPLE = 100;
/** Of these so many are read, to see whether the journal answers them. */
const READ = 50;

/** @param journal what it answers costs nothing, and is left out; by how much of a sample it answers. */
export async function sayForecast(
  program: string,
  backend: Backend,
  paths: readonly string[],
  journal: Journal | undefined,
): Promise<void> {
  if (!backend.forecast || paths.length < LEAST_PICTURES) return;
  const step = Math.max(1, Math.floor(paths.length / SAMPLE));
  const sample = paths.filter((_, index) => index % step === 0);
  const sizes = await Promise.all(sample.map(sizeOfInput));
  const files = sample.filter((_, i) => (sizes[i] as number) > 0);
  const meanBytes = files.length > 0 ? sizes.reduce((sum, bytes) => sum + bytes, 0) / files.length : undefined;
  const share = journal === undefined || journal.isEmpty ? 0 : await shareAnswered(files, journal);
  const answered = Math.round(share * paths.length);
  const known = answered > 0 ? `the journal has about ${answered} of ${paths.length} pictures; ` : '';
  const pictures = paths.length - answered;
  const rest = pictures < LEAST_PICTURES ? 'a few more to judge' : backend.forecast({ pictures, meanBytes });
  say(`${program}: ${known}${rest}`);
}

/** The share of some files that a journal answers. One after the other, since each is read as a whole. */
async function shareAnswered(files: readonly string[], journal: Journal): Promise<number> {
  const { maxBytes } = processConfig();
  const step = Math.max(1, Math.floor(files.length / READ));
  const some = files.filter((_, index) => index % step === 0);
  let answered = 0;
  for (const file of some) {
    const image = await readInput(file, maxBytes).catch(() => undefined); // the run itself says why
    if (image && journal.has(pictureKey(image))) answered += 1;
  }
  return some.length > 0 ? answered / some.length : 0;
}
