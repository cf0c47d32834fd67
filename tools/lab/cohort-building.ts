// fr-cohort's work: pictures of many people -> a mixture of Gaussians -> synthetic vectors that are nobody's.
import { relative } from 'node:path';
import { RequestError } from '../../handler/errors.ts';
import { formatCohort, toCohort } from '../../handler/matching/cohort.ts';
import { LEAST_COHORT, meanUnit } from '../../handler/matching/matcher.ts';
import { type FaceVector, formatModel } from '../../handler/matching/vectors.ts';
import { EXIT, say } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { showName } from '../cli/names.ts';
import { describeAll } from './describe-all.ts';
import { isHeldOut } from './hold-out.ts';
import { auditCohort } from './membership.ts';
import { fitMixture, sample, seededRandom } from './mixture.ts';
import { personOf } from './photos.ts';
import { looksOf, PROBE } from './trials.ts';

// With 3,000 people a component rests on about 400, so no single person shows in its mean. With 30 components TMR at an FMR
// of 1e-4 is .004 higher, but an attack tells the fitted people from others more often (AUC .53).
const COMPONENTS = 8;
/** A component rests on at least so many people, so that none describes a single person. */
const MIN_MEMBERS = 20;
const MIN_PEOPLE = 400;

export interface CohortBuilding {
  size: number;
  seed: number;
  binary?: boolean | undefined;
  /** Measures whether anyone could tell who a cohort was fitted to. */
  audit?: boolean | undefined;
  /** Leaves out whom isHeldOut names. */
  holdOut?: boolean | undefined;
  jobs?: number | undefined;
  quiet?: boolean | undefined;
}

/** Prints the cohort. @throws RequestError when there are too few people. */
export async function buildCohort(
  folder: string,
  { size, seed, binary, audit, holdOut, jobs, quiet }: CohortBuilding,
): Promise<number> {
  if (size < LEAST_COHORT) throw new RequestError(`--size needs ${LEAST_COHORT} or more`);
  const isSource = (path: string): boolean => !holdOut || !isHeldOut(personOf(relative(folder, path)));
  const paths = (await allPicturesIn(folder)).filter(isSource);
  const units = (await describeAll(paths, { jobs }))
    .filter((rows) => rows.length > 0)
    .map((rows) => meanUnit(looksOf(rows, PROBE)));
  if (units.length < MIN_PEOPLE) {
    throw new RequestError(
      `${showName(folder)}: shows ${units.length} people and ${MIN_PEOPLE} are needed: add pictures of others`,
    );
  }
  const { vectors, components, least } = drawCohort(units, size, seed);
  process.stdout.write(binary ? formatCohort(toCohort(vectors)) : formatModel(vectors));
  if (!quiet) say(`fr-cohort: ${units.length} people, ${components} components of ${least} people or more`);
  if (audit) say(`fr-cohort: ${describeAudit(units, size, seed)}`);
  return EXIT.match;
}

function describeAudit(units: readonly Float32Array[], size: number, seed: number): string {
  const { auc, toCohort, toPeople } = auditCohort(units, (people) => drawCohort(people, size, seed).vectors);
  return (
    `fitted to nine tenths of them, the others held out, in turn: membership AUC ${auc.value.toFixed(3)} +- ${auc.margin.toFixed(3)}; ` +
    `median distance of a person to the nearest cohort vector ${toCohort.toFixed(3)}, to the nearest other person ${toPeople.toFixed(3)}`
  );
}

/** Vectors drawn from a mixture fitted to people's unit-length vectors. */
export function drawCohort(
  units: readonly Float32Array[],
  size: number,
  seed: number,
): { vectors: FaceVector[]; components: number; least: number } {
  const random = seededRandom(seed);
  const mixture = fitMixture(units, { components: COMPONENTS, minMembers: MIN_MEMBERS, random });
  const least = Math.min(...mixture.components.map(({ members }) => members));
  const vectors = Array.from({ length: size }, () => sample(mixture, random));
  return { vectors, components: mixture.components.length, least };
}
