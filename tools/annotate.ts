// Draws a box around every face of a picture. Nothing else draws.
import sharp, { type FormatEnum } from 'sharp';
import type { FaceReport, JudgedFace, NamedFace, Verdict } from '../handler/answers.ts';
import { ImageError } from '../handler/errors.ts';
import { showName } from './cli/names.ts';
import { sharpSource } from './cli/sharp-source.ts';
import { ASCENT, canLetter, charactersOf, DESCENT, type Lettering, letter } from './lettering.ts';

type Judged = JudgedFace | NamedFace;
/** A face without a verdict is drawn with its number. */
type Face = FaceReport | Judged;

interface Look {
  paint: string;
  ink: string;
  /** Shows the verdict without colour, as the dashed box of a face that does not match does. */
  mark: string;
  dashed: boolean;
}

// Colour-blind people can tell these paints apart (Okabe and Ito). The ink is black or white, whichever has more contrast.
const LOOKS: Record<Verdict, Look> = {
  True: { paint: '#009e73', ink: '#fff', mark: '✓', dashed: false },
  Unsure: { paint: '#e69f00', ink: '#000', mark: '?', dashed: true },
  False: { paint: '#d55e00', ink: '#fff', mark: '×', dashed: true },
};

const NUMBERED: Look = { paint: '#0072b2', ink: '#fff', mark: '#', dashed: false };

/** The least pixels of an em, so that text stays legible in a small picture. */
const LEAST_TEXT = 14;
/** An em is a share of the face's box, but at least and at most these shares of the picture's shorter side. */
const SMALL_TEXT = 1 / 40;
const LARGE_TEXT = 1 / 12;
const TEXT_OF_BOX = 1 / 7;
/** In ems. A label may be half as wide as the picture, and always as wide as this. */
const LEAST_WIDTH = 10;
const PADDING = 0.3;
const STROKE = 0.16;

/**
 * Draws boxes and labels, `✓ True 0.26`, `✓ José 0.26` or, where nothing was judged, `#2`, on the upright picture. The picture's metadata (place, time,
 * camera) is not kept.
 *
 * @param format sharp's name of the format to write.
 * @param onNote is called for each name that cannot be drawn; the face's number is drawn instead.
 * @throws ImageError when the picture cannot be drawn on.
 */
export async function annotate(
  image: Uint8Array,
  faces: readonly Face[],
  format: string,
  onNote: (text: string) => void = () => undefined,
): Promise<Buffer> {
  const { input, options } = await sharpSource(image);
  try {
    const picture = sharp(input, { ...options, failOn: 'none' }).autoOrient();
    const { autoOrient } = await picture.metadata();
    const overlay = await drawOverlay(faces, autoOrient.width, autoOrient.height, onNote);
    return await picture
      .toColourspace('srgb')
      .composite([{ input: Buffer.from(overlay) }])
      .toFormat(format as keyof FormatEnum)
      .toBuffer();
  } catch (cause) {
    throw new ImageError(`cannot be drawn on: ${(cause as Error).message}`, 'UNUSABLE_PICTURE', { cause });
  }
}

/** Pixels. */
interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The boxes and labels as SVG of the picture's size. Labels lie above all boxes. */
export async function drawOverlay(
  faces: readonly Face[],
  width: number,
  height: number,
  onNote: (text: string) => void = () => undefined,
): Promise<string> {
  const boxes: string[] = [];
  const labels: string[] = [];
  const taken: Area[] = [];
  for (const face of faces) {
    const size = sizeOfText(face, width, height);
    const widest = Math.min(width, Math.max(width / 2, LEAST_WIDTH * size));
    const text = await letterFace(face, widest / size - 2 * PADDING, onNote);
    const plate = { width: (text.width + 2 * PADDING) * size, height: (ASCENT + DESCENT) * size };
    const place = placeLabel(face, plate, { left: 0, top: 0, width, height }, taken);
    taken.push(place);
    boxes.push(drawBox(face, STROKE * size));
    labels.push(drawLabel(lookOf(face), text, place, size));
  }
  const marks = [...boxes, ...labels].join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${marks}</svg>`;
}

function isJudged(face: Face): face is Judged {
  return 'verdict' in face;
}

function lookOf(face: Face): Look {
  return isJudged(face) ? LOOKS[face.verdict] : NUMBERED;
}

/** Pixels of an em. */
function sizeOfText({ box }: Face, width: number, height: number): number {
  const side = Math.min(width, height);
  const wanted = Math.max((box.right - box.left) * TEXT_OF_BOX, side * SMALL_TEXT);
  return Math.max(LEAST_TEXT, Math.min(wanted, side * LARGE_TEXT));
}

/** Letters `mark name distance` in at most `most` ems; a long name is cut short. */
async function letterFace(face: Face, most: number, onNote: (text: string) => void): Promise<Lettering> {
  if (!isJudged(face)) return letter(`${NUMBERED.mark}${face.face}`);
  const whole = (name: string) => letter(`${LOOKS[face.verdict].mark} ${name} ${face.distance.toFixed(2)}`);
  const name = 'name' in face ? face.name : face.verdict;
  if (showName(name) !== name || !(await canLetter(name))) {
    onNote(`face ${face.face} is ${showName(name)}: this name cannot be drawn, so the picture shows #${face.face}`);
    return whole(`#${face.face}`);
  }
  const characters = charactersOf(name);
  let text = await whole(name);
  for (let kept = characters.length; text.width > most && kept > 1; ) {
    kept = Math.max(1, Math.min(kept - 1, Math.floor((kept * most) / text.width)));
    text = await whole(`${characters.slice(0, kept).join('')}…`);
  }
  return text;
}

/** The first place inside the picture that covers no other label: above the box, below it or inside it; else above it. */
function placeLabel({ box }: Face, { width, height }: Omit<Area, 'left' | 'top'>, picture: Area, taken: Area[]): Area {
  const left = Math.max(0, Math.min(box.left, picture.width - width));
  const places = [box.top - height, box.bottom, box.top, box.bottom - height].map((top) => ({
    left,
    top: Math.max(0, Math.min(top, picture.height - height)),
    width,
    height,
  }));
  return places.find((place) => !taken.some((other) => overlap(place, other))) ?? (places[0] as Area);
}

function overlap(a: Area, b: Area): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

function drawBox(face: Face, stroke: number): string {
  const { box } = face;
  const { paint, dashed } = lookOf(face);
  const dashes = dashed ? ` stroke-dasharray="${4 * stroke} ${2 * stroke}"` : '';
  return `<rect x="${box.left}" y="${box.top}" width="${box.right - box.left}" height="${box.bottom - box.top}" fill="none"
    stroke="${paint}" stroke-width="${stroke}"${dashes}/>`;
}

function drawLabel({ paint, ink }: Look, text: Lettering, { left, top, width, height }: Area, size: number): string {
  const origin = `${left + PADDING * size} ${top + ASCENT * size}`;
  return `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${paint}"/>
    <g transform="translate(${origin}) scale(${size})" fill="${ink}">${text.svg}</g>`;
}
