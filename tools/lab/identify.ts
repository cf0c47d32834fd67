// Measures open-set identification: many people enrolled from one photo each, and probes of them and of strangers.
//
//   npm run identify -- PEOPLE SINGLES [--strangers FOLDER] [--enrolled N] [--fpir RATE] [--jobs N]
//
// Of PEOPLE (a folder a person), the first photo of each is enrolled and the others are probes. SINGLES holds one photo a
// person; of those that fr-cohort build --hold-out leaves out, some fill the gallery up and the others are strangers. Whoever
// comes first by the hash of the name is enrolled first, so every run divides people in the same way.
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { DEFAULT_FMR, thresholdFor } from '../../handler/matching/calibration.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { hashOf } from './hold-out.ts';
import { enrolledUnawares, type Nearest, namedPart, nearestTo, thresholdOf } from './open-set.ts';
import { loadPhotos, type PhotoChoice, personOf } from './photos.ts';
import { type Photo, SHIPPED, type Side, toSide } from './trials.ts';

/** Faces to judge, and whom each is nearest to. */
interface Group {
  name: string;
  faces: Nearest[];
}

async function main(): Promise<number> {
  const { _: folders, ...options } = yargs(hideBin(process.argv))
    .usage('npm run identify -- PEOPLE SINGLES [options]')
    .demandCommand(2, 2)
    .options({
      strangers: { type: 'string', describe: 'Another folder of one folder a person: strangers' },
      only: { type: 'string', default: '', describe: 'Of --strangers only pictures whose path holds this' },
      enrolled: { type: 'number', default: 1000, describe: 'How many people are enrolled' },
      jobs: { type: 'number', describe: 'How many pictures to look at at a time. Default: one a core' },
      fpir: { type: 'number', default: 0.01, describe: 'The part of strangers that may be given a name' },
    })
    .strict()
    .parseSync();
  const { jobs } = options;
  const people = firstByHash(await loadPhotos(String(folders[0]), { jobs }));
  const singles = firstByHash(await loadPhotos(String(folders[1]), { heldOut: true, jobs }));
  const known = people.slice(0, options.enrolled);
  const fill = singles.slice(0, options.enrolled - known.length);
  const enrolled = [...known, ...fill].map(([photo]) => photo as Photo);
  const gallery = toSideOf(enrolled, 'gallery');
  const judge = (photos: readonly Photo[]): Nearest[] => nearestTo(gallery, toSideOf(photos, 'probe'));
  const mated = known.flatMap(([, ...later], i) => later.map((photo) => ({ photo, own: i })));
  const probes = judge(mated.map(({ photo }) => photo)).map((face, i) => ({ ...face, own: mated[i]?.own as number }));
  const strangers: Group[] = [
    { name: 'people', faces: judge(people.slice(known.length).flat()) },
    { name: 'singles', faces: judge(singles.slice(fill.length).flat()) },
    ...(options.strangers ? [await othersOf(options.strangers, { only: options.only, jobs }, judge)] : []),
  ].filter(({ faces }) => faces.length > 0);
  console.log(`${known.length} people and ${fill.length} singles are enrolled; ${probes.length} probes of the people`);
  report(probes, strangers, options.fpir, thresholdFor(options.fpir / enrolled.length));
  return EXIT.match;
}

/** The photos of each person, the people by the hash of their name. */
function firstByHash(photos: readonly Photo[]): Photo[][] {
  const people = new Map<string, Photo[]>();
  for (const photo of photos) people.set(personOf(photo.path), [...(people.get(personOf(photo.path)) ?? []), photo]);
  return [...people].sort(([a], [b]) => (hashOf(a) < hashOf(b) ? -1 : 1)).map(([, own]) => own);
}

function toSideOf(photos: readonly Photo[], side: 'gallery' | 'probe'): Side {
  const faces = photos.map(({ rows }) => rows);
  return toSide(faces, SHIPPED[side], shippedCohort(), side);
}

/** The faces of another data set's people, without those who are probably enrolled. */
async function othersOf(
  folder: string,
  choice: PhotoChoice,
  judge: (photos: readonly Photo[]) => Nearest[],
): Promise<Group> {
  const photos = await loadPhotos(folder, choice);
  const faces = judge(photos);
  const people = photos.map(({ person }) => person);
  const enrolled = enrolledUnawares(faces, people, thresholdFor(DEFAULT_FMR));
  console.log(`${folder}: ${enrolled.size} people match someone enrolled in most of their pictures, and are left out`);
  return { name: folder, faces: faces.filter((_, i) => !enrolled.has(people[i] as number)) };
}

function report(probes: (Nearest & { own: number })[], strangers: Group[], fpir: number, nominal: number): void {
  const all = strangers.flatMap(({ faces }) => faces);
  const line = (what: string, threshold: number): string => {
    const rights = probes.filter(({ enrolled, own, distance }) => enrolled === own && distance <= threshold).length;
    const wrongs = probes.filter(({ enrolled, own, distance }) => enrolled !== own && distance <= threshold).length;
    const rates = strangers.map(
      ({ name, faces }) => `${percent(namedPart(faces, threshold))} of ${faces.length} (${name})`,
    );
    return (
      `${what}, threshold ${threshold.toFixed(4)}: TPIR ${(rights / probes.length).toFixed(4)}, ` +
      `named as someone else ${percent(wrongs / probes.length)}, strangers named ${rates.join(', ')}`
    );
  };
  console.log(line(`nominal FPIR of ${fpir}`, nominal));
  for (const { name, faces } of strangers)
    console.log(line(`realised FPIR of ${fpir} of ${name}`, thresholdOf(faces, fpir)));
  if (strangers.length > 1) console.log(line(`realised FPIR of ${fpir} of all strangers`, thresholdOf(all, fpir)));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

await runProgram('identify', main);
