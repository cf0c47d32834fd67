// fr-group's work: finds the faces, groups them, and writes people and report.
import { processConfig } from '../../handler/config.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { SidecarPool } from '../../handler/sidecar/pool.ts';
import { type KeptVectors, openVectors } from '../batch/vectors.ts';
import { displayName, EXIT, say } from '../cli/cli.ts';
import { describeSkipped, type FoundPictures, findPictures } from '../cli/folders.ts';
import { checkJobs } from '../cli/jobs.ts';
import { showName, toJson } from '../cli/names.ts';
import { makeFolder } from '../cli/output.ts';
import { isInside } from '../cli/paths.ts';
import { ProgressLine } from '../cli/progress-line.ts';
import { single } from './cluster.ts';
import { type Found, findFaces } from './finding.ts';
import { limitsFor, link } from './linkage.ts';
import { nameEverybody } from './naming.ts';
import { type Group, nameGroups } from './people.ts';
import { reportIn, writeReport } from './report.ts';
import { readKnown, writePeople } from './writing.ts';

export interface Grouping {
  /** The folder of people. */
  output: string;
  json?: boolean | undefined;
  least: number;
  threshold?: number | undefined;
  xmp?: boolean | undefined;
  thorough?: boolean | undefined;
  forget?: boolean | undefined;
  jobs?: number | undefined;
  quiet?: boolean | undefined;
}

/** Returns the exit status. A picture that cannot be used costs a line and does not stop the run. */
export async function groupPictures(operands: readonly string[], options: Grouping): Promise<number> {
  const { output, least, quiet } = options;
  const note = (text: string): void => {
    if (!quiet) say(`fr-group: ${text}`);
  };
  makeFolder(output, '-o');
  const pictures = await findPictures(operands);
  pictures.paths = pictures.paths.filter((path) => !isInside(output, path));
  const cohort = shippedCohort();
  const known = await readKnown(output, cohort);
  const pool = new SidecarPool(processConfig(), checkJobs(options.jobs));
  const kept = openVectors('pictures', { thorough: options.thorough }, options.forget);
  try {
    if (kept.path) note(`face vectors are kept in ${showName(kept.path)} until fr-group --forget`);
    const skipped = describeSkipped(pictures.skipped);
    if (skipped) note(`skipped in folders: ${skipped}`);
    const found = await find(pictures, pool, kept, options);
    for (const { path, message } of found.refused) say(`fr-group: ${displayName(path)}: ${message}`);
    const groups = group(found, options.threshold, known, cohort);
    const people = groups.filter(({ cluster, isKnown }) => isKnown || cluster.faces.length >= least);
    await writePeople(people, { found, paths: pictures.paths, output, pool, cohort, thorough: options.thorough });
    if (options.xmp) await nameEverybody(people, found, pictures.paths);
    const others = groups.filter((one) => !people.includes(one));
    const file = reportIn(output);
    await writeReport({ people, others, found, paths: pictures.paths, file });
    print(people, found, pictures.paths, options.json);
    note(summary(groups, people, found, pictures.paths.length));
    note(`report: ${showName(file)}`);
    if (found.refused.length > 0) return EXIT.error;
    return people.length > 0 ? EXIT.match : EXIT.noMatch;
  } finally {
    pool.close();
    kept.close();
  }
}

async function find(pictures: FoundPictures, finder: SidecarPool, kept: KeptVectors, options: Grouping) {
  const progress = new ProgressLine(pictures.paths.length, options.quiet ? undefined : process.stderr);
  const onDone = () => progress.advance();
  try {
    return await findFaces(pictures, { finder, cohort: shippedCohort(), kept, thorough: options.thorough, onDone });
  } finally {
    progress.clear();
  }
}

function group(
  { faces }: Found,
  threshold: number | undefined,
  known: Parameters<typeof nameGroups>[1],
  cohort: Parameters<typeof nameGroups>[2],
): Group[] {
  const singles = faces.map(({ subject, picture }, i) => single(subject, i, picture));
  const limits = threshold === undefined ? limitsFor(faces.length) : { alone: threshold, together: threshold };
  return nameGroups(link(singles, limits), known, cohort);
}

function print(people: readonly Group[], { faces }: Found, paths: readonly string[], json = false): void {
  for (const { name, cluster } of people) {
    if (!json) {
      process.stdout.write(`${showName(name)}\t${cluster.faces.length}\n`);
      continue;
    }
    const shown = cluster.faces.map((i) => {
      const { picture, face, box } = faces[i] as Found['faces'][number];
      return { picture: paths[picture], face, box };
    });
    process.stdout.write(`${toJson({ name, faces: shown })}\n`);
  }
}

function summary(groups: readonly Group[], people: readonly Group[], found: Found, pictures: number): string {
  const faces = found.faces.length + found.poor;
  const inGroups = people.reduce((sum, { cluster }) => sum + cluster.faces.length, 0);
  const poor = found.poor > 0 ? `, ${found.poor} too small or too blurred to tell` : '';
  const others = `${groups.length - people.length} others`;
  return `${faces} faces in ${pictures} pictures: ${people.length} people with ${inGroups} faces, ${others}${poor}; refused ${found.refused.length}`;
}
