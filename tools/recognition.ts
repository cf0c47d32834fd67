// fr-recognize's work: judges each picture by one model or a gallery, in order, and prints each answer at once.
import { processConfig } from '../handler/config.ts';
import { RequestError } from '../handler/errors.ts';
import { shippedCohort } from '../handler/shipped-cohort.ts';
import { Annotations } from './annotation.ts';
import type { Journal } from './batch/journal.ts';
import { displayName, say } from './cli/cli.ts';
import { describeSkipped, findPictures } from './cli/folders.ts';
import { isSameFile } from './cli/input.ts';
import { showName } from './cli/names.ts';
import { namesFilm } from './film/films.ts';
import { sayForecast } from './forecasting.ts';
import { judgeAll } from './judging.ts';
import { Matches } from './matches.ts';
import { announcedOnce, readCohort, readModels, readModelsApart } from './recognition-models.ts';
import { type OutputOptions, PROGRAM, printHead } from './recognition-output.ts';
import { openJournal, type Remembering } from './remembering.ts';
import { type BackendChoice, openBackend } from './remote/invoke.ts';
import { checkReport, openReport, personOf, type RunReport } from './reporting.ts';
import { openNaming } from './xmp-naming.ts';

export interface Recognition extends Omit<BackendChoice, 'cohort'>, Remembering, OutputOptions {
  gallery?: string | undefined;
  /** The path of a cohort. */
  cohort?: string | undefined;
  annotate?: string | undefined;
  /** Where the report goes. */
  report?: string | undefined;
  /** The enrolled photo that the report shows. */
  enrolled?: string | undefined;
  /** Writes the names of faces into XMP sidecars. */
  xmp?: boolean | undefined;
  /** A folder of links to the pictures that match. */
  'matches-to'?: string | undefined;
  /** Answers as they come, not in the order of the pictures. */
  unordered?: boolean | undefined;
  /** For s3:// pictures: leaves the run to itself. */
  detach?: boolean | undefined;
  /** WebVTT, for a film. */
  vtt?: boolean | undefined;
  /** Seconds from one frame of a film to the next. */
  every?: number | undefined;
  /** The ARN of an earlier run on s3:// pictures. */
  resume?: string | undefined;
}

/** Returns the exit status. A picture that cannot be judged is reported and does not stop the others. */
export async function recognizePictures(
  modelPath: string,
  operands: readonly string[],
  options: Recognition,
): Promise<number> {
  if (await namesFilm(operands)) return recognizeFilms(modelPath, operands, options);
  refuseFilmOptions(options);
  if (options.detach) throw new RequestError('--detach is for pictures in a bucket: name s3://BUCKET/PREFIX/');
  await refuseContradictions(modelPath, operands);
  const { maxBytes } = processConfig();
  const { annotate, 'matches-to': matchesTo } = options;
  const matches = matchesTo === undefined ? undefined : new Matches(matchesTo);
  const pictures = await findPictures(operands, ON_VIDEOS);
  if (matches) pictures.paths = pictures.paths.filter((path) => operands.includes(path) || !matches.holds(path));
  const { paths, several } = pictures;
  const drawings = annotate === undefined ? undefined : await Annotations.plan(annotate, paths, several, [modelPath]);
  const nameInXmp = options.xmp ? await openNaming(personOf(modelPath), paths) : undefined;
  await checkReport(options, [modelPath, ...paths]);
  const cohort = await readCohort(options.cohort);
  const backend = await openBackend({ ...options, cohort });
  let journal: Journal | undefined;
  try {
    const announced = announcedOnce(backend, options.quiet);
    const model = await readModels(modelPath, cohort ?? shippedCohort(), options, announced);
    journal = openJournal(model, cohort, paths.length, options);
    announced();
    const skipped = describeSkipped(pictures.skipped);
    if (!options.quiet) await sayForecast(PROGRAM, backend, paths, journal);
    if (skipped && !options.quiet)
      say(`${PROGRAM}: skipped in folders: ${skipped}${pictures.skipped.videos > 0 ? ON_VIDEOS : ''}`);
    const report = await openReport({ options, modelPath, model, total: paths.length, where: backend.where });
    printHead(options);
    const shown = { report, drawings, matches, nameInXmp };
    const status = await judgeAll(pictures, maxBytes, { backend, model, modelPath, options, journal, ...shown });
    await sayReport(report, options.quiet);
    return status;
  } finally {
    backend.close();
    journal?.close();
  }
}

async function sayReport(report: RunReport | undefined, quiet: boolean | undefined): Promise<void> {
  const files = (await report?.finish()) ?? [];
  if (!quiet) for (const file of files) say(`${PROGRAM}: report: ${displayName(file)}`);
}

/** What is said of videos that lie among pictures. */
const ON_VIDEOS = ': to judge films, name their files, in a command of their own';

/** Options whose work needs a picture's own file. */
const NOT_FOR_FILMS = ['annotate', 'xmp', 'matches-to', 'explain', 'unordered', 'detach'] as const;

/** Options that only films have. */
function refuseFilmOptions({ vtt, every }: Recognition): void {
  if (vtt || every !== undefined) {
    throw new RequestError(`--${vtt ? 'vtt' : 'every'} is for films: name a film, such as film.mp4`);
  }
}

/** recognizePictures for films: who appears in them, and when. */
async function recognizeFilms(modelPath: string, films: readonly string[], options: Recognition): Promise<number> {
  await refuseContradictions(modelPath, films);
  const refused = NOT_FOR_FILMS.find((name) => options[name]);
  if (refused !== undefined) throw new RequestError(`--${refused} is for pictures: leave it out for a film`);
  await checkReport(options, [modelPath, ...films]);
  const { maxBytes, maxPixels } = processConfig();
  const { every: everyS = EVERY_S } = options;
  const custom = await readCohort(options.cohort);
  const cohort = custom ?? shippedCohort();
  const backend = await openBackend({ ...options, cohort: custom });
  let journal: Journal | undefined;
  try {
    const announced = announcedOnce(backend, options.quiet);
    const model = await readModels(modelPath, cohort, options, announced);
    announced();
    const [{ judgeFilms }, { filmQuestion }] = await Promise.all([
      import('./film/run.ts'),
      import('./film/remembering.ts'),
    ]);
    journal = openJournal(model, custom, films.length, options, filmQuestion(everyS));
    const judging = { backend, model, modelPath, cohort, options, everyS, maxBytes, maxPixels };
    const person = typeof model === 'string' ? personOf(modelPath) : undefined;
    const people = typeof model === 'string' ? undefined : model.length;
    const seen = { options, modelPath, model, total: films.length, where: backend.where, films: true };
    const report = await openReport(seen);
    const output = { options, named: films.length > 1, person, people, everyS };
    const status = await judgeFilms(films, { judging, output, report, journal });
    await sayReport(report, options.quiet);
    return status;
  } finally {
    backend.close();
    journal?.close();
  }
}

/** Whether an operand names pictures in a bucket. */
export function isBucket(operand: string): boolean {
  return operand.startsWith('s3://');
}

/** Seconds from one frame of a film to the next. */
const EVERY_S = 0.5;

/** Options whose work needs the pictures themselves, or this machine. */
const NOT_FOR_BUCKETS = [
  ...(['annotate', 'report', 'enrolled', 'cohort', 'unordered', 'jobs', 'local'] as const),
  ...(['matches-to', 'xmp'] as const),
] as const;

/** Options of a new run. */
const NOT_WITH_RESUME = ['budget', 'journal', 'forget', 'detach'] as const;

/** recognizePictures for pictures in a bucket: a run of the deployed state machine, or an earlier one (`--resume`). */
export async function recognizeInBucket(
  modelPath: string | undefined,
  operands: readonly string[],
  options: Recognition,
): Promise<number> {
  const refused = NOT_FOR_BUCKETS.find((name) => options[name]);
  if (refused !== undefined) {
    throw new RequestError(
      `--${refused} cannot be used for pictures in a bucket: leave it out, or copy the pictures here`,
    );
  }
  const { resume } = options;
  const vain = resume === undefined ? undefined : NOT_WITH_RESUME.find((name) => options[name]);
  if (vain !== undefined) throw new RequestError(`--${vain} is for a new run: leave it out, or leave out --resume`);
  if (operands.length > (resume === undefined ? 1 : 0)) {
    throw new RequestError('one s3://BUCKET/PREFIX/ at a time, and --resume takes none: name nothing else');
  }
  const readThem = (path: string) => () => readModelsApart(path, options);
  const { recognizeBucket, resumeBucket } = await import('./bucket/run.ts');
  if (resume !== undefined)
    return resumeBucket(resume, modelPath === undefined ? undefined : readThem(modelPath), options);
  const journalFor = (models: Parameters<typeof openJournal>[0]) => openJournal(models, undefined, Infinity, options);
  return recognizeBucket(operands[0] as string, readThem(modelPath as string), journalFor, options);
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
