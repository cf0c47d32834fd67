// fr-recognize --report: opens the run's report and supplies the facts in its head: command, models, cost.
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { projectVersion } from '../deploy/project.ts';
import { processConfig } from '../handler/config.ts';
import { RequestError } from '../handler/errors.ts';
import { DEFAULT_IDENTIFICATION_FMR } from '../handler/identifier.ts';
import { DEFAULT_FMR, falseMatchRate } from '../handler/matching/calibration.ts';
import { EMBEDDER } from '../handler/matching/embedder.ts';
import { displayName, on } from './cli/cli.ts';
import { commandWords } from './cli/command-words.ts';
import { showName } from './cli/names.ts';
import { NEEDS, withPackages } from './cli/optional.ts';
import { checkDestination } from './cli/output.ts';
import type { GalleryPerson } from './gallery.ts';
import { type Charge, showUsd } from './remote/cost.ts';
import type { Report } from './report/report.ts';

/** The options of fr-recognize that a report depends on. */
interface Options {
  report?: string | undefined;
  enrolled?: string | undefined;
  gallery?: string | undefined;
  fmr?: number | undefined;
  threshold?: number | undefined;
}

export interface Reported {
  options: Options;
  modelPath: string;
  /** One person's, or several people's with --gallery. */
  model: string | readonly GalleryPerson[];
  /** How many pictures the run has. */
  total: number;
  where: string;
  /** Whether films are judged. */
  films?: boolean | undefined;
}

/** Checks, before any work is done, that the report can be written. @throws RequestError. */
export async function checkReport({ report, enrolled, gallery }: Options, sources: readonly string[]): Promise<void> {
  if (report === undefined) {
    if (enrolled !== undefined) throw new RequestError('--enrolled needs a report: add --report out.html');
    return;
  }
  if (!/\.html?$/i.test(report)) {
    throw new RequestError(`${showName(report)}: is not the name of a page: choose one that ends in .html`);
  }
  if (enrolled !== undefined && gallery !== undefined) {
    throw new RequestError('--enrolled is for one MODEL: in a gallery, put ann.jpg beside ann.csv');
  }
  await checkDestination(report, enrolled === undefined ? sources : [...sources, enrolled]);
}

/**
 * Opens the report if one was asked for.
 *
 * @throws FailureOn when the enrolled photo cannot be shown.
 */
export async function openReport({
  options,
  modelPath,
  model,
  total,
  where,
  films,
}: Reported): Promise<RunReport | undefined> {
  const { report, enrolled, gallery } = options;
  if (report === undefined) return undefined;
  // Loaded here because they load sharp, which other runs do not need.
  const load = () => Promise.all([import('./report/report.ts'), import('./report/enrolled.ts')]);
  const [{ Report }, { enrolledBeside, readEnrolled }] = await withPackages('--report', NEEDS.pictures, load);
  const { shellWord } = await import('./report/markup.ts');
  const { maxBytes } = processConfig();
  const people: readonly GalleryPerson[] = typeof model === 'string' ? [{ name: personOf(modelPath), model }] : model;
  const fileOf = (name: string): string => (gallery === undefined ? modelPath : join(gallery, `${name}.csv`));
  const photos =
    enrolled === undefined ? [] : [await on(displayName(enrolled), () => readEnrolled(enrolled, maxBytes))];
  const charges: Charge[] = [];
  const started = new Date();
  const facts = (): [string, string][] => [
    ['command', ['fr-recognize', ...commandWords()].map(shellWord).join(' ')],
    ['when', `${started.toISOString()} to ${new Date().toISOString()}`],
    ['where', where],
    ['cost', costText(charges)],
    ['software', `serverless-face-recognition ${projectVersion()}, network ${EMBEDDER}`],
    ...people.map(({ name, model: text }): [string, string] => [`model of ${name}`, `SHA-256 ${sha256(text)}`]),
  ];
  const run = {
    people: people.map(({ name }) => name),
    gallery: gallery !== undefined,
    films,
    ownRate: rateOf(options, people),
  };
  const photoOf = async (person: number) => {
    const { name, photo } = people[person] as GalleryPerson;
    if (photo !== undefined) return readEnrolled(photo, maxBytes);
    return photos[person] ?? enrolledBeside(fileOf(name), maxBytes);
  };
  return Object.assign(new Report({ path: report, run, total, facts, photoOf }), { charges });
}

/** A report, and what the run's calls cost so far. */
export type RunReport = Report & { charges: Charge[] };

/** Whose model a file is: `ann` of `people/ann.csv`. */
export function personOf(modelPath: string): string {
  return modelPath === '-' ? 'the person' : basename(modelPath).replace(/\.csv$/i, '');
}

/** The false match rate that the run accepts: of one model, or of a gallery's people together. */
function rateOf({ fmr, gallery, threshold }: Options, people: readonly unknown[]): number {
  if (threshold === undefined) return fmr ?? (gallery === undefined ? DEFAULT_FMR : DEFAULT_IDENTIFICATION_FMR);
  return Math.min(1, Number((people.length * falseMatchRate(threshold)).toPrecision(2)));
}

function costText(charges: readonly Charge[]): string {
  if (charges.length === 0) return 'nothing was billed';
  const usd = charges.reduce((sum, { costUsd }) => sum + costUsd, 0);
  return `USD ${showUsd(usd)} for ${charges.length} calls on AWS Lambda, by the list price`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
