// Reads corrections.json, which a report saves: gives the faces to enrol.
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { RequestError } from '../handler/errors.ts';
import type { Box } from '../handler/sidecar/faces.ts';
import { readInput } from './cli/input.ts';
import { showName } from './cli/names.ts';

/** A face that the user confirmed. */
export interface ConfirmedFace {
  /** The picture's path. */
  photo: string;
  /** Its number when it was recognised, from 1, left to right. */
  face: number;
  box: Box;
}

const MOST_BYTES = 64 * 2 ** 20;
/** Two boxes are of one face if their intersection over union is at least this. */
const LEAST_OVERLAP = 0.5;

const text = z.string();
const whole = z.int32();
const box = z.object({ left: whole, top: whole, right: whole, bottom: whole });
const CorrectionsFile = z.object({
  version: z.literal(1),
  folder: text,
  corrections: z.array(z.object({ picture: text, face: whole, box, person: text, same_person: z.boolean() })),
});

/**
 * The faces confirmed to be `person`, who may be undefined if only one person's faces were confirmed.
 *
 * @throws RequestError when the file cannot be used, or it is not clear whom to enrol.
 */
export async function readCorrections(path: string, person?: string): Promise<ConfirmedFace[]> {
  const { folder, corrections } = await parse(path);
  const confirmed = corrections.filter(({ same_person }) => same_person);
  const people = [...new Set(confirmed.map((one) => one.person))].sort();
  const names = people.map(showName).join(', ');
  const [only, ...others] = people;
  if (only === undefined) throw new RequestError('confirms no face: mark faces with y in the report, and save again');
  if (person === undefined && others.length > 0) {
    throw new RequestError(`confirms faces of ${people.length} people: choose one with --person: ${names}`);
  }
  const chosen = person ?? only;
  const faces = confirmed.filter((one) => one.person === chosen && one.picture !== '-');
  if (faces.length === 0) throw new RequestError(`confirms no face of ${showName(chosen)} in a file: it has ${names}`);
  return faces.map(({ picture, face, box }) => ({ photo: resolve(folder, picture), face, box }));
}

async function parse(path: string): Promise<z.infer<typeof CorrectionsFile>> {
  const tooLarge = new RequestError('is larger than 64 MiB, and corrections never are: name a corrections.json');
  const bytes = await readInput(path, MOST_BYTES, tooLarge);
  try {
    return CorrectionsFile.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new RequestError('is not a file of corrections: press Save corrections in a report, and name that file', {
      cause,
    });
  }
}

/** Whether two boxes are of one face. */
export function isSameFace(a: Box, b: Box): boolean {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (across <= 0 || down <= 0) return false;
  const size = ({ left, top, right, bottom }: Box): number => (right - left) * (bottom - top);
  const shared = across * down;
  return shared / (size(a) + size(b) - shared) >= LEAST_OVERLAP;
}
