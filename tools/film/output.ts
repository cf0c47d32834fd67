// What fr-recognize prints of a film: a line an appearance, rows of CSV, one JSON object, or WebVTT.
import { stringify } from 'csv-stringify/sync';
import { oneLine } from '../../deploy/shell/one-line.ts';
import type { Verdict } from '../../handler/answers.ts';
import { UNKNOWN } from '../../handler/identifier.ts';
import { EMBEDDER } from '../../handler/matching/embedder.ts';
import { clock } from '../cli/clock.ts';
import type { FilmAppearance } from '../cli/json-line.ts';
import { showName, toJson } from '../cli/names.ts';
import { type OutputOptions, printFields } from '../recognition-output.ts';
import type { Decided, FilmEnd } from './film.ts';
import { formatVtt } from './vtt.ts';

export interface FilmOutputOptions extends OutputOptions {
  /** WebVTT chapters. */
  vtt?: boolean | undefined;
}

/** The run's part of what is printed. */
export interface FilmOutputPlan {
  options: FilmOutputOptions;
  /** Whether lines begin with the film's path. */
  named: boolean;
  /** Whom --vtt names: of one model the person, of a gallery nobody, since appearances have names. */
  person: string | undefined;
  /** How many people of a gallery. */
  people: number | undefined;
  everyS: number;
}

const BOX = ['left', 'top', 'right', 'bottom'] as const;
const COLUMNS = ['from', 'to', 'best', 'frames', 'distance', 'false_match_rate', ...BOX, 'error'];

/** Prints what comes before the first film. */
export function printFilmHead({ csv, gallery }: OutputOptions): void {
  if (!csv) return;
  process.stdout.write(stringify([['film', 'appearance', gallery === undefined ? 'verdict' : 'name', ...COLUMNS]]));
}

/** Prints one film. Text and CSV as it goes on, the other forms at its end. */
export class FilmOutput {
  readonly #path: string;
  readonly #plan: FilmOutputPlan;
  readonly #kept: FilmAppearance[] = [];
  readonly #counts = { True: 0, Unsure: 0, False: 0 };

  constructor(path: string, plan: FilmOutputPlan) {
    this.#path = path;
    this.#plan = plan;
  }

  /** The verdict on the film so far. */
  get verdict(): Verdict {
    const { True, Unsure } = this.#counts;
    if (True > 0) return 'True';
    return Unsure > 0 ? 'Unsure' : 'False';
  }

  get matched(): number {
    return this.#counts.True;
  }

  get appearances(): number {
    const { True, Unsure, False } = this.#counts;
    return True + Unsure + False;
  }

  add(appearance: Omit<Decided, 'still'>): void {
    const { options, named } = this.#plan;
    this.#counts[appearance.verdict] += 1;
    if (options.json || options.vtt) {
      this.#kept.push(appearance);
      return;
    }
    if (options.csv) this.#printRow(appearance);
    else if (appearance.verdict !== 'False') {
      const { name, verdict, from, to, best, distance } = appearance;
      const fields = [name ?? verdict, clock(from), clock(to), clock(best), distance.toFixed(3)];
      printFields(named ? [this.#path, ...fields] : fields, options);
    }
  }

  finish(end: FilmEnd): void {
    const { options, named, person } = this.#plan;
    if (options.json) process.stdout.write(`${toJson(this.#line(end))}\n`);
    else if (options.vtt) process.stdout.write(formatVtt(this.#spans(person)));
    else if (options.csv) {
      if (this.appearances === 0) this.#printEmptyRow('');
    } else if (this.verdict === 'False') {
      const said = options.gallery === undefined ? 'False' : UNKNOWN;
      if (options.gallery === undefined || this.appearances > 0 || named) {
        printFields(named ? [this.#path, said] : [said], options);
      }
    }
  }

  /** A film that cannot be read, or not all of it. Standard error says so too. */
  fail(message: string): void {
    if (this.#plan.options.csv) this.#printEmptyRow(oneLine(message));
  }

  #printRow({ appearance, name, verdict, box, ...rest }: FilmAppearance): void {
    const { from, to, best, frames, distance, false_match_rate } = rest;
    const who = name === undefined ? verdict : showName(name);
    const numbers = [from, to, best, frames, distance, false_match_rate, ...BOX.map((side) => box[side])];
    process.stdout.write(stringify([[showName(this.#path), appearance, who, ...numbers, '']]));
  }

  #printEmptyRow(error: string): void {
    const who = this.#plan.options.gallery === undefined && error === '' ? 'False' : '';
    const nothing = COLUMNS.slice(1).map(() => '');
    process.stdout.write(stringify([[showName(this.#path), '', who, ...nothing, error]]));
  }

  #spans(person: string | undefined) {
    return this.#kept
      .filter(({ verdict }) => verdict !== 'False')
      .map(({ name, verdict, from, to }) => {
        const certain = name ?? person ?? '';
        return { name: verdict === 'Unsure' ? `${certain}?` : certain, from, to };
      });
  }

  #line({ facts, threshold, unsureThreshold, frames, brokenAtS }: FilmEnd) {
    return {
      film: this.#path,
      face_present: this.verdict,
      threshold,
      ...(unsureThreshold !== undefined && { unsure_threshold: unsureThreshold }),
      embedder: EMBEDDER,
      ...(this.#plan.people !== undefined && { people: this.#plan.people }),
      width: facts.width,
      height: facts.height,
      ...(facts.endS !== undefined && { duration: facts.endS }),
      every: this.#plan.everyS,
      frames,
      ...(brokenAtS !== undefined && { broken_at: brokenAtS }),
      appearances: this.#kept,
    };
  }
}
