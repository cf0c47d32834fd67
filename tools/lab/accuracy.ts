// Measures what a verdict is worth on a folder of one folder a person, through the shipped path: fr-train's model of a
// photo against fr-recognize's probe of another. The README's tables are made from what it prints.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { parseCohortCsv } from '../../handler/matching/cohort.ts';
import type { Cohort } from '../../handler/matching/matcher.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { drawDet } from './det.ts';
import { mcnemar } from './mcnemar.ts';
import { type Estimate, estimateMean, foldRates, type Histogram, type LabelledPair, mean } from './metrics.ts';
import { loadPhotos, personOf } from './photos.ts';
import { realisedRates } from './realised.ts';
import { BEFORE, distanceBetween, LEVERS, type Photo, type Rule, SHIPPED, Trials, toSide, toSides } from './trials.ts';

const FMRS = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
const SHIPPED_THRESHOLD = thresholdFor(DEFAULT_FMR);

const OPTIONS = {
  skip: { type: 'string', describe: 'Leave out pictures whose path below FOLDER holds this' },
  only: { type: 'string', default: '', describe: 'Only pictures whose path below FOLDER holds this' },
  pairs: { type: 'string', describe: 'CSV of fold,a,b,same: ten-fold verification on these pairs' },
  groups: { type: 'string', describe: 'CSV of person,group: TMR and FMR of each group at the shipped threshold' },
  photos: { type: 'number', default: 3, describe: 'Also enrol people from this many photos' },
  thorough: { type: 'boolean', default: false, describe: 'Look for faces with every detector' },
  jobs: { type: 'number', describe: 'How many pictures to look at at a time. Default: one a core' },
  cohort: { type: 'string', describe: 'A cohort of fr-cohort build, in place of the one that ships' },
  det: { type: 'string', describe: 'Draw the DET curve into this png' },
} as const;

async function main(): Promise<number> {
  const options = yargs(hideBin(process.argv))
    .usage('npm run accuracy -- FOLDER [options]')
    .demandCommand(1, 1)
    .options(OPTIONS)
    .strict()
    .parseSync();
  const folder = String(options._[0]);
  const cohort = options.cohort ? parseCohortCsv(readFileSync(options.cohort, 'utf8')) : shippedCohort();
  const photos = await loadPhotos(folder, options);
  const [before, shipped] = reportRules(photos, cohort);
  const { genuine, impostor } = shipped.without();
  reportShipped(shipped, genuine, impostor);
  reportDifference(photos, before, shipped, cohort);
  for (const line of realisedOf(photos, cohort)) console.log(line);
  reportSeveralPhotos(photos, options.photos, cohort);
  if (options.pairs) reportFolds(options.pairs, photos, cohort);
  if (options.groups) reportGroups(options.groups, photos, cohort);
  if (options.det) await drawDet(options.det, genuine, impostor);
  return EXIT.match;
}

/** Prints a table a rule. */
function reportRules(photos: readonly Photo[], cohort: Cohort): [before: Trials, shipped: Trials] {
  const all = LEVERS.map((rule) => {
    const trials = allPairs(photos, rule, cohort);
    reportTrials(rule.name, trials);
    return trials;
  });
  return [all[LEVERS.indexOf(BEFORE)] as Trials, all[LEVERS.indexOf(SHIPPED)] as Trials];
}

/** The two rules on each true pair, either at its own threshold for the same rate on these very people. */
function reportDifference(photos: readonly Photo[], before: Trials, shipped: Trials, cohort: Cohort): void {
  const faces = photos.map(({ rows }) => rows);
  const pairs = photos.flatMap((photo, i) =>
    photos.flatMap((other, j) => (i !== j && photo.person === other.person ? [[i, j] as const] : [])),
  );
  const distances = [BEFORE, SHIPPED].map((rule) => {
    const { gallery, probe } = toSides(faces, rule, cohort);
    return pairs.map(([i, j]) => distanceBetween(gallery, i, probe, j, rule.measure));
  });
  const people = pairs.map(([i]) => photos[i]?.person as number);
  for (const fmr of FMRS.slice(1, 4)) {
    const [old, now] = [before, shipped].map((trials, r) => {
      const threshold = trials.without().impostor.thresholdAt(fmr);
      return (distances[r] as number[]).map((distance) => distance <= threshold);
    }) as [boolean[], boolean[]];
    const { first, second, people: by, z } = mcnemar(old, now, people);
    console.log(
      `  at FMR ${fmr} before finds ${first} pairs alone and what ships ${second}; more of ${by[0]} and ${by[1]} people: z = ${z.toFixed(1)}`,
    );
  }
}

function realisedOf(photos: readonly Photo[], cohort: Cohort): string[] {
  const { gallery, probe } = toSides(
    photos.map(({ rows }) => rows),
    SHIPPED,
    cohort,
  );
  return realisedRates(
    gallery,
    probe,
    photos.map(({ person }) => person),
  );
}

function allPairs(photos: readonly Photo[], rule: Rule, cohort: Cohort): Trials {
  const faces = photos.map(({ rows }) => rows);
  const people = photos.map(({ person }) => person);
  const { gallery, probe } = toSides(faces, rule, cohort);
  return new Trials(gallery, people, probe, people, rule.measure, (i, j) => i === j);
}

function reportTrials(name: string, trials: Trials): void {
  const { genuine, impostor } = trials.without();
  console.log(`${name}: ${genuine.total} genuine pairs, ${impostor.total} impostor pairs`);
  for (const fmr of FMRS) {
    const { threshold, ...tmr } = trials.tmrAt(fmr);
    console.log(`  FMR ${fmr.toExponential()}: TMR ${show(tmr)} at threshold ${threshold.toFixed(4)}`);
  }
}

function show({ value, margin }: Estimate, digits = 4): string {
  return `${value.toFixed(digits)} +- ${margin.toFixed(digits)}`;
}

function reportShipped(trials: Trials, genuine: Histogram, impostor: Histogram): void {
  for (const fmr of FMRS.slice(1, 4)) {
    const realised = trials.realised(fmr);
    const range = `${Math.min(...realised).toExponential(1)} to ${Math.max(...realised).toExponential(1)}`;
    console.log(
      `  threshold for ${fmr} from nine folds of people, on the tenth: FMR ${mean(realised).toExponential(2)} (${range})`,
    );
  }
  console.log(`  shipped threshold ${SHIPPED_THRESHOLD}: ${ratesThere(genuine, impostor)}`);
}

/** TMR and FMR at the threshold that ships. */
function ratesThere(genuine: Histogram, impostor: Histogram): string {
  const [tmr, fmr] = [genuine.rateAt(SHIPPED_THRESHOLD), impostor.rateAt(SHIPPED_THRESHOLD)];
  return `TMR ${tmr.toFixed(4)}, FMR ${fmr.toExponential(2)}`;
}

/** Each person enrolled from their first photos, judged by their others and by everyone else's. */
function reportSeveralPhotos(photos: readonly Photo[], count: number, cohort: Cohort): void {
  const people = new Map<number, number[]>();
  for (const [i, { person }] of photos.entries()) people.set(person, [...(people.get(person) ?? []), i]);
  const enough = [...people.entries()].filter(([, indices]) => indices.length > count);
  if (enough.length === 0) return;
  const models = enough.map(([, indices]) => indices.slice(0, count));
  const rows = models.map((indices) => indices.flatMap((i) => photos[i]?.rows ?? []));
  const gallery = toSide(rows, SHIPPED.gallery, cohort, 'gallery');
  const probe = toSide(
    photos.map(({ rows: own }) => own),
    SHIPPED.probe,
    cohort,
    'probe',
  );
  const owners = enough.map(([person]) => person);
  const judged = photos.map(({ person }) => person);
  const isEnrolled = (i: number, j: number): boolean => models[i]?.includes(j) ?? false;
  reportTrials(
    `enrolled from ${count} photos`,
    new Trials(gallery, owners, probe, judged, SHIPPED.measure, isEnrolled),
  );
}

function reportFolds(file: string, photos: readonly Photo[], cohort: Cohort): void {
  const places = new Map(photos.map(({ path }, i) => [path, i]));
  const faces = photos.map(({ rows }) => rows);
  const { gallery, probe } = toSides(faces, SHIPPED, cohort);
  const rows = parse(readFileSync(file), { columns: true }) as Record<'fold' | 'a' | 'b' | 'same', string>[];
  const pairs = rows.map(({ fold, a, b, same }): LabelledPair => {
    const [i, j] = [places.get(a), places.get(b)];
    const distance =
      i === undefined || j === undefined ? Number.NaN : distanceBetween(gallery, i, probe, j, SHIPPED.measure);
    return { fold: Number(fold), same: same === '1', distance };
  });
  const rates = estimateMean(foldRates(pairs).map((rate) => 100 * rate));
  console.log(`ten-fold verification, ${pairs.length} pairs: ${show(rates, 2)} % decided rightly`);
}

function reportGroups(file: string, photos: readonly Photo[], cohort: Cohort): void {
  const rows = parse(readFileSync(file), { columns: true }) as Record<'person' | 'group', string>[];
  for (const group of new Set(rows.map((row) => row.group))) {
    const names = new Set(rows.filter((row) => row.group === group).map(({ person }) => person));
    const own = photos.filter(({ path }) => names.has(personOf(path)));
    const { genuine, impostor } = allPairs(own, SHIPPED, cohort).without();
    const rates = ratesThere(genuine, impostor);
    console.log(`group ${group}: ${names.size} people, ${own.length} photos: ${rates}, pairs within the group`);
  }
}

await runProgram('accuracy', main);
