// Measures what it is worth to judge an appearance in a film by the mean of its faces, on films made of photographs, and fits
// how much nearer strangers come to it.
//
//   npm run films -- FOLDER... [--skip TEXT] [--people N] [--crf N] [--write FILE]
//
// A FOLDER holds a folder a person. The first photo of everybody is enrolled. Of the first N people the second photo becomes a
// part of a film (made-film.ts).
import { writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { NEARER } from '../film/appearance-curve.ts';
import { fitNearer, type Nearer, NO_NEARER, realised, type Shown, type Split, split } from './appearance-fit.ts';
import { describeAll } from './describe-all.ts';
import { appearancesOf, type Made } from './made-film.ts';
import { mean } from './metrics.ts';
import { personOf } from './photos.ts';

const RATES = [1e-3, DEFAULT_FMR];

/** A film, and its appearances judged in three ways. */
interface Judged {
  name: string;
  middle: Shown[];
  best: Shown[];
  mean: Shown[];
}

async function main(): Promise<number> {
  const {
    _: folders,
    skip,
    people,
    crf,
    write,
  } = yargs(hideBin(process.argv))
    .demandCommand(1)
    .options({
      skip: { type: 'string', describe: 'Leave out pictures whose path below FOLDER holds this' },
      people: { type: 'number', default: 500, describe: 'How many people are in each film' },
      crf: { type: 'number', default: 35, describe: 'How hard H.264 compresses' },
      write: { type: 'string', describe: 'Write what was fitted into this file: tools/film/appearance-curve.ts' },
    })
    .strict()
    .parseSync();
  const films: Judged[] = [];
  for (const folder of folders.map(String)) films.push(await judgeFolder(folder, skip, people, crf));
  const nearer = fitNearer(films.map((film) => film.mean));
  for (const film of films) report(film, nearer);
  reportHalves(films);
  if (write) writeFileSync(write, sourceOf(nearer, folders.map(String)));
  return EXIT.match;
}

async function judgeFolder(folder: string, skip: string | undefined, most: number, crf: number): Promise<Judged> {
  const photos = await photosOf(folder, skip);
  const cohort = shippedCohort();
  const looks = await describeAll(photos.map(([first]) => first as string));
  const models = looks.map((rows) =>
    rows.length === 0
      ? undefined
      : prepare(
          rows.map(({ vector }) => vector),
          cohort,
        ),
  );
  const made = await appearancesOf(
    photos.slice(0, most).map(([, second]) => second as string),
    crf,
  );
  const pure = made.filter(({ part, faces }) => faces.every((face) => face.part === part));
  console.log(
    `${folder}: ${Math.min(most, photos.length)} people in the film, ${models.filter(Boolean).length} enrolled; ` +
      `${made.length} appearances, of two people ${made.length - pure.length}`,
  );
  return { name: folder, ...judgeAll(pure, models) };
}

/** The photos of everybody who has two or more. */
async function photosOf(folder: string, skip: string | undefined): Promise<string[][]> {
  const people = new Map<string, string[]>();
  for (const path of await allPicturesIn(folder)) {
    const inside = relative(folder, path);
    if (skip && inside.includes(skip)) continue;
    people.set(personOf(inside), [...(people.get(personOf(inside)) ?? []), join(folder, inside)]);
  }
  return [...people.values()].filter(({ length }) => length > 1);
}

function judgeAll(made: readonly Made[], models: readonly (Subject | undefined)[]): Omit<Judged, 'name'> {
  const cohort = shippedCohort();
  const toAll = (subject: Subject) => models.map((model) => (model ? compare(subject, model).distance : Number.NaN));
  const judged: Omit<Judged, 'name'> = { middle: [], best: [], mean: [] };
  for (const { part: person, appearance, faces } of made) {
    const alone = faces.map((face) => toAll(face.alone));
    const { frames, width } = appearance;
    const middle = alone[Math.floor(alone.length / 2)] as number[];
    judged.middle.push({ person, frames: 1, width, distances: middle });
    const least = models.map((_, i) => Math.min(...alone.map((distances) => distances[i] as number)));
    judged.best.push({ person, frames: 1, width, distances: least });
    judged.mean.push({ person, frames, width, distances: toAll(appearance.subject(cohort)) });
  }
  return judged;
}

function report({ name, middle, best, mean: together }: Judged, nearer: Nearer): void {
  console.log(`${name}: nearer ${JSON.stringify(nearer)}, ships ${JSON.stringify(NEARER)}`);
  console.log(line('the middle frame of an appearance', split(middle, NO_NEARER)));
  console.log(line('the best frame of an appearance', split(best, NO_NEARER)));
  console.log(line('the mean of an appearance, as if it were a face in a photo', split(together, NO_NEARER)));
  console.log(line('the mean of an appearance', split(together, nearer)));
}

function line(name: string, found: Split): string {
  const { genuine, strangers } = found;
  const at = (rate: number) => percent(genuine.rateAt(strangers.thresholdAt(rate)));
  const own = (rate: number) =>
    `${percent(genuine.rateAt(thresholdFor(rate)))}, realised over nominal ${realised(found, rate).toFixed(2)}`;
  return `  ${name}: TMR ${RATES.map(at).join(' and ')} at FMR ${RATES.join(' and ')}; at our thresholds ${RATES.map(own).join(' and ')}`;
}

/** Fits half of the people of all films, and prints the realised over the nominal rate among the other half. */
function reportHalves(films: readonly Judged[]): void {
  const all = films.map((film) => film.mean);
  for (const [i, { name }] of films.entries()) {
    const ratios = RATES.map((rate) => mean([0, 1].map((half) => judgeHalf(all, all[i] as Shown[], half, rate))));
    const parts = ratios.map((ratio, r) => `${ratio.toFixed(2)} at ${RATES[r]}`);
    console.log(`${name}: realised over nominal, fitted on one half of the people, on the other: ${parts.join(', ')}`);
  }
}

function judgeHalf(all: readonly Shown[][], judged: readonly Shown[], half: number, rate: number): number {
  const nearer = fitNearer(all, (person) => person % 2 !== half);
  return realised(
    split(judged, nearer, (person) => person % 2 === half),
    rate,
  );
}

function sourceOf({ many, small }: Nearer, folders: readonly string[]): string {
  const names = folders.map((folder) => basename(folder)).join(' and ');
  return `// Made by npm run films, and not by hand: what is known of strangers' distances to appearances, of ${names}.

/** How much nearer strangers come to the mean of many frames, and to small faces; nearness.ts says how it is used. */
export const NEARER = { many: ${many}, small: ${small} };
`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

await runProgram('films', main);
