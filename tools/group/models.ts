// A group -> the model of a person, from the best photos of the group.
import { FaceError, stopsEverything } from '../../handler/errors.ts';
import type { Cohort } from '../../handler/matching/matcher.ts';
import { findRift } from '../../handler/matching/rift.ts';
import { type FaceVector, formatModel, parseModel } from '../../handler/matching/vectors.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import type { FaceFinder } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import type { FoundFace } from './finding.ts';

/** Photos of a model. With more, the model hardly gets better, and takes longer. */
const MOST_PHOTOS = 5;
/** From these up a face is as good as it gets. */
const GOOD_EYES_PX = 60;
const GOOD_SHARPNESS = 0.2;
/** Least common part of two boxes, as a share of both together, that are one face. */
const SAME_FACE = 0.5;

/** The faces, the best to enrol first: large, sharp, and looking at the camera. One a picture. */
export function bestFirst(faces: readonly FoundFace[]): FoundFace[] {
  return [...faces].sort((a, b) => quality(b) - quality(a));
}

function quality({ eyes, sharpness, turn }: FoundFace): number {
  return Math.min(1, eyes / GOOD_EYES_PX) * Math.min(1, sharpness / GOOD_SHARPNESS) * (1 - Math.min(1, Math.abs(turn)));
}

export interface Enrolment {
  finder: FaceFinder;
  cohort: Cohort;
  thorough?: boolean | undefined;
  read: (face: FoundFace) => Promise<Buffer>;
}

/**
 * The model CSV of a group, of MOST_PHOTOS photos at most. Photos that would make it look like two people are left out.
 *
 * @param faces the best first.
 * @returns undefined if no photo can be enrolled.
 */
export async function makeModel(faces: readonly FoundFace[], enrolment: Enrolment): Promise<string | undefined> {
  let photos: FaceVector[][] = [];
  for (const face of faces) {
    if (photos.length === MOST_PHOTOS) break;
    const vectors = await enrol(face, enrolment);
    if (vectors) photos.push(vectors);
  }
  for (;;) {
    const rift = photos.length > 1 ? findRift(photos, enrolment.cohort) : undefined;
    if (!rift) break;
    photos = photos.filter((_, i) => !rift.odd.includes(i));
  }
  return photos.length > 0 ? formatModel(photos.flat()) : undefined;
}

/** The looks at a face that a model is made of; undefined where fr-train would refuse it. */
async function enrol(face: FoundFace, { finder, thorough, read }: Enrolment): Promise<FaceVector[] | undefined> {
  try {
    const answer = await train(await read(face), { face: face.face, thorough }, finder);
    return isSame(answer.face.box, face.box) ? parseModel(answer.facevectors) : undefined;
  } catch (error) {
    if (error instanceof FaceError && !stopsEverything(error)) return undefined;
    throw error;
  }
}

function isSame(a: Box, b: Box): boolean {
  const common = area({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  return common >= SAME_FACE * (area(a) + area(b) - common);
}

function area({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
