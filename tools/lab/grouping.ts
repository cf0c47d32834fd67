// Measures fr-group's grouping on photos of which it is known whose they are.
//
//   npm run grouping -- FOLDER... [--skip TEXT] [--jobs N]
//
// A FOLDER holds a folder a person, or photos directly in it, each of a person of their own. Several are mixed. Of each
// picture the face nearest its centre counts. Finding is not timed; what comes after it is.
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { turnOf } from '../../handler/advice.ts';
import { meanUnit, prepare } from '../../handler/matching/matcher.ts';
import { type FaceVector, VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { EXIT, runProgram } from '../cli/cli.ts';
import { single } from '../group/cluster.ts';
import { type Limits, limitsFor, link } from '../group/linkage.ts';
import { scoreGroups } from './group-score.ts';
import { loadPhotos } from './photos.ts';
import { looksOf, PROBE } from './trials.ts';

/** A face, by the mean of its looks. */
interface Seen {
  person: number;
  vector: FaceVector;
  turn: number;
}

async function main(): Promise<number> {
  const { _: folders, ...options } = yargs(hideBin(process.argv))
    .usage('npm run grouping -- FOLDER... [options]')
    .demandCommand(1)
    .options({
      only: { type: 'string', default: '', describe: 'Only pictures whose path below FOLDER holds this' },
      skip: { type: 'string', describe: 'Leave out pictures whose path below FOLDER holds this' },
      alone: { type: 'number', describe: 'Another limit for two faces' },
      together: { type: 'number', describe: 'Another limit for large groups' },
      jobs: { type: 'number', describe: 'How many pictures to look at at a time. Default: one a core' },
    })
    .strict()
    .parseSync();
  const seen: Seen[] = [];
  let people = 0;
  for (const folder of folders.map(String)) {
    const photos = await loadPhotos(folder, options);
    for (const { person, rows } of photos) {
      const [first] = rows;
      if (first) seen.push({ person: people + person, vector: meanUnit(looksOf(rows, PROBE)), turn: turnOf(first) });
    }
    people += Math.max(0, ...photos.map(({ person }) => person + 1));
  }
  report(seen, { ...limitsFor(seen.length), ...chosen(options) });
  return EXIT.match;
}

function chosen({ alone, together }: { alone?: number | undefined; together?: number | undefined }): Partial<Limits> {
  return { ...(alone !== undefined && { alone }), ...(together !== undefined && { together }) };
}

function report(seen: readonly Seen[], limits: Limits): void {
  const before = process.cpuUsage();
  const started = performance.now();
  const cohort = shippedCohort();
  const faces = seen.map(({ vector, turn }, i) => single(prepare([vector], cohort, turn), i, i));
  const groups = link(faces, limits).map(({ faces: some }) => some);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  const people = seen.map(({ person }) => person);
  const { precision, recall, truePairs, falsePairs } = scoreGroups(groups, people);
  console.log(
    `${seen.length} faces of ${new Set(people).size} people, limits ${limits.alone.toFixed(4)} and ${limits.together.toFixed(4)}: ` +
      `pairwise precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)} of ${truePairs} pairs, ${falsePairs} false pairs, ` +
      `${groups.filter(({ length }) => length > 1).length} groups of two or more`,
  );
  console.log(
    `${seconds.toFixed(1)} s by the clock and ${((user + system) / 1e6).toFixed(1)} s of processor time beyond finding, ` +
      `most memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, of which vectors ${Math.round((seen.length * VECTOR_SIZE * 4) / 2 ** 20)}`,
  );
}

await runProgram('grouping', main);
