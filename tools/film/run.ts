// fr-recognize's films: judges one after the other, each on every core or by many calls, and prints who appears when.
import { Status } from '../../deploy/shell/status.ts';
import { FaceError, stopsEverything } from '../../handler/errors.ts';
import type { Journal } from '../batch/journal.ts';
import { displayName, say } from '../cli/cli.ts';
import { clock } from '../cli/clock.ts';
import { toJson } from '../cli/names.ts';
import { PROGRAM, statusOf, type Tally } from '../recognition-output.ts';
import type { Charge } from '../remote/cost.ts';
import { type Decided, type FilmEnd, judgeFilm } from './film.ts';
import type { FilmJob } from './looking.ts';
import { FilmOutput, type FilmOutputPlan, printFilmHead } from './output.ts';
import { type FilmRecord, filmKey } from './remembering.ts';

export interface FilmsJob {
  judging: FilmJob;
  output: FilmOutputPlan;
  report: FilmReport | undefined;
  /** Of films that were judged before. A report needs pictures of the faces, which a journal does not keep: then it is not read. */
  journal: Journal | undefined;
}

/** A report's part in a run: tools/report/. */
export interface FilmReport {
  readonly charges: Charge[];
  addAppearance(path: string, seen: Decided, still: Decided['still']): Promise<void>;
  endFilm(path: string, endS: number, threshold: number): void;
  refuse(path: string, message: string): void;
}

/** Returns the exit status. A film that cannot be read is reported and does not stop the others. */
export async function judgeFilms(paths: readonly string[], job: FilmsJob): Promise<number> {
  const tally: Tally = { True: 0, Unsure: 0, False: 0, refused: 0 };
  printFilmHead(job.output.options);
  for (const path of paths) {
    const output = new FilmOutput(path, job.output);
    try {
      const { end, where } = await answer(path, output, job);
      job.report?.endFilm(path, end.endS, end.threshold);
      job.report?.charges.push(...end.charges);
      const isWhole = sayEnd(path, end, where, output, job);
      output.finish(end);
      tally[isWhole ? output.verdict : 'refused'] += 1;
    } catch (error) {
      if (!(error instanceof FaceError) || stopsEverything(error)) throw error;
      refuse(path, error, output, job);
      tally.refused += 1;
    }
  }
  const remembered = job.journal?.answered ?? 0;
  if (remembered > 0 && !job.output.options.quiet) {
    say(`${PROGRAM}: ${remembered} of ${paths.length} answered by the journal: --forget judges them again`);
  }
  return statusOf(tally);
}

/** Judges one film, or finds in the journal what was answered. */
async function answer(path: string, output: FilmOutput, job: FilmsJob): Promise<{ end: FilmEnd; where: string }> {
  const { journal, report } = job;
  const key = journal && (await filmKey(path));
  const before = key && !report ? (journal?.find(key) as FilmRecord | undefined) : undefined;
  if (before) {
    for (const appearance of before.appearances) output.add(appearance);
    const end = { ...before.end, refused: { frames: 0, error: undefined }, charges: [] };
    return { end, where: 'answered by the journal' };
  }
  const appearances: FilmRecord['appearances'] = [];
  const judged = await judgeOne(path, output, job, appearances);
  const { refused, charges, ...end } = judged;
  if (key && refused.frames === 0) {
    const record: FilmRecord = { appearances, end };
    journal.addOrEnd(key, record, (text) => say(`${PROGRAM}: ${text}`));
  }
  return { end: judged, where: `on ${job.judging.backend.where}` };
}

async function judgeOne(
  path: string,
  output: FilmOutput,
  job: FilmsJob,
  kept: FilmRecord['appearances'],
): Promise<FilmEnd> {
  const status = process.stderr.isTTY && !job.output.options.quiet ? new Status(process.stderr) : undefined;
  try {
    return await judgeFilm(path, job.judging, {
      onAppearance: async (decided) => {
        const { still, ...appearance } = decided;
        output.add(appearance);
        if (job.journal) kept.push(appearance);
        await job.report?.addAppearance(path, decided, still);
      },
      onFrame: (timeS, { endS }, appearances) => {
        const all = endS === undefined ? '' : ` of ${clock(endS)}`;
        status?.draw([`${displayName(path)}: ${clock(timeS)}${all}, appearances: ${appearances}`]);
      },
    });
  } finally {
    status?.erase();
  }
}

/** Says how a film ended. Returns whether all of it was judged. */
function sayEnd(
  path: string,
  end: FilmEnd,
  where: string,
  output: FilmOutput,
  { output: { options }, report }: FilmsJob,
): boolean {
  const name = displayName(path);
  const { facts, frames, brokenAtS, isDamaged, refused } = end;
  const note = (text: string): void => {
    if (!options.quiet) say(`${PROGRAM}: ${name}: ${text}`);
  };
  note(`appearances: ${output.appearances}, matched: ${output.matched}, frames looked at: ${frames}, ${where}`);
  if (isDamaged) note('parts of the film are damaged: a face may be missing there');
  if (brokenAtS !== undefined) {
    const all = facts.endS === undefined ? '' : ` of ${clock(facts.endS)}`;
    const message = `the film breaks off after ${clock(brokenAtS)}${all}: what comes before it was judged; get the file again`;
    say(`${PROGRAM}: ${name}: ${message}`);
    output.fail(message);
    report?.refuse(path, message);
  }
  if (refused.error) {
    const message = `${refused.frames} of ${frames} frames could not be judged: the first because ${refused.error.message}`;
    say(`${PROGRAM}: ${name}: ${message}`);
    output.fail(message);
    report?.refuse(path, message);
  }
  return brokenAtS === undefined && refused.frames === 0;
}

function refuse(
  path: string,
  error: FaceError,
  output: FilmOutput,
  { judging, output: { options }, report }: FilmsJob,
): void {
  say(`${PROGRAM}: ${displayName(path)}: ${error.message}`);
  output.fail(error.message);
  report?.refuse(path, error.message);
  const { name, code, message } = error;
  if (options.json)
    process.stdout.write(
      `${toJson({ picture: path, error: { name, code, message }, where: judging.backend.where })}\n`,
    );
}
