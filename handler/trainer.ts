// The trainer: a photo of one person -> that person's model. The Lambda entry, and the same in-process.
import type { TrainAnswer } from './answers.ts';
import { enrol, type TrainOptions } from './enrolling.ts';
import { RequestError } from './errors.ts';
import { parseRequest, TrainRequest } from './protocol.ts';
import { type FaceFinder, processSidecar } from './sidecar/sidecar.ts';

/** AWS Lambda's entry. Failures are thrown; Lambda puts the class's name into `errorType`. */
export async function handler(event: unknown): Promise<TrainAnswer> {
  const { base64_image, ...options } = parseRequest(TrainRequest, event);
  return train(base64_image, options);
}

/**
 * Trains on the one face of a photo, on face number `face`, from 1, left to right, or on the face in `box`.
 *
 * @throws NoFaceError, ManyFacesError, ImageError (unusable, or a face too small or too blurred), SidecarError.
 */
export async function train(
  image: Uint8Array,
  options: TrainOptions = {},
  sidecar: FaceFinder = processSidecar(),
): Promise<TrainAnswer> {
  if (options.box && options.face !== undefined) {
    throw new RequestError('the request cannot be used: face and box exclude each other');
  }
  const notes: string[] = [];
  const rows = await sidecar.describe(image, { augment: true, ...options, onNote: (note) => notes.push(note) });
  return enrol(rows, options.face, notes);
}
