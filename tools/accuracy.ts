// Measures verification on a folder of one folder a person, through the shipped path: fr-train's whole model of one
// photo against fr-recognize's probe of another.
//
//   npm run accuracy -- FOLDER [--only PART] [--pairs PAIRS.csv]
//
// --only keeps the pictures whose path below FOLDER holds PART. PAIRS.csv has the columns fold,a,b,same.
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parse } from 'csv-parse/sync';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { shippedCohort } from '../handler/cohort.ts';
import type { Face } from '../handler/faces.ts';
import { prepare, type Subject } from '../handler/matcher.ts';
import { DEFAULT_THRESHOLD } from '../handler/recognizer.ts';
import { describeAll } from './describe-all.ts';
import { findPictures } from './input.ts';
import { foldRates, type LabelledPair, matchRate, thresholdAt } from './metrics.ts';

const FMRS = [1e-2, 1e-3, 1e-4, 1e-5];
const FOLDS = 10;

/** A picture with a face, ready to be enrolled (all its variants) or judged (the face as photographed). */
interface Photo {
  path: string;
  person: number;
  gallery: Subject[];
}

type Distance = (enrolled: Photo, probe: Photo) => number;

async function main(): Promise<void> {
  const {
    _: [folder],
    only,
    pairs,
  } = yargs(hideBin(process.argv))
    .demandCommand(1, 1)
    .options({ only: { type: 'string', default: '' }, pairs: { type: 'string' } })
    .strict()
    .parseSync();
  const { paths: pictures } = await findPictures([String(folder)]);
  const paths = pictures.map((path) => relative(String(folder), path)).filter((path) => path.includes(only));
  const photos = await loadPhotos(String(folder), paths);
  const people = new Set(photos.map(({ person }) => person)).size;
  console.log(`${paths.length} pictures, ${paths.length - photos.length} with no face found, ${people} people`);
  reportAllPairs('42 rows (shipped path)', photos, shippedDistance, true);
  reportAllPairs('1 row', photos, oneRowDistance, false);
  reportAllPairs('1 row, no cohort', photos, euclideanOfOneRow, false);
  if (pairs) reportFolds(pairs, photos);
}

async function loadPhotos(folder: string, paths: readonly string[]): Promise<Photo[]> {
  const cohort = shippedCohort();
  const people = [...new Set(paths.map((path) => path.split(sep)[0]))];
  const described = await describeAll(
    paths.map((path) => join(folder, path)),
    true,
  );
  return described.flatMap((rows, i) => {
    const path = paths[i] as string;
    const subject = largest(rows);
    if (subject === undefined) return [];
    const gallery = rows.filter(({ face }) => face === subject.face).map(({ vector }) => prepare(vector, cohort));
    return [{ path, person: people.indexOf(path.split(sep)[0]), gallery }];
  });
}

function largest(rows: readonly Face[]): Face | undefined {
  return [...rows].sort((a, b) => b.box.right - b.box.left - (a.box.right - a.box.left) || a.variant - b.variant)[0];
}

// The matcher's distance, kept to what its nearest row needs: there are a thousand million of them.
const shippedDistance: Distance = ({ gallery }, probe) => {
  const seen = probe.gallery[0] as Subject;
  let nearest = Number.POSITIVE_INFINITY;
  for (const row of gallery) {
    const distance = euclidean(row, seen) / ((row.cohortDistance + seen.cohortDistance) / 2);
    if (distance < nearest) nearest = distance;
  }
  return nearest;
};

const oneRowDistance: Distance = (enrolled, probe) =>
  shippedDistance({ ...enrolled, gallery: enrolled.gallery.slice(0, 1) }, probe);

const euclideanOfOneRow: Distance = (enrolled, probe) =>
  euclidean(enrolled.gallery[0] as Subject, probe.gallery[0] as Subject);

function euclidean({ unit: a }: Subject, { unit: b }: Subject): number {
  let dot = 0;
  for (let i = 0; i < a.length; i += 1) dot += (a[i] as number) * (b[i] as number);
  return Math.sqrt(Math.max(0, 2 - 2 * dot));
}

function reportAllPairs(name: string, photos: readonly Photo[], distance: Distance, perFold: boolean): void {
  const { genuine, impostor, folds } = allPairs(photos, distance);
  const sorted = impostor.slice().sort();
  console.log(`${name}: ${genuine.length} genuine pairs, ${impostor.length} impostor pairs`);
  for (const fmr of FMRS) {
    const threshold = thresholdAt(fmr, sorted);
    console.log(`  FMR ${fmr}: TMR ${matchRate(genuine, threshold).toFixed(4)} at threshold ${threshold.toFixed(4)}`);
    if (perFold) reportHeldOut(fmr, folds);
  }
  if (!perFold) return;
  const at = DEFAULT_THRESHOLD;
  console.log(`  shipped threshold ${at}: TMR ${matchRate(genuine, at).toFixed(4)}, FMR ${matchRate(impostor, at)}`);
}

/** `folds` holds the impostor pairs within each fold of people; pairs across folds are in `impostor` alone. */
function allPairs(photos: readonly Photo[], distance: Distance) {
  const genuine: number[] = [];
  const folds: number[][] = Array.from({ length: FOLDS }, () => []);
  const impostor = new Float32Array(photos.length * photos.length);
  let impostors = 0;
  for (const enrolled of photos) {
    for (const probe of photos) {
      if (enrolled === probe) continue;
      const apart = distance(enrolled, probe);
      if (enrolled.person === probe.person) {
        genuine.push(apart);
        continue;
      }
      impostor[impostors++] = apart;
      if (enrolled.person % FOLDS === probe.person % FOLDS) folds[enrolled.person % FOLDS]?.push(apart);
    }
  }
  return { genuine: Float32Array.from(genuine), impostor: impostor.subarray(0, impostors), folds };
}

/** Chooses the threshold on nine folds of people and counts false matches among the people of the tenth. */
function reportHeldOut(fmr: number, folds: readonly number[][]): void {
  const chosen = folds.map((_, held) => {
    const others = Float32Array.from(folds.filter((_, fold) => fold !== held).flat());
    return thresholdAt(fmr, others.sort());
  });
  const realised = folds.map((held, i) => matchRate(Float32Array.from(held), chosen[i] as number));
  const range = `${Math.min(...realised).toExponential(1)} to ${Math.max(...realised).toExponential(1)}`;
  console.log(
    `    chosen on 9 folds of people ${mean(chosen).toFixed(4)}, realised on the 10th: ` +
      `FMR ${mean(realised).toExponential(2)} (${range})`,
  );
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function reportFolds(file: string, photos: readonly Photo[]): void {
  const byPath = new Map(photos.map((photo) => [photo.path, photo]));
  const rows = parse(readFileSync(file), { columns: true }) as Record<'fold' | 'a' | 'b' | 'same', string>[];
  const pairs = rows.map(({ fold, a, b, same }): LabelledPair => {
    const [enrolled, probe] = [byPath.get(a), byPath.get(b)];
    const distance = enrolled && probe ? shippedDistance(enrolled, probe) : Number.NaN;
    return { fold: Number(fold), same: same === '1', distance };
  });
  const rates = foldRates(pairs);
  const middle = mean(rates);
  const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - middle) ** 2, 0) / (rates.length - 1));
  console.log(
    `${rates.length}-fold over ${pairs.length} pairs: ${(100 * middle).toFixed(2)} % decided rightly, ` +
      `standard error ${((100 * deviation) / Math.sqrt(rates.length)).toFixed(2)}`,
  );
}

await main();
