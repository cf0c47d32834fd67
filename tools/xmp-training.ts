// fr-train --from-xmp: the faces that photo programs gave a name -> what to enrol.
import type { TrainAnswer } from '../handler/answers.ts';
import { processConfig } from '../handler/config.ts';
import { ManyFacesError, NoFaceError, RequestError } from '../handler/errors.ts';
import type { Box } from '../handler/sidecar/faces.ts';
import { displayName, on } from './cli/cli.ts';
import { readInput } from './cli/input.ts';
import { showName } from './cli/names.ts';
import { NEEDS, withPackages } from './cli/optional.ts';
import type { Backend, Listener } from './remote/invoke.ts';

/** A photo in which a region has the name that is wanted. */
export interface NamedPhoto {
  photo: string;
  /** Pixels of the upright photo. Programs draw it larger or smaller than a detector's box. */
  region: Box;
}

/** @throws RequestError when no photo has a face of that name, FailureOn when a sidecar cannot be read. */
export async function findNamed(paths: readonly string[], name: string): Promise<NamedPhoto[]> {
  const { canHoldRegions, namedFaces } = await withPackages(
    '--from-xmp',
    NEEDS.pictures,
    () => import('./metadata/sidecar.ts'),
  );
  const found: NamedPhoto[] = [];
  const others = new Set<string>();
  for (const photo of paths) {
    if (photo === '-') throw new RequestError('--from-xmp needs files: standard input has no sidecar');
    const image = await on(displayName(photo), () => readInput(photo, processConfig().maxBytes));
    const faces = canHoldRegions(image) ? await on(displayName(photo), () => namedFaces(photo, image)) : [];
    for (const face of faces) {
      if (face.name === name) found.push({ photo, region: face.box });
      else others.add(face.name);
    }
  }
  if (found.length > 0) return found;
  const known = [...others].sort().slice(0, 5).map(showName).join(', ');
  const advice = known ? `the names there are ${known}` : 'no photo has named faces in its XMP';
  throw new RequestError(`--from-xmp ${showName(name)}: nobody has this name: ${advice}`);
}

/** Enrols the face that is found in a region; where none is found there, what the region holds. */
export async function trainInRegion(
  image: Buffer,
  region: Box,
  backend: Backend,
  listener: Listener,
): Promise<TrainAnswer> {
  try {
    const answer = await backend.train(image, {}, listener);
    if (isInside(answer.face.box, region)) return answer;
  } catch (error) {
    if (!(error instanceof ManyFacesError || error instanceof NoFaceError)) throw error;
    const faces = error instanceof ManyFacesError ? error.faces : [];
    const inside = faces.filter(({ box }) => isInside(box, region));
    if (inside.length === 1) return backend.train(image, { face: inside[0]?.face }, listener);
  }
  return backend.train(image, { box: region }, listener);
}

/** Whether each holds the middle of the other. */
function isInside(box: Box, region: Box): boolean {
  return holdsMiddle(region, box) && holdsMiddle(box, region);
}

function holdsMiddle({ left, top, right, bottom }: Box, other: Box): boolean {
  const [x, y] = [(other.left + other.right) / 2, (other.top + other.bottom) / 2];
  return left <= x && x < right && top <= y && y < bottom;
}
