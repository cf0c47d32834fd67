// Measures what a verdict is worth on a folder of one folder a person, through the shipped path: fr-train's model of a
// photo against fr-recognize's probe of another. Its CSV and its curve are what the README's tables and the shipped
// calibration are made from.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { parse } from 'csv-parse/sync';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { DEFAULT_FMR, thresholdFor } from '../../handler/calibration.ts';
import { parseCohortCsv, shippedCohort } from '../../handler/cohort.ts';
import type { Cohort } from '../../handler/matcher.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { describeAll } from './describe-all.ts';
import { drawDet } from './det.ts';
import { type Estimate, estimateMean, foldRates, type Histogram, type LabelledPair, mean } from './metrics.ts';
import { identificationRates } from './open-set.ts';
import { distanceBetween, LEVERS, type Photo, type Rule, SHIPPED, Trials, toSide, toSides } from './trials.ts';

const FMRS = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
const ENROLLED = [10, 100, 1000];
const SHIPPED_THRESHOLD = thresholdFor(DEFAULT_FMR);

const OPTIONS = {
  only: { type: 'string', default: '', describe: 'Only pictures whose path below FOLDER holds this' },
  pairs: { type: 'string', describe: 'CSV of fold,a,b,same: ten-fold verification on these pairs' },
  groups: { type: 'string', describe: 'CSV of person,group: TMR and FMR of each group at the shipped threshold' },
  photos: { type: 'number', default: 3, describe: 'Also enrol people from this many photos' },
  strangers: { type: 'string', describe: 'Folder of one photo a person, to be enrolled beside: a larger gallery' },
  thorough: { type: 'boolean', default: false, describe: 'Look for faces with every detector' },
  cohort: { type: 'string', describe: 'A cohort of fr-cohort build, in place of the one that ships' },
  det: { type: 'string', describe: 'Draw the DET curve into this png' },
  calibrate: { type: 'string', describe: 'Write the calibration curve into this file: handler/curve.ts' },
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
  const photos = await loadPhotos(folder, options.only, options.thorough);
  let shipped: Trials | undefined;
  for (const rule of LEVERS) {
    const trials = allPairs(photos, rule, cohort);
    reportTrials(rule.name, trials);
    if (rule === SHIPPED) shipped = trials;
  }
  const { genuine, impostor } = (shipped as Trials).without();
  reportShipped(shipped as Trials, genuine, impostor);
  reportSeveralPhotos(photos, options.photos, cohort);
  if (options.pairs) reportFolds(options.pairs, photos, cohort);
  if (options.groups) reportGroups(options.groups, photos, cohort);
  const strangers = options.strangers ? await loadPhotos(options.strangers, '', options.thorough) : [];
  for (const line of identificationRates(photos, strangers, ENROLLED, cohort)) console.log(line);
  if (options.det) await drawDet(options.det, genuine, impostor);
  if (options.calibrate) writeCalibration(options.calibrate, impostor, folder, options.only);
  return EXIT.match;
}

/** A picture directly in `folder` is a person of its own. */
async function loadPhotos(folder: string, only: string, thorough: boolean): Promise<Photo[]> {
  const pictures = await allPicturesIn(folder);
  const paths = pictures.map((path) => relative(folder, path)).filter((path) => path.includes(only));
  const names = new Map<string, number>();
  const described = await describeAll(
    paths.map((path) => join(folder, path)),
    { thorough },
  );
  const photos = described.flatMap((rows, i): Photo[] => {
    const path = paths[i] as string;
    const name = path.split(sep)[0] as string;
    if (!names.has(name)) names.set(name, names.size);
    return rows.length === 0 ? [] : [{ path, person: names.get(name) as number, rows }];
  });
  console.log(
    `${folder}: ${paths.length} pictures, ${paths.length - photos.length} with no face found, ${names.size} people`,
  );
  return photos;
}

function allPairs(photos: readonly Photo[], rule: Rule, cohort: Cohort): Trials {
  const faces = photos.map(({ rows }) => rows);
  const people = photos.map(({ person }) => person);
  const { gallery, probe } = toSides(faces, rule, cohort);
  return new Trials(gallery, people, probe, people, rule.usesCohort, (i, j) => i === j);
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
  const gallery = toSide(rows, SHIPPED.gallery, cohort);
  const probe = toSide(
    photos.map(({ rows: own }) => own),
    SHIPPED.probe,
    cohort,
  );
  const owners = enough.map(([person]) => person);
  const judged = photos.map(({ person }) => person);
  const isEnrolled = (i: number, j: number): boolean => models[i]?.includes(j) ?? false;
  reportTrials(`enrolled from ${count} photos`, new Trials(gallery, owners, probe, judged, true, isEnrolled));
}

function reportFolds(file: string, photos: readonly Photo[], cohort: Cohort): void {
  const places = new Map(photos.map(({ path }, i) => [path, i]));
  const faces = photos.map(({ rows }) => rows);
  const { gallery, probe } = toSides(faces, SHIPPED, cohort);
  const rows = parse(readFileSync(file), { columns: true }) as Record<'fold' | 'a' | 'b' | 'same', string>[];
  const pairs = rows.map(({ fold, a, b, same }): LabelledPair => {
    const [i, j] = [places.get(a), places.get(b)];
    const distance = i === undefined || j === undefined ? Number.NaN : distanceBetween(gallery, i, probe, j, true);
    return { fold: Number(fold), same: same === '1', distance };
  });
  const rates = estimateMean(foldRates(pairs).map((rate) => 100 * rate));
  console.log(`ten-fold verification, ${pairs.length} pairs: ${show(rates, 2)} % decided rightly`);
}

function reportGroups(file: string, photos: readonly Photo[], cohort: Cohort): void {
  const rows = parse(readFileSync(file), { columns: true }) as Record<'person' | 'group', string>[];
  for (const group of new Set(rows.map((row) => row.group))) {
    const names = new Set(rows.filter((row) => row.group === group).map(({ person }) => person));
    const own = photos.filter(({ path }) => names.has(path.split(sep)[0] as string));
    const { genuine, impostor } = allPairs(own, SHIPPED, cohort).without();
    const rates = ratesThere(genuine, impostor);
    console.log(`group ${group}: ${names.size} people, ${own.length} photos: ${rates}, pairs within the group`);
  }
}

function writeCalibration(file: string, impostor: Histogram, folder: string, only: string): void {
  const rates = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1];
  const points = rates.map((fmr) => `  [${fmr}, ${impostor.thresholdAt(fmr).toFixed(4)}],\n`);
  const source = `${basename(folder)}${only && `, ${only} pictures`}: ${impostor.total} pairs of strangers`;
  const head = '// Made by npm run accuracy -- ... --calibrate handler/curve.ts, and not by hand.';
  const what = `/** False match rate and distance, of ${source}. */\nexport const CURVE: readonly [number, number][]`;
  writeFileSync(file, `${head}\n\n${what} = [\n${points.join('')}];\n`);
}

await runProgram('accuracy', main);
