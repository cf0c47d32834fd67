// Shrinks the photo of an enrolled person: the one that was named, or the one beside the model.
import { extname } from 'node:path';
import { FaceError, ImageError } from '../../handler/errors.ts';
import { readInput } from '../cli/input.ts';
import { shrinkWhole } from './crops.ts';

/** Pixels of the longer side. */
export const ENROLLED_SIDE = 160;

const EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.JPG', '.JPEG', '.PNG'];

/** @throws ImageError or RequestError when it cannot be shown. */
export async function readEnrolled(photo: string, maxBytes: number): Promise<Buffer> {
  const bytes = await readInput(photo, maxBytes);
  try {
    return await shrinkWhole(bytes, ENROLLED_SIDE);
  } catch (cause) {
    throw new ImageError(`cannot be shown: ${(cause as Error).message}`, 'UNUSABLE_PICTURE', { cause });
  }
}

/** For `people/ann.csv`, the picture `people/ann.jpg`, .jpeg, .png or .webp. Undefined if none can be shown. */
export async function enrolledBeside(model: string, maxBytes: number): Promise<Buffer | undefined> {
  if (model === '-') return undefined;
  const stem = model.slice(0, model.length - extname(model).length);
  for (const extension of EXTENSIONS) {
    try {
      return await readEnrolled(stem + extension, maxBytes);
    } catch (error) {
      if (!(error instanceof FaceError)) throw error; // missing, or not a picture: try the next
    }
  }
  return undefined;
}
