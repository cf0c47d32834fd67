// Makes handler/matching/curve.ts from photos of people: the weights of a pair's background, and the false match rate of a distance.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { fitPair, MOST_CLOSE, type PairWeights, thresholdsOf, World } from './conditional.ts';
import { FOLDS, mean } from './metrics.ts';
import { loadPhotos } from './photos.ts';
import { SHIPPED, toSides } from './trials.ts';

const RATES = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1];
const JUDGED = [MOST_CLOSE, 1e-4, 1e-5];

async function main(): Promise<number> {
  const options = yargs(hideBin(process.argv))
    .usage('npm run calibrate -- FOLDER... [options]\n\nEach folder has the same weight, and so has each person in it.')
    .demandCommand(1)
    .options({
      skip: { type: 'string', describe: 'Leave out pictures whose path inside their folder contains this' },
      write: { type: 'string', describe: 'Write the calibration into this file: handler/matching/curve.ts' },
    })
    .strict()
    .parseSync();
  const folders = options._.map(String);
  const worlds: World[] = [];
  for (const folder of folders) {
    const photos = await loadPhotos(folder, { skip: options.skip });
    const faces = photos.map(({ rows }) => rows);
    const { gallery, probe } = toSides(faces, SHIPPED, shippedCohort());
    worlds.push(
      new World(
        gallery,
        probe,
        photos.map(({ person }) => person),
      ),
    );
  }
  const weights = fitPair(worlds);
  console.log(`weights: ${JSON.stringify(weights)}`);
  const curve = thresholdsOf(worlds, weights, RATES);
  RATES.forEach((rate, i) => {
    console.log(`  FMR ${rate}: distance ${(curve[i] as number).toFixed(4)}`);
  });
  if (options.write) writeFileSync(options.write, sourceOf(weights, curve, folders, options.skip));
  reportFolds(worlds, folders);
  return EXIT.match;
}

/** Fits nine tenths of the people and prints the realised over the nominal rate on the last tenth. */
function reportFolds(worlds: readonly World[], folders: readonly string[]): void {
  const ratios = worlds.map(() => JUDGED.map((): number[] => []));
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const [isOther, isJudged] = [(person: number) => !isIn(person, fold), (person: number) => isIn(person, fold)];
    const weights = fitPair(worlds, isOther);
    const thresholds = thresholdsOf(worlds, weights, JUDGED, isOther);
    worlds.forEach((world, w) => {
      const strangers = world.strangers(weights, isJudged, MOST_CLOSE);
      JUDGED.forEach((rate, r) => {
        ratios[w]?.[r]?.push(strangers.rateAt(thresholds[r] as number) / rate);
      });
    });
  }
  folders.forEach((folder, w) => {
    const parts = JUDGED.map((rate, r) => `${mean(ratios[w]?.[r] as number[]).toFixed(2)} at ${rate}`);
    console.log(`${folder}: realised over nominal, fitted on nine folds of people, on the tenth: ${parts.join(', ')}`);
  });
}

function isIn(person: number, fold: number): boolean {
  return person % FOLDS === fold;
}

function sourceOf(weights: PairWeights, curve: readonly number[], folders: readonly string[], skip = ''): string {
  const names = folders.map((folder) => basename(folder)).join(' and ') + (skip && `, without ${skip} pictures`);
  const points = RATES.map((rate, i) => `  [${rate}, ${Number((curve[i] as number).toFixed(4))}],\n`);
  const fields = Object.entries(weights).map(([name, value]) => `${name}: ${value}`);
  return `// Made by npm run calibrate, and not by hand: what is known of the network's distances between strangers, of
// ${names}.

/** The background of a pair; matcher.ts says how it is used. */
export const PAIR = { ${fields.join(', ')} };

/** False match rate and distance. */
export const CURVE: readonly [number, number][] = [
${points.join('')}];
`;
}

await runProgram('calibrate', main);
