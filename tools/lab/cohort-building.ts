// fr-cohort's work: pictures of many people -> a mixture of Gaussians -> vectors of nobody.
import { formatCohort, toCohort } from '../../handler/cohort.ts';
import { RequestError } from '../../handler/errors.ts';
import { LEAST_COHORT, meanUnit } from '../../handler/matcher.ts';
import { type FaceVector, formatModel } from '../../handler/vectors.ts';
import { EXIT, say } from '../cli/cli.ts';
import { allPicturesIn } from '../cli/folders.ts';
import { showName } from '../cli/names.ts';
import { describeAll } from './describe-all.ts';
import { auditCohort } from './membership.ts';
import { fitMixture, sample, seededRandom } from './mixture.ts';
import { looksOf, PROBE } from './trials.ts';

// Of 4,000 people some 400 each: enough for a mean in which no person counts. 30 components find .004 more matches at a
// false match rate of 1e-4 and tell the people they were fitted to from others more often (AUC .53); 6 find .007 fewer.
const COMPONENTS = 10;
/** No component rests on fewer people, so that none describes a person. */
const MIN_MEMBERS = 20;
const MIN_PEOPLE = 400;

export interface CohortBuilding {
  size: number;
  seed: number;
  binary?: boolean | undefined;
  /** Says what cohorts fitted to nine tenths of the people give away about them. */
  audit?: boolean | undefined;
  quiet?: boolean | undefined;
}

/** Prints the cohort. @throws RequestError when there are too few people. */
export async function buildCohort(
  folder: string,
  { size, seed, binary, audit, quiet }: CohortBuilding,
): Promise<number> {
  if (size < LEAST_COHORT) throw new RequestError(`--size needs ${LEAST_COHORT} or more`);
  const paths = await allPicturesIn(folder);
  const units = (await describeAll(paths))
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
