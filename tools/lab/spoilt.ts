// Measures what a photo loses when it is made worse: one photo of each person, spoilt, judged against everyone's others.
//
//   npm run spoilt -- FOLDER [--skip PART] [--photos N] [--jobs N]
//
// FOLDER holds one folder for each person. The first N photos of each are judged as they are and spoilt in every way; all
// photos are enrolled as they are.
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { equalWeights } from './conditional.ts';
import { describeAll } from './describe-all.ts';
import { Histogram } from './metrics.ts';
import { loadPhotos } from './photos.ts';
import { blurredByPx, compressed, exposed } from './spoiling.ts';
import { distanceBetween, type Photo, SHIPPED, type Side, toSide } from './trials.ts';

type Change = (photo: Buffer) => Promise<Buffer>;

const WAYS: readonly [name: string, change: Change | undefined][] = [
  ['as it is', undefined],
  ['JPEG quality 10', compressed(10)],
  ['JPEG quality 20', compressed(20)],
  ['blurred by 2 px', blurredByPx(2)],
  ['twice the light', exposed(2)],
  ['a quarter of the light', exposed(0.25)],
];

async function main(): Promise<number> {
  const { _: folders, ...options } = yargs(hideBin(process.argv))
    .usage('npm run spoilt -- FOLDER [options]')
    .demandCommand(1, 1)
    .options({
      skip: { type: 'string', describe: 'Leave out pictures whose path below FOLDER holds this' },
      photos: { type: 'number', default: 1, describe: 'How many photos of each person are spoilt' },
      jobs: { type: 'number', describe: 'How many pictures to look at at a time. Default: one a core' },
    })
    .strict()
    .parseSync();
  const [folder, { jobs }] = [String(folders[0]), options];
  const photos = await loadPhotos(folder, options);
  const faces = photos.map(({ rows }) => rows);
  const gallery = toSide(faces, SHIPPED.gallery, shippedCohort(), 'gallery');
  const judged = firstOfEach(photos, options.photos);
  const paths = judged.map((i) => join(folder, (photos[i] as Photo).path));
  console.log(
    `| photo | photos | no face | TMR | FMR over ${DEFAULT_FMR} | TMR at a realised ${DEFAULT_FMR} |\n|---|---|---|---|---|---|`,
  );
  for (const [name, change] of WAYS) {
    const spoilt = await describeAll(paths, { jobs, change });
    console.log(rowOf(name, pairsOf(photos, gallery, judged, spoilt), spoilt));
  }
  return EXIT.match;
}

/** The first photos of each person, by their place among all. */
function firstOfEach(photos: readonly Photo[], count: number): number[] {
  const seen = new Map<number, number>();
  return photos.flatMap(({ person }, i) => {
    const before = seen.get(person) ?? 0;
    seen.set(person, before + 1);
    return before < count ? [i] : [];
  });
}

/** Distances, in which each pair of people has the same weight. A photo in which no face is found matches nobody. */
function pairsOf(
  photos: readonly Photo[],
  gallery: Side,
  judged: readonly number[],
  spoilt: readonly Face[][],
): { genuine: Histogram; impostor: Histogram } {
  const [genuine, impostor] = [new Histogram(), new Histogram()];
  const people = photos.map(({ person }) => person);
  const [enrolledWeight, judgedWeight] = [equalWeights(people), equalWeights(judged.map((i) => people[i] as number))];
  spoilt.forEach((rows, k) => {
    const [i, own] = [judged[k] as number, judgedWeight[k] as number];
    const probe = rows.length > 0 ? toSide([rows], SHIPPED.probe, shippedCohort(), 'probe') : undefined;
    people.forEach((person, j) => {
      if (j === i) return;
      const equal = enrolledWeight[j] as number;
      const distance = probe ? distanceBetween(gallery, j, probe, 0, SHIPPED.measure) : Number.POSITIVE_INFINITY;
      if (person === people[i]) genuine.add(distance, (own * equal) / (1 - equal));
      else impostor.add(distance, own * equal);
    });
  });
  return { genuine, impostor };
}

function rowOf(name: string, { genuine, impostor }: ReturnType<typeof pairsOf>, spoilt: readonly Face[][]): string {
  const threshold = thresholdFor(DEFAULT_FMR);
  const cells = [
    name,
    spoilt.length,
    spoilt.filter(({ length }) => length === 0).length,
    genuine.rateAt(threshold).toFixed(3),
    (impostor.rateAt(threshold) / DEFAULT_FMR).toFixed(2),
    genuine.rateAt(impostor.thresholdAt(DEFAULT_FMR)).toFixed(3),
  ];
  return `| ${cells.join(' | ')} |`;
}

await runProgram('spoilt', main);
