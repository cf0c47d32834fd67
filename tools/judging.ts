// fr-recognize's pictures: judges several at a time, and shows what became of each in the order they were named.
import type { Verdict } from '../handler/answers.ts';
import { FaceError, ImageError, ModelError, stopsEverything } from '../handler/errors.ts';
import type { Person } from '../handler/identifier.ts';
import type { Annotations } from './annotation.ts';
import { type Journal, pictureKey } from './batch/journal.ts';
import { type Outcome, overPictures, type Picture, unreadable } from './batch/pictures.ts';
import { displayName, FailureOn, on, say } from './cli/cli.ts';
import type { FoundPictures } from './cli/folders.ts';
import { ProgressLine } from './cli/progress-line.ts';
import type { Matches } from './matches.ts';
import {
  type OutputOptions,
  type PictureRecord,
  PROGRAM,
  printRecord,
  statusOf,
  summarize,
  type Tally,
} from './recognition-output.ts';
import type { Charge } from './remote/cost.ts';
import type { Backend, Listener, RecognizeOptions } from './remote/invoke.ts';
import type { RunReport } from './reporting.ts';
import type { NameInXmp } from './xmp-naming.ts';

/** What every picture is judged with: one person's model, or several people's. */
export interface Job {
  backend: Backend;
  model: string | readonly Person[];
  modelPath: string;
  options: RecognizeOptions & OutputOptions & { unordered?: boolean | undefined };
  report: RunReport | undefined;
  drawings: Annotations | undefined;
  nameInXmp: NameInXmp | undefined;
  matches: Matches | undefined;
  journal: Journal | undefined;
}

/** A picture's record, and the picture if it is shown. */
interface Judged {
  record: PictureRecord;
  image?: Buffer | undefined;
  /** Whether the journal had the record. */
  isKnown: boolean;
}

/** Returns the exit status. A picture that cannot be judged is reported and does not stop the others. */
export async function judgeAll(found: FoundPictures, maxBytes: number, job: Job): Promise<number> {
  const { paths, failures, several } = found;
  const { backend, options, journal } = job;
  const progress = new ProgressLine(
    paths.length,
    options.quiet ? undefined : process.stderr,
    () => backend.status?.() ?? '',
  );
  backend.expect?.(paths.length);
  const how = {
    maxBytes,
    atOnce: () => backend.atOnce(),
    unordered: options.unordered,
    reuse: backend.isDoneAtAnswer,
    pathOf: (path: string) => path,
    open: (path: string) => {
      const failure = failures.get(path);
      return failure && unreadable(failure);
    },
  };
  const tally: Tally = { True: 0, Unsure: 0, False: 0, refused: 0 };
  try {
    for await (const outcome of overPictures(paths, (picture) => judge(picture, job), how)) {
      const verdict = await show(outcome, several, job, progress);
      tally[verdict ?? 'refused'] += 1;
      progress.advance(outcome.result?.isKnown);
    }
  } finally {
    progress.clear();
  }
  const remembered = journal?.answered ?? 0;
  if (remembered > 0 && !options.quiet) {
    say(`${PROGRAM}: ${remembered} of ${paths.length} answered by the journal: --forget judges them again`);
  }
  if (several && !options.quiet) say(`${PROGRAM}: ${summarize(tally, found, options)}`);
  return statusOf(tally);
}

/** Judges one picture, or finds in the journal what was answered. Throws failures that every picture would have. */
async function judge({ item: path, read, release }: Picture<string>, job: Job): Promise<Judged> {
  const { journal } = job;
  const about = { where: job.backend.where, notes: [] as string[], charges: [] as Charge[] };
  let key: string | undefined;
  let isAsked = false;
  const finish = (image: Buffer | undefined, record: PictureRecord): Judged => {
    const isKnown = image !== undefined && !isAsked;
    if (image && (job.report || job.drawings || job.matches || job.nameInXmp)) return { record, image, isKnown };
    release();
    return { record, isKnown };
  };
  try {
    const image = await read();
    key = journal && pictureKey(image);
    const before = key && (journal?.find(key) as Omit<PictureRecord, 'path'> | undefined);
    if (before) return finish(image, { path, ...before } as PictureRecord);
    isAsked = true;
    const judged = { ...about, ...(await ask(image, job, about)) };
    if (key) remember(key, judged, journal);
    return finish(image, { path, ...judged });
  } catch (error) {
    if (error instanceof ModelError) throw new FailureOn(displayName(job.modelPath), error);
    if (!(error instanceof FaceError) || stopsEverything(error)) throw error;
    const { name, code, message } = error;
    const failed = { ...about, error: { name, code, message } };
    // Whether a picture can be used is the picture's own: any other failure may pass.
    if (key && error instanceof ImageError) remember(key, failed, journal);
    return finish(undefined, { path, ...failed });
  } finally {
    if (!isAsked) job.backend.expect?.(-1);
  }
}

function remember(key: string, record: Omit<PictureRecord, 'path'> & { notes: string[] }, journal?: Journal): void {
  journal?.addOrEnd(key, record, (text) => record.notes.push(text));
}

async function ask(image: Buffer, job: Job, { notes, charges }: Pick<PictureRecord, 'charges'> & { notes: string[] }) {
  const { backend, model, options } = job;
  let startedMs = performance.now();
  const listener: Listener = {
    onStart: () => {
      startedMs = performance.now();
    },
    onCharge: (charge) => charges.push(charge),
    onNote: (text) => notes.push(text),
  };
  const answer = await (typeof model === 'string'
    ? backend.recognize(image, model, options, listener)
    : backend.identify(image, model, options, listener));
  return { answer, durationMs: Math.round(performance.now() - startedMs) };
}

/** Shows what became of a picture. Returns undefined if it could not be judged. Throws what ends the run. */
async function show(
  { result, error }: Outcome<string, Judged>,
  named: boolean,
  { options, drawings, report, matches, nameInXmp }: Job,
  progress: ProgressLine,
): Promise<Verdict | undefined> {
  if (!result) throw error;
  const { record, image } = result;
  const { path } = record;
  const onNote = (text: string): void => {
    progress.clear();
    if (!options.quiet) say(`${PROGRAM}: ${displayName(path)}: ${text}`);
  };
  record.notes.forEach(onNote);
  report?.charges.push(...record.charges);
  if (record.error || process.stdout.isTTY || options.explain) progress.clear();
  record.answer?.notes?.forEach(onNote);
  printRecord(record, named, options);
  if (!record.answer) {
    report?.refuse(path, record.error.message);
    return undefined;
  }
  const { answer } = record;
  if (image) await on(displayName(path), () => drawings?.save(path, image, answer.faces, onNote));
  if (image) await nameInXmp?.(path, image, answer, onNote);
  matches?.add(path, image, answer);
  if (image) await report?.add(path, image, answer);
  return answer.face_present;
}
