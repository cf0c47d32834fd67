// fr-recognize's work: one model and many pictures -> one answer each, in order, each printed as soon as it is known.
import { extname } from 'node:path';
import { parseCohortCsv } from '../handler/cohort.ts';
import { processConfig } from '../handler/config.ts';
import { FaceError, ModelError, RequestError } from '../handler/errors.ts';
import type { Person } from '../handler/identifier.ts';
import type { Cohort } from '../handler/matcher.ts';
import type { IdentifyAnswer, RecognizeAnswer, Verdict } from '../handler/protocol.ts';
import { parseModel } from '../handler/vectors.ts';
import { displayName, EXIT, errorLine, FailureOn, on, say, stopsEverything } from './cli.ts';
import type { Charge } from './cost.ts';
import { explainAnswer } from './explain.ts';
import { type FoundPictures, findPictures, isSameFile, readGallery, readInput, readModel } from './input.ts';
import { announce, type Backend, openBackend, type Place, type RecognizeOptions } from './invoke.ts';
import { checkDestination, saveWhole } from './output.ts';
import { Progress } from './progress.ts';

export interface Recognition extends Omit<Place, 'cohort'>, RecognizeOptions {
  gallery?: string | undefined;
  /** A cohort's file. */
  cohort?: string | undefined;
  json?: boolean | undefined;
  annotate?: string | undefined;
  quiet?: boolean | undefined;
}

/** What every picture is judged with: one person's model, or several people's. */
interface Bench {
  backend: Backend;
  model: string | Person[];
  modelPath: string;
  options: Recognition;
}

type Answer = RecognizeAnswer | IdentifyAnswer;

interface Judged {
  path: string;
  answer: Answer;
  durationMs: number;
  /** What it cost, where it costs. */
  charge?: Charge | undefined;
}

const PROGRAM = 'fr-recognize';

/** Gives the exit status. A picture that cannot be judged is reported and does not stop the others. */
export async function recognizePictures(
  modelPath: string,
  operands: readonly string[],
  options: Recognition,
): Promise<number> {
  await refuseContradictions(modelPath, operands);
  const { maxBytes } = processConfig();
  const pictures = await findPictures(operands);
  if (options.annotate !== undefined) await checkAnnotation(options.annotate, modelPath, pictures);
  const cohort = await readCohort(options.cohort, maxBytes);
  const backend = await openBackend({ ...options, cohort });
  try {
    const model = await on(displayName(modelPath), () =>
      readModels(modelPath, options.gallery !== undefined, maxBytes),
    );
    announce(PROGRAM, backend, options.quiet);
    return await judgeAll(pictures, maxBytes, { backend, model, modelPath, options });
  } finally {
    backend.close();
  }
}

/** One person's model, or a folder's people; each is known to be readable. */
async function readModels(path: string, isGallery: boolean, maxBytes: number): Promise<string | Person[]> {
  if (isGallery) {
    const people = await readGallery(path, maxBytes);
    for (const { name, model } of people) await on(`${name}.csv`, async () => parseModel(model));
    return people;
  }
  const text = await readModel(path, maxBytes);
  parseModel(text);
  return text;
}

async function readCohort(path: string | undefined, maxBytes: number): Promise<Cohort | undefined> {
  if (path === undefined) return undefined;
  return on(displayName(path), async () => parseCohortCsv(await readModel(path, maxBytes)));
}

async function refuseContradictions(modelPath: string, operands: readonly string[]): Promise<void> {
  if ([modelPath, ...operands].filter((operand) => operand === '-').length > 1) {
    throw new RequestError('standard input is one model or one picture: name the others');
  }
  for (const operand of operands) {
    if (await isSameFile(modelPath, operand)) {
      throw new RequestError(`${operand}: is given as the model and as a picture: name a picture`);
    }
  }
}

async function checkAnnotation(annotated: string, modelPath: string, { paths, several }: FoundPictures): Promise<void> {
  if (several) throw new RequestError('--annotate draws on one picture: name one picture');
  if (!/\.(png|jpe?g|webp)$/i.test(annotated)) {
    throw new RequestError(`${annotated}: cannot be drawn: choose a name that ends in .png, .jpg or .webp`);
  }
  await checkDestination(annotated, [modelPath, ...paths]);
}

async function judgeAll({ paths, several }: FoundPictures, maxBytes: number, bench: Bench): Promise<number> {
  const progress = new Progress(paths.length, bench.options.quiet ? undefined : process.stderr);
  const readAhead = (path: string | undefined): Promise<Buffer> | undefined => {
    const reading = path === undefined ? undefined : readInput(path, maxBytes);
    reading?.catch(() => undefined); // its failure is met on its turn
    return reading;
  };
  let status: number = EXIT.noMatch;
  let next = readAhead(paths[0]);
  try {
    for (const [index, path] of paths.entries()) {
      const reading = next;
      next = readAhead(paths[index + 1]);
      const verdict = await judge(path, reading as Promise<Buffer>, several, bench, progress);
      if (verdict === undefined) status = EXIT.error;
      else status = worseOf(status, verdict);
      progress.advance();
    }
  } finally {
    progress.clear();
  }
  return status;
}

// An error outweighs all, and then a match; an unsure face outweighs none.
function worseOf(status: number, verdict: Verdict): number {
  if (status === EXIT.error || status === EXIT.match) return status;
  if (verdict === 'True') return EXIT.match;
  return verdict === 'Unsure' ? EXIT.unsure : status;
}

/** Judges and reports one picture. Gives undefined when it cannot be judged. Throws what would stop every picture. */
async function judge(
  path: string,
  reading: Promise<Buffer>,
  named: boolean,
  bench: Bench,
  progress: Progress,
): Promise<Verdict | undefined> {
  const { backend, model, options } = bench;
  try {
    const image = await reading;
    const startedMs = performance.now();
    let charge: Charge | undefined;
    const onCharge = (one: Charge): void => {
      charge = one;
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
    report({ path, answer, durationMs, charge }, named, bench);
    if (options.annotate !== undefined)
      await on(displayName(path), () => draw(image, answer, options.annotate as string));
    return answer.face_present;
  } catch (error) {
    if (error instanceof ModelError) throw new FailureOn(displayName(bench.modelPath), error);
    if (!(error instanceof FaceError) || stopsEverything(error)) throw error;
    progress.clear();
    reportFailure(path, error, bench);
    return undefined;
  }
}

function report({ path, answer, durationMs, charge }: Judged, named: boolean, { backend, options }: Bench): void {
  if (options.json) {
    const cost = charge && { billed_ms: charge.billedMs, cost_usd: Number(charge.costUsd.toFixed(10)) };
    printJson({ picture: path, ...answer, where: backend.where, duration_ms: durationMs, ...cost });
    return;
  }
  if ('people' in answer) {
    const names = answer.faces.map(({ name }) => name);
    process.stdout.write(named ? `${[path, ...names].join('\t')}\n` : names.map((name) => `${name}\n`).join(''));
    return;
  }
  process.stdout.write(named ? `${path}\t${answer.face_present}\n` : `${answer.face_present}\n`);
  if (options.explain) explainAnswer(displayName(path), answer).forEach(say);
}

function reportFailure(path: string, error: FaceError, { backend, options }: Bench): void {
  say(errorLine(PROGRAM, new FailureOn(displayName(path), error)));
  if (options.json) {
    const { name, code, message } = error;
    printJson({ picture: path, error: { name, code, message }, where: backend.where });
  }
}

function printJson(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

async function draw(image: Buffer, { faces }: Answer, annotated: string): Promise<void> {
  const { annotate } = await import('./annotate.ts');
  saveWhole(annotated, await annotate(image, faces, extname(annotated).slice(1).toLowerCase()));
}
