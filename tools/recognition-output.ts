// fr-recognize's output: the answer or failure of each picture, and the counts at the end.
import type { IdentifyAnswer, RecognizeAnswer, Verdict } from '../handler/answers.ts';
import { seatTexts } from '../handler/rows.ts';
import { displayName, EXIT, say } from './cli/cli.ts';
import type { FoundPictures } from './cli/folders.ts';
import type { Line } from './cli/json-line.ts';
import { nameBytes, showName, toJson } from './cli/names.ts';
import { explainAnswer } from './explain.ts';
import { csvHead, csvRows } from './recognition-csv.ts';
import type { Charge } from './remote/cost.ts';

export const PROGRAM = 'fr-recognize';

/** How answers are shown. */
export interface OutputOptions {
  json?: boolean | undefined;
  /** Rows of CSV, one a face. */
  csv?: boolean | undefined;
  gallery?: string | undefined;
  /** Records end with a NUL, and names are printed as they are. */
  null?: boolean | undefined;
  explain?: boolean | undefined;
  unsure?: boolean | undefined;
  quiet?: boolean | undefined;
}

export type Answer = RecognizeAnswer | IdentifyAnswer;

/** All that is said of one picture, wherever it was judged: every form of output is made from it. It holds no picture and no vector. */
export type PictureRecord = {
  path: string;
  /** `this machine`, or where else. */
  where: string;
  /** What people should know of it, a line each, beside the answer's own notes. */
  notes: readonly string[];
  /** What its calls cost, if they were on AWS Lambda. */
  charges: Charge[];
} & (
  | { answer: Answer; durationMs: number; error?: undefined }
  | { error: { name: string; code: string; message: string }; answer?: undefined }
);

/**
 * Prints an answer on standard output, or a failure as one line on standard error and, with --json, as JSON.
 *
 * @param named whether the record begins with the picture's path.
 */
export function printRecord(record: PictureRecord, named: boolean, options: OutputOptions): void {
  const { path, where, charges } = record;
  if (options.csv) process.stdout.write(csvRows(record));
  if (record.error) {
    say(`${PROGRAM}: ${displayName(path)}: ${record.error.message}`);
    if (options.json) printJson({ picture: path, error: record.error, where });
    return;
  }
  const { answer, durationMs } = record;
  if (options.csv) return;
  if (options.json) {
    const charge = charges.at(-1);
    const cost = charge && { billed_ms: charge.billedMs, cost_usd: Number(charge.costUsd.toFixed(10)) };
    printJson({ picture: path, ...answer, where, duration_ms: durationMs, ...cost });
    return;
  }
  if ('people' in answer) {
    const names = answer.faces.map(({ name }) => name);
    if (named) printFields([path, ...names], options);
    else for (const name of names) printFields([name], options);
    if (!options.quiet) printSeats(displayName(path), answer);
    return;
  }
  printFields(named ? [path, answer.face_present] : [answer.face_present], options);
  if (options.explain) explainAnswer(displayName(path), answer).forEach(say);
}

/** Prints what comes before the first record. */
export function printHead({ csv, gallery }: OutputOptions): void {
  if (csv) process.stdout.write(csvHead(gallery !== undefined));
}

/** Says on standard error who is where, if the faces are in several rows: the names on standard output go left to right. */
function printSeats(picture: string, { faces }: IdentifyAnswer): void {
  const seats = seatTexts(faces.map(({ box }) => box));
  const said = faces.flatMap(({ name }, i) => (seats[i] ? [`${seats[i]}: ${showName(name)}`] : []));
  if (said.length > 0) say(`${PROGRAM}: ${picture}: ${said.join('; ')}`);
}

/** Prints a record of text. */
export function printFields(fields: readonly string[], options: OutputOptions): void {
  process.stdout.write(
    options.null
      ? Buffer.concat([nameBytes(fields.join('\t')), Buffer.from([0])])
      : `${fields.map(showName).join('\t')}\n`,
  );
}

function printJson(line: Line): void {
  process.stdout.write(`${toJson(line)}\n`);
}

/** How many pictures got which verdict, and how many none. */
export type Tally = Record<Verdict | 'refused', number>;

/** The exit status: an error wins over a match, a match over an unsure face, and an unsure face over none. */
export function statusOf({ True, Unsure, refused }: Tally): number {
  if (refused > 0) return EXIT.error;
  if (True > 0) return EXIT.match;
  return Unsure > 0 ? EXIT.unsure : EXIT.noMatch;
}

/** Counts the verdicts, for the last line of a run over several pictures. */
export function summarize(
  { True, Unsure, False, refused }: Tally,
  { skipped }: FoundPictures,
  { unsure }: OutputOptions,
): string {
  const judged = `judged ${True + Unsure + False}, refused ${refused}`;
  const over = skipped.videos + skipped.linkedFolders + skipped.others;
  return `matched ${True}, ${unsure ? `unsure ${Unsure}, ` : ''}${judged}, skipped ${over}`;
}
