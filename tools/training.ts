// fr-train's work: makes one model from photos of one person.

import { processConfig } from '../handler/config.ts';
import {
  FaceError,
  ManyFacesError,
  ModelError,
  NoFaceError,
  RequestError,
  stopsEverything,
} from '../handler/errors.ts';
import { findRift, STRANGER_DISTANCE } from '../handler/matching/rift.ts';
import { type FaceVector, formatModel, parseModel } from '../handler/matching/vectors.ts';
import { textBeside } from '../handler/numbers.ts';
import { shippedCohort } from '../handler/shipped-cohort.ts';
import type { Box } from '../handler/sidecar/faces.ts';
import { Annotations } from './annotation.ts';
import { overPictures, type Picture, unreadable } from './batch/pictures.ts';
import { displayName, EXIT, on, say } from './cli/cli.ts';
import { findPictures } from './cli/folders.ts';
import { readInput } from './cli/input.ts';
import { checkDestination, saveWhole } from './cli/output.ts';
import { ProgressLine } from './cli/progress-line.ts';
import { type ConfirmedFace, isSameFace, readCorrections } from './corrections.ts';
import { type Charge, showUsd } from './remote/cost.ts';
import { announce, type Backend, type BackendChoice, type Listener, openBackend } from './remote/invoke.ts';
import { findNamed, trainInRegion } from './xmp-training.ts';

export interface Training extends BackendChoice {
  face?: number | undefined;
  /** Where the face is, if no detector finds it. */
  box?: Box | undefined;
  thorough?: boolean | undefined;
  /** Where to draw photos of several people, with numbered faces: a file, or for several photos a folder. */
  annotate?: string | undefined;
  /** A file saved by a report. The faces confirmed there are enrolled too. */
  corrections?: string | undefined;
  /** Only the faces that have this name in the XMP of the photos. */
  fromXmp?: string | undefined;
  /** Whose faces to take from `corrections`. */
  person?: string | undefined;
  /** Accepts photos that seem to show two people. */
  onePerson?: boolean | undefined;
  output?: string | undefined;
  quiet?: boolean | undefined;
}

/** One face to enrol. */
interface Source {
  photo: string;
  /** A face confirmed in a report. */
  confirmed?: ConfirmedFace | undefined;
  /** Where the XMP says that the person is. */
  region?: Box | undefined;
  /** True for photos of folders and corrections: if one cannot be used, the others still are. */
  optional: boolean;
  failure?: RequestError | undefined;
}

interface Enrolled {
  photo: string;
  vectors: FaceVector[];
}

/**
 * Trains on every photo. If a photo named on the command line cannot be used, the run ends and nothing is written. Photos of
 * folders and corrections that cannot be used are left out, with one line each.
 */
export async function trainOnPhotos(operands: readonly string[], options: Training): Promise<number> {
  const sources = await findSources(operands, options);
  if ((options.face !== undefined || options.box !== undefined) && sources.length > 1) {
    const option = options.face === undefined ? '--box' : '--face';
    throw new RequestError(`${option} chooses a face in one photo: give one photo, or crop the others`);
  }
  const output = options.output === '-' ? undefined : options.output;
  const photos = sources.map(({ photo }) => photo);
  if (output !== undefined) await checkDestination(output, photos);
  const { annotate } = options;
  const drawings =
    annotate === undefined ? undefined : await Annotations.plan(annotate, photos, sources.length > 1, []);
  const backend = await openBackend(options);
  try {
    announce('fr-train', backend, options.quiet);
    const enrolled = await trainEach(sources, backend, options, drawings);
    if (!options.onePerson) refuseOtherPeople(enrolled);
    const model = formatModel(enrolled.flatMap(({ vectors }) => vectors));
    if (output === undefined) process.stdout.write(model);
    else await saveWhole(output, model);
    return EXIT.match;
  } finally {
    backend.close();
  }
}

async function findSources(operands: readonly string[], { corrections, person, fromXmp }: Training): Promise<Source[]> {
  if (operands.filter((photo) => photo === '-').length > 1) {
    throw new RequestError('standard input is one photo: name the others');
  }
  const { paths, failures } = operands.length > 0 ? await findPictures(operands) : { paths: [], failures: new Map() };
  if (fromXmp !== undefined) {
    const found = await findNamed(paths, fromXmp);
    return found.map((one) => ({ ...one, optional: true }));
  }
  const named = new Set(operands);
  const photos = paths.map((photo) => ({ photo, optional: !named.has(photo), failure: failures.get(photo) }));
  if (corrections === undefined) return photos;
  const confirmed = await on(displayName(corrections), () => readCorrections(corrections, person));
  return [...photos, ...confirmed.map((face) => ({ photo: face.photo, confirmed: face, optional: true }))];
}

async function trainEach(
  sources: readonly Source[],
  backend: Backend,
  options: Training,
  drawings: Annotations | undefined,
): Promise<Enrolled[]> {
  const { quiet } = options;
  const progress = new ProgressLine(sources.length, quiet ? undefined : process.stderr);
  const enrolled: Enrolled[] = [];
  const leftOut: string[] = [];
  const work = (picture: Picture<Source>) => trainOne(picture, backend, options);
  const how = {
    maxBytes: processConfig().maxBytes,
    atOnce: () => backend.atOnce(),
    pathOf: ({ photo }: Source) => photo,
    open: ({ failure }: Source) => failure && unreadable(failure),
  };
  try {
    for await (const { item: source, result, error } of overPictures(sources, work, how)) {
      if (!result) throw error;
      const onNote = (text: string): void => {
        progress.clear();
        if (!quiet) say(`fr-train: ${displayName(source.photo)}: ${text}`);
      };
      result.notes.forEach(onNote);
      if (result.vectors) enrolled.push({ photo: source.photo, vectors: result.vectors });
      else {
        const { failure } = result;
        if (drawings && failure instanceof ManyFacesError) await drawGroup(source.photo, failure, drawings, onNote);
        if (!source.optional || !(failure instanceof FaceError) || stopsEverything(failure)) {
          return await on(displayName(source.photo), () => Promise.reject(failure));
        }
        leftOut.push(`${displayName(source.photo)}: ${failure.message}`);
      }
      progress.advance();
    }
  } finally {
    progress.clear();
  }
  reportLeftOut(enrolled.length, leftOut);
  return enrolled;
}

/** Draws the faces with their numbers, so that the user can choose one. */
async function drawGroup(
  photo: string,
  { faces }: ManyFacesError,
  drawings: Annotations,
  onNote: (text: string) => void,
): Promise<void> {
  if (faces.length === 0)
    return onNote('AWS Lambda does not say where the faces are, so they cannot be drawn: add --local');
  if (photo === '-') return onNote('cannot be read twice, so its faces are not drawn: name a file');
  const image = await readInput(photo, processConfig().maxBytes);
  await on(displayName(photo), () => drawings.save(photo, image, faces, onNote));
}

/** Comes last, so that no line gets lost among notes. @throws RequestError when nothing was enrolled. */
function reportLeftOut(enrolled: number, leftOut: readonly string[]): void {
  if (leftOut.length === 0) return;
  for (const line of leftOut) say(`fr-train: left out: ${line}`);
  say(`fr-train: enrolled ${enrolled}, left out ${leftOut.length}`);
  if (enrolled === 0) throw new RequestError('no photo could be used: the lines above say why');
}

/** What became of one photo: its vectors or why there are none, and what people should know. */
interface Trained {
  vectors?: FaceVector[];
  failure?: unknown;
  notes: string[];
}

async function trainOne(
  { item: { confirmed, region }, read }: Picture<Source>,
  backend: Backend,
  { face, box, thorough }: Training,
): Promise<Trained> {
  const notes: string[] = [];
  const onNote = (text: string): number => notes.push(text);
  const onCharge = ({ billedMs, costUsd }: Charge): void => {
    onNote(`AWS Lambda billed ${billedMs} ms: USD ${showUsd(costUsd)}`);
  };
  const listener = { onNote, onCharge };
  try {
    const image = await read();
    const answer = await (confirmed
      ? trainOnConfirmed(image, confirmed, backend, listener)
      : region
        ? trainInRegion(image, region, backend, listener)
        : backend.train(image, { face, box, thorough }, listener));
    notes.push(...(answer.notes ?? []), ...answer.advice);
    return { vectors: parseModel(answer.facevectors), notes };
  } catch (failure) {
    return { failure, notes };
  }
}

/** Enrols the face of that number if it is still in the same place, else whatever is in the confirmed box. */
async function trainOnConfirmed(image: Buffer, { face, box }: ConfirmedFace, backend: Backend, listener: Listener) {
  try {
    const answer = await backend.train(image, { face }, listener);
    if (isSameFace(answer.face.box, box)) return answer;
  } catch (error) {
    if (!(error instanceof ManyFacesError || error instanceof NoFaceError)) throw error;
  }
  return backend.train(image, { box }, listener);
}

function refuseOtherPeople(enrolled: readonly Enrolled[]): void {
  const rift = findRift(
    enrolled.map(({ vectors }) => vectors),
    shippedCohort(),
  );
  if (rift === undefined) return;
  const [photo, other] = rift.pair.map((index) => displayName((enrolled[index] as Enrolled).photo));
  const others = rift.odd.length === 1 && enrolled.length > 2 ? 'the other photos' : other;
  const apart = `${textBeside(rift.distance, STRANGER_DISTANCE, 2)} apart, where one person's photos are at most ${STRANGER_DISTANCE}`;
  throw new ModelError(
    `${photo}: shows a different person from ${others}, ${apart}: leave it out, train each person separately, or insist with --one-person`,
    'OTHER_PERSON',
  );
}
