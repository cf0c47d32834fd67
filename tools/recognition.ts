// fr-recognize's work: judges each picture by one model or a gallery, in order, and prints each answer at once.
import type { Verdict } from '../handler/answers.ts';
import { parseCohortCsv } from '../handler/cohort.ts';
import { processConfig } from '../handler/config.ts';
import { FaceError, ModelError, RequestError } from '../handler/errors.ts';
import { knowPerson, type Person } from '../handler/identifier.ts';
import type { Cohort } from '../handler/matcher.ts';
import { knowModel } from '../handler/models.ts';
import { shippedCohort } from '../handler/shipped-cohort.ts';
import { Annotations } from './annotation.ts';
import { displayName, EXIT, FailureOn, on, say, stopsEverything } from './cli/cli.ts';
import { describeSkipped, type FoundPictures, findPictures } from './cli/folders.ts';
import { isSameFile, readGallery, readInput, readModel } from './cli/input.ts';
import { showName } from './cli/names.ts';
import { ProgressLine } from './cli/progress-line.ts';
import { type OutputOptions, PROGRAM, printAnswer, printFailure, summarize } from './recognition-output.ts';
import type { Charge } from './remote/cost.ts';
import { announce, type Backend, type BackendChoice, openBackend, type RecognizeOptions } from './remote/invoke.ts';
import { checkReport, openReport, type RunReport } from './reporting.ts';

export interface Recognition extends Omit<BackendChoice, 'cohort'>, RecognizeOptions, OutputOptions {
  gallery?: string | undefined;
  /** The path of a cohort. */
  cohort?: string | undefined;
  annotate?: string | undefined;
  /** Where the report goes. */
  report?: string | undefined;
  /** The enrolled photo that the report shows. */
  enrolled?: string | undefined;
  quiet?: boolean | undefined;
}

/** What every picture is judged with: one person's model, or several people's. */
interface Job {
  backend: Backend;
  model: string | Person[];
  modelPath: string;
  options: Recognition;
  report: RunReport | undefined;
  drawings: Annotations | undefined;
}

/** Returns the exit status. A picture that cannot be judged is reported and does not stop the others. */
export async function recognizePictures(
  modelPath: string,
  operands: readonly string[],
  options: Recognition,
): Promise<number> {
  await refuseContradictions(modelPath, operands);
  const { maxBytes } = processConfig();
  const pictures = await findPictures(operands);
  const { annotate } = options;
  const { paths, several } = pictures;
  const drawings = annotate === undefined ? undefined : await Annotations.plan(annotate, paths, several, [modelPath]);
  await checkReport(options, [modelPath, ...paths]);
  const cohort = await readCohort(options.cohort);
  const backend = await openBackend({ ...options, cohort });
  try {
    const model = await readModels(modelPath, cohort ?? shippedCohort(), options);
    announce(PROGRAM, backend, options.quiet);
    const skipped = describeSkipped(pictures.skipped);
    if (skipped && !options.quiet) say(`${PROGRAM}: skipped in folders: ${skipped}`);
    const report = await openReport({ options, modelPath, model, total: paths.length, where: backend.where });
    const status = await judgeAll(pictures, maxBytes, { backend, model, modelPath, options, report, drawings });
    const files = (await report?.finish()) ?? [];
    if (!options.quiet) for (const file of files) say(`${PROGRAM}: report: ${displayName(file)}`);
    return status;
  } finally {
    backend.close();
  }
}

/** Reads one person's model, or a gallery. Each model is checked: it can be read, and is of one person. */
async function readModels(path: string, cohort: Cohort, options: Recognition): Promise<string | Person[]> {
  if (options.gallery === undefined) {
    return on(displayName(path), async () => {
      const text = await readModel(path);
      knowModel(text, cohort, options.onePerson);
      return text;
    });
  }
  const people = await on(displayName(path), () => readGallery(path));
  for (const person of people) {
    await on(displayName(`${person.name}.csv`), () => knowPerson(person, cohort, options.onePerson));
  }
  return people;
}

async function readCohort(path: string | undefined): Promise<Cohort | undefined> {
  if (path === undefined) return undefined;
  return on(displayName(path), async () => parseCohortCsv(await readModel(path)));
}

async function refuseContradictions(modelPath: string, operands: readonly string[]): Promise<void> {
  if ([modelPath, ...operands].filter((operand) => operand === '-').length > 1) {
    throw new RequestError('standard input is one model or one picture: name the others');
  }
  for (const operand of operands) {
    if (await isSameFile(modelPath, operand)) {
      throw new RequestError(`${showName(operand)}: is given as the model and as a picture: name a picture`);
    }
  }
}

async function judgeAll(found: FoundPictures, maxBytes: number, job: Job): Promise<number> {
  const { paths, failures, several } = found;
  const progress = new ProgressLine(paths.length, job.options.quiet ? undefined : process.stderr);
  const readAhead = (path: string | undefined): Promise<Buffer> | undefined => {
    if (path === undefined) return undefined;
    const failure = failures.get(path);
    const reading = failure ? Promise.reject<Buffer>(failure) : readInput(path, maxBytes);
    reading.catch(() => undefined); // judge() awaits it and handles the failure
    return reading;
  };
  let status: number = EXIT.noMatch;
  const tally = { True: 0, Unsure: 0, False: 0, refused: 0 };
  let next = readAhead(paths[0]);
  try {
    for (const [index, path] of paths.entries()) {
      const reading = next;
      next = readAhead(paths[index + 1]);
      const verdict = await judge(path, reading as Promise<Buffer>, several, job, progress);
      tally[verdict ?? 'refused'] += 1;
      status = verdict === undefined ? EXIT.error : worseOf(status, verdict);
      progress.advance();
    }
  } finally {
    progress.clear();
  }
  if (several && !job.options.quiet) say(`${PROGRAM}: ${summarize(tally, found, job.options)}`);
  return status;
}

// An error wins over a match, a match over an unsure face, and an unsure face over none.
function worseOf(status: number, verdict: Verdict): number {
  if (status === EXIT.error || status === EXIT.match) return status;
  if (verdict === 'True') return EXIT.match;
  return verdict === 'Unsure' ? EXIT.unsure : status;
}

/** Judges and reports one picture. Returns undefined if it cannot be judged. Throws failures that every picture would have. */
async function judge(
  path: string,
  reading: Promise<Buffer>,
  named: boolean,
  job: Job,
  progress: ProgressLine,
): Promise<Verdict | undefined> {
  const { backend, model, options } = job;
  try {
    const image = await reading;
    const startedMs = performance.now();
    let charge: Charge | undefined;
    const onCharge = (one: Charge): void => {
      charge = one;
      job.report?.charges.push(one);
    };
    const onNote = (text: string): void => {
      progress.clear();
      if (!options.quiet) say(`${PROGRAM}: ${displayName(path)}: ${text}`);
    };
    const listener = { onCharge, onNote };
    const answer = await (typeof model === 'string'
      ? backend.recognize(image, model, options, listener)
      : backend.identify(image, model, options, listener));
    const durationMs = Math.round(performance.now() - startedMs);
    answer.notes?.forEach(onNote);
    if (process.stdout.isTTY || options.explain) progress.clear();
    printAnswer({ path, answer, durationMs, charge }, named, backend.where, options);
    await on(displayName(path), () => job.drawings?.save(path, image, answer.faces, onNote));
    await job.report?.add(path, image, answer);
    return answer.face_present;
  } catch (error) {
    if (error instanceof ModelError) throw new FailureOn(displayName(job.modelPath), error);
    if (!(error instanceof FaceError) || stopsEverything(error)) throw error;
    progress.clear();
    printFailure(path, error, backend.where, options);
    job.report?.refuse(path, error.message);
    return undefined;
  }
}
