// Pictures -> every face in them, made ready for matching. What was found before is not looked for again.
import { eyeDistance, turnOf } from '../../handler/advice.ts';
import { type Config, processConfig } from '../../handler/config.ts';
import { MIN_EYE_DISTANCE_PX, MIN_SHARPNESS } from '../../handler/enrolling.ts';
import { FaceError, ImageError, stopsEverything } from '../../handler/errors.ts';
import { type Cohort, meanUnit, prepare, type Subject } from '../../handler/matching/matcher.ts';
import { type FaceVector, packVector, unpackVector } from '../../handler/matching/vectors.ts';
import { type Box, byFace, type Face } from '../../handler/sidecar/faces.ts';
import type { FaceFinder } from '../../handler/sidecar/sidecar.ts';
import { pictureKey } from '../batch/journal.ts';
import { overPictures, type Picture, unreadable } from '../batch/pictures.ts';
import type { KeptVectors } from '../batch/vectors.ts';
import type { FoundPictures } from '../cli/folders.ts';

interface LookedAt {
  face: number;
  box: Box;
  eyes: number;
  sharpness: number;
  turn: number;
  /** The mean of its looks, at unit length. */
  vector: FaceVector;
}

/** What is kept of a face. */
type KeptFace = Omit<LookedAt, 'vector'> & { vector: string };

/** A face of a picture. */
export interface FoundFace extends Omit<LookedAt, 'vector'> {
  /** Index of its picture. */
  picture: number;
  subject: Subject;
}

export interface Found {
  faces: FoundFace[];
  /** Faces too small or too blurred to tell whose they are. */
  poor: number;
  /** Pictures that could not be used, and why. */
  refused: { path: string; message: string }[];
}

export interface Finding {
  finder: FaceFinder & { atOnce(): number };
  cohort: Cohort;
  kept: KeptVectors;
  thorough?: boolean | undefined;
  /** Called when a picture is done. */
  onDone: () => void;
}

/** Finds the faces of all pictures. One that cannot be used costs only itself. @throws failures that every picture would have. */
export async function findFaces({ paths, failures }: FoundPictures, finding: Finding): Promise<Found> {
  const found: Found = { faces: [], poor: 0, refused: [] };
  const { maxBytes }: Config = processConfig();
  const numbers = paths.map((_, i) => i);
  const pathOf = (i: number): string => paths[i] as string;
  const open = (i: number) => {
    const failure = failures.get(pathOf(i));
    return failure && unreadable(failure);
  };
  const how = { maxBytes, atOnce: () => finding.finder.atOnce(), pathOf, open };
  for await (const { item, result, error } of overPictures(numbers, (picture) => lookAt(picture, finding), how)) {
    if (result) add(found, item, result, finding.cohort);
    else if (error instanceof FaceError && !stopsEverything(error))
      found.refused.push({ path: pathOf(item), message: error.message });
    else throw error;
    finding.onDone();
  }
  return found;
}

function add(found: Found, picture: number, faces: readonly LookedAt[], cohort: Cohort): void {
  for (const { vector, ...face } of faces) {
    if (face.eyes < MIN_EYE_DISTANCE_PX || face.sharpness < MIN_SHARPNESS) found.poor += 1;
    else found.faces.push({ ...face, picture, subject: prepare([vector], cohort, face.turn) });
  }
}

async function lookAt({ read }: Picture<number>, { finder, kept, thorough }: Finding): Promise<LookedAt[]> {
  const image = await read();
  const key = pictureKey(image);
  const before = kept.find(key) as { faces: KeptFace[] } | { unusable: string } | undefined;
  const again = before && 'faces' in before && restored(before.faces);
  if (again) return again;
  if (before && 'unusable' in before) throw new ImageError(before.unusable);
  try {
    const faces = byFace(await finder.describe(image, { probe: true, thorough })).map(joinLooks);
    kept.add(key, { faces: faces.map((face): KeptFace => ({ ...face, vector: packVector(face.vector) })) });
    return faces;
  } catch (error) {
    if (error instanceof ImageError) kept.add(key, { unusable: error.message });
    throw error;
  }
}

/** undefined if a vector cannot be read: then the picture is looked at again. */
function restored(kept: readonly KeptFace[]): LookedAt[] | undefined {
  const faces = kept.flatMap(({ vector: text, ...face }) => {
    const vector = unpackVector(text);
    return vector ? [{ ...face, vector }] : [];
  });
  return faces.length === kept.length ? faces : undefined;
}

function joinLooks(looks: readonly Face[]): LookedAt {
  const [first] = looks as [Face];
  const { face, box, sharpness } = first;
  const vector = meanUnit(looks.map((look) => look.vector));
  return { face, box, sharpness, eyes: eyeDistance(first), turn: turnOf(first), vector };
}
