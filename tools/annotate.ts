// A picture and its judged faces -> the picture with a box around every face. The only place that draws.
import sharp, { type FormatEnum } from 'sharp';
import type { JudgedFace, NamedFace, Verdict } from '../handler/answers.ts';
import { ImageError } from '../handler/errors.ts';
import { letter } from './strokes.ts';

// Colour-blind people can tell them apart too (Okabe and Ito). Boxes of other people are also dashed.
const COLOURS: Record<Verdict, string> = { True: '#009e73', Unsure: '#e69f00', False: '#d55e00' };

const STROKES_PER_BOX = 56;
const STROKES_PER_PICTURE = 400;

/**
 * Draws boxes and labels, `TRUE 0.56` or `ANN 0.56`, on the upright picture. The picture's metadata (place, time,
 * camera) is not kept.
 *
 * @param format sharp's name of the format to write.
 * @throws ImageError when the picture cannot be drawn on.
 */
export async function annotate(
  image: Uint8Array,
  faces: readonly (JudgedFace | NamedFace)[],
  format: string,
): Promise<Buffer> {
  try {
    const picture = sharp(image, { failOn: 'none' }).autoOrient();
    const { autoOrient } = await picture.metadata();
    const overlay = drawOverlay(faces, autoOrient.width, autoOrient.height);
    return await picture
      .toColourspace('srgb')
      .composite([{ input: Buffer.from(overlay) }])
      .toFormat(format as keyof FormatEnum)
      .toBuffer();
  } catch (cause) {
    throw new ImageError(`cannot be drawn on: ${(cause as Error).message}`, 'UNUSABLE_PICTURE', { cause });
  }
}

/** The boxes and labels as SVG of the picture's size. */
export function drawOverlay(faces: readonly (JudgedFace | NamedFace)[], width: number, height: number): string {
  const marks = faces.map((face) => drawFace(face, width, height));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks.join('')}</svg>`;
}

function drawFace(face: JudgedFace | NamedFace, width: number, height: number): string {
  const { box, verdict, distance } = face;
  const colour = COLOURS[verdict];
  const boxWidth = box.right - box.left;
  // One unit of a letter's strokes. A label is as wide as its box, and legible in a picture of any size.
  const unit = Math.max(1.5, boxWidth / STROKES_PER_BOX, Math.min(width, height) / STROKES_PER_PICTURE);
  const title = 'name' in face ? face.name : verdict;
  const text = letter(`${title.toUpperCase()} ${distance.toFixed(2)}`);
  const plate = { width: (text.width + 4) * unit, height: (text.height + 4) * unit };
  const x = Math.max(0, Math.min(box.left - unit / 2, width - plate.width));
  const y = Math.max(0, box.top - plate.height);
  const dashes = verdict === 'True' ? '' : ` stroke-dasharray="${6 * unit} ${3 * unit}"`;
  return `<rect x="${box.left}" y="${box.top}" width="${boxWidth}" height="${box.bottom - box.top}" fill="none"
      stroke="${colour}" stroke-width="${1.5 * unit}"${dashes}/>
    <rect x="${x}" y="${y}" width="${plate.width}" height="${plate.height}" fill="${colour}"/>
    <g transform="translate(${x + 2 * unit} ${y + 2 * unit}) scale(${unit})" fill="none" stroke="#fff"
      stroke-width="0.9" stroke-linecap="round" stroke-linejoin="round">${text.svg}</g>`;
}
