// Makes handler/cohort.bin: faces of a folder, one picture a person -> a mixture -> vectors of nobody.
//
//   node dist/tools/build-cohort.js FOLDER > handler/cohort.bin
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { formatCohort } from '../handler/cohort.ts';
import type { Face } from '../handler/faces.ts';
import { toUnit } from '../handler/matcher.ts';
import { processSidecar } from '../handler/sidecar.ts';
import { fitMixture, sample, seededRandom } from './mixture.ts';

const COMPONENTS = 100;
const MIN_MEMBERS = 20;
const SIZE = 2000;
const SEED = 1;

async function main(folder: string): Promise<void> {
  const sidecar = processSidecar();
  const units: Float32Array[] = [];
  for (const name of readdirSync(folder).sort()) {
    const image = readFileSync(join(folder, name));
    const { width, height } = await sharp(image).metadata();
    const subject = nearestTo(await sidecar.describe(image), width / 2, height / 2);
    if (subject) units.push(toUnit(subject.vector));
  }
  sidecar.close();
  const random = seededRandom(SEED);
  const mixture = fitMixture(units, { components: COMPONENTS, minMembers: MIN_MEMBERS, random });
  const cohort = Array.from({ length: SIZE }, () => sample(mixture, random));
  process.stdout.write(formatCohort(cohort));
  const least = Math.min(...mixture.map(({ members }) => members));
  process.stderr.write(`${units.length} people, ${mixture.length} components of ${least} people or more\n`);
}

function nearestTo(faces: readonly Face[], x: number, y: number): Face | undefined {
  const away = ({ box }: Face) => Math.hypot((box.left + box.right) / 2 - x, (box.top + box.bottom) / 2 - y);
  return [...faces].sort((a, b) => away(a) - away(b))[0];
}

await main(process.argv[2] as string);
