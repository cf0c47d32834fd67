// The faces of a photo of one person -> that person's model. Pure, so that a browser enrols by the very same code as a function does.
import { adviseOn, eyeDistance } from './advice.ts';
import type { TrainAnswer } from './answers.ts';
import { ImageError, ManyFacesError, NoFaceError } from './errors.ts';
import { EMBEDDER } from './matching/embedder.ts';
import { formatModel } from './matching/vectors.ts';
import { textBeside } from './numbers.ts';
import { seatTexts } from './rows.ts';
import { type Box, type Face, reportFace } from './sidecar/faces.ts';

/**
 * Fewest pixels between the centres of the eyes that a training face may have. Measured on CFP (200 photos shrunk): at
 * the threshold, 19 pixels find .82 of the true matches where 38 and more find .89.
 */
export const MIN_EYE_DISTANCE_PX = 20;

/**
 * Least sharpness that a training face may have; see native/align/quality.hh. Measured on CFP (200 photos blurred): a median
 * of .11 finds .78 of the true matches, .08 finds .65, .05 finds .34; of 4,967 photos as they are 5 are below .14.
 */
export const MIN_SHARPNESS = 0.08;

/**
 * A face of less than this share of the largest face's side is not the person whom a photo is of. On 1,957 photos of LFW and
 * CFP, the largest face was the one in the middle in each photo in which this leaves one face; at .8 it is another in one, at .9 in 6.
 */
const LEAST_BESIDE_LARGEST = 0.7;

export interface TrainOptions {
  face?: number | undefined;
  /** Where the face is, when no detector finds it: a square from above the eyebrows to the chin, as answers give it. */
  box?: Box | undefined;
  thorough?: boolean | undefined;
}

/**
 * Enrols the one face of a photo, or face number `wanted`, from 1, left to right. Faces much smaller than the largest do not
 * count unless they are wanted; a note says that they are there.
 *
 * @param rows the sidecar's, asked for all looks that a model is made of, of the wanted or the largest face.
 * @param notes the sidecar's about the photo, a line each.
 * @throws NoFaceError, ManyFacesError, ImageError (a face too small or too blurred).
 */
export function enrol(rows: readonly Face[], wanted: number | undefined, notes: readonly string[] = []): TrainAnswer {
  const faces = rows.filter(({ variant }) => variant === 0);
  const face = chooseFace(faces, wanted, notes);
  refusePoorFace(face);
  const gallery = rows.filter((row) => row.face === face.face);
  const ignored = wanted === undefined ? faces.filter((other) => other !== face) : [];
  const allNotes = [...notes, ...(ignored.length > 0 ? [noteIgnored(ignored)] : [])];
  return {
    facevectors: formatModel(gallery.map(({ vector }) => vector)),
    embedder: EMBEDDER,
    faces_found: faces.length,
    face: reportFace(face),
    advice: adviseOn(face),
    ...(allNotes.length > 0 && { notes: allNotes }),
  };
}

function chooseFace(faces: readonly Face[], wanted: number | undefined, notes: readonly string[]): Face {
  const [first] = faces;
  if (first === undefined) {
    const advised =
      'use a photo in which the person looks at the camera, upright, the face uncovered and 40 pixels wide or more';
    throw new NoFaceError(`no face found: ${notes.length > 0 ? notes.join('; ') : advised}`);
  }
  if (wanted === undefined) {
    const least = LEAST_BESIDE_LARGEST * Math.max(...faces.map(sideOf));
    const [largest, ...others] = faces.filter((face) => sideOf(face) >= least);
    if (largest !== undefined && others.length === 0) return largest;
    throw new ManyFacesError(
      `${faces.length} faces found and one is needed: crop the photo or choose one with --face N: ${where(faces)}`,
      faces.map(reportFace),
    );
  }
  const chosen = faces[wanted - 1];
  if (chosen === undefined) {
    const message = `there is no face ${wanted} among the ${faces.length} found: ${where(faces)}`;
    throw new ManyFacesError(message, faces.map(reportFace));
  }
  return chosen;
}

function sideOf({ box }: Face): number {
  return box.right - box.left;
}

function noteIgnored(faces: readonly Face[]): string {
  const what = faces.length === 1 ? 'smaller face is' : 'smaller faces are';
  return `${faces.length} ${what} ignored; to use one, choose it with --face N: ${where(faces)}`;
}

/** `1 at 10,20 to 60,70 (row 1, column 1)`; rows and columns only where there are several rows. */
function where(faces: readonly Face[]): string {
  const seats = seatTexts(faces.map(({ box }) => box));
  const places = faces.map(({ face, box: { left, top, right, bottom } }, i) => {
    const seat = seats[i] === undefined ? '' : ` (${seats[i]})`;
    return `${face} at ${left},${top} to ${right},${bottom}${seat}`;
  });
  return places.join('; ');
}

function refusePoorFace(face: Face): void {
  const eyes = eyeDistance(face);
  if (eyes < MIN_EYE_DISTANCE_PX) {
    throw new ImageError(
      `the face is too small: ${textBeside(eyes, MIN_EYE_DISTANCE_PX, 0)} pixels between the eyes and ${MIN_EYE_DISTANCE_PX} are needed: use a larger photo`,
      'FACE_TOO_SMALL',
    );
  }
  if (face.sharpness < MIN_SHARPNESS) {
    throw new ImageError(
      `the face is too blurred: sharpness ${textBeside(face.sharpness, MIN_SHARPNESS, 3)} and ${MIN_SHARPNESS} is needed: use a sharper photo`,
      'FACE_TOO_BLURRED',
    );
  }
}
