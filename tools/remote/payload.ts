// The fields of a request to the recognizer: its model and options, and a picture that fits, smaller if needed. Converts the
// answer's pixels back.
import type { FaceReport } from '../../handler/answers.ts';
import { processConfig } from '../../handler/config.ts';
import { ImageError } from '../../handler/errors.ts';
import type { Person } from '../../handler/identifier.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import { NEEDS, withPackages } from '../cli/optional.ts';
import { base64Bytes, MAX_PAYLOAD_BYTES } from './grouping.ts';
import type { RecognizeOptions } from './invoke.ts';
import { tooLarge } from './refusals.ts';

/** One person's model CSV, or several people's. */
type Models = string | readonly Person[];

/** The models, as a request has them. */
export function modelFields(models: Models): object {
  const base64 = (model: string): string => Buffer.from(model).toString('base64');
  if (typeof models === 'string') return { query_facevectors: base64(models) };
  return { gallery: Object.fromEntries(models.map(({ name, model }) => [name, base64(model)])) };
}

/** The options, named one by one, so that nothing else of the command line, such as a file name, is sent. */
export function optionFields(
  models: Models,
  { fmr, threshold, unsure, explain, thorough, vectors, onePerson }: RecognizeOptions,
): object {
  const ofOne = typeof models === 'string' && { unsure, explain };
  return { fmr, threshold, ...ofOne, thorough, vectors, one_person: onePerson };
}

/**
 * The picture for a request, made smaller if needed.
 *
 * @param json the request's other fields.
 * @throws RequestError if it still does not fit, ImageError if it is empty: in the words of the sidecar, which it never reaches.
 */
export async function fitRequest(
  image: Uint8Array,
  json: string,
  onNote?: (text: string) => void,
): Promise<{ image: Uint8Array; scale: number }> {
  if (image.length === 0) throw new ImageError('the picture cannot be used: the file is empty');
  const otherBytes = '{"base64_image":""'.length + json.length;
  const maxBytes = 3 * Math.floor((MAX_PAYLOAD_BYTES - otherBytes) / 4);
  if (image.length <= maxBytes) return { image, scale: 1 };
  const load = () => import('./shrink-picture.ts');
  const { fitPicture } = await withPackages('a picture that is too large for AWS Lambda', NEEDS.pictures, load);
  const fitted = await fitPicture(image, maxBytes, processConfig().maxPixels);
  if (!fitted) throw tooLarge(otherBytes + base64Bytes(image.length));
  const { width, height, scale } = fitted;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  onNote?.(
    `${megabytes(image.length)} MB is too much for AWS Lambda: sent as a JPEG of ${megabytes(fitted.image.length)} MB, ` +
      `${width} x ${height} pixels${scale === 1 ? ' as before' : ''}`,
  );
  return { image: fitted.image, scale };
}

/** A box in a picture of another size, to the nearest pixel. */
export function scaledBox({ left, top, right, bottom }: Box, scale: number): Box {
  const [l = 0, t = 0, r = 0, b = 0] = [left, top, right, bottom].map((pixels) => Math.round(pixels * scale));
  return { left: l, top: t, right: r, bottom: b };
}

/** Converts pixels of the picture that was sent to pixels of the picture that was given. */
export function rescale<Answer extends { face?: FaceReport; faces?: FaceReport[] }>(
  answer: Answer,
  scale: number,
): Answer {
  if (scale === 1) return answer;
  const back = (value: number): number => Math.round(value / scale);
  const move = <Face extends FaceReport>(face: Face): Face => ({
    ...face,
    box: scaledBox(face.box, 1 / scale),
    landmarks: face.landmarks.map(([x, y]) => [back(x), back(y)]),
  });
  return {
    ...answer,
    ...(answer.face ? { face: move(answer.face) } : {}),
    ...(answer.faces ? { faces: answer.faces.map(move) } : {}),
  };
}
