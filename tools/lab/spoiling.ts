// Ways to make a photo of a face worse, one at a time. Each has a known word that the coach should say.
import sharp, { type Sharp } from 'sharp';
import { eyeDistance } from '../../handler/advice.ts';
import type { Face } from '../../handler/sidecar/faces.ts';

/** Makes a photo worse, given the face in it. */
export type Spoil = (photo: Buffer, face: Face) => Promise<Buffer>;

/** A cover's corners: along the line through the eyes and down the face, in eye distances from the middle of the eyes. */
type Outline = readonly (readonly [along: number, down: number])[];

const BAR: Outline = rectangle(0.95, -0.3, 0.3);
const THIN_BAR: Outline = rectangle(0.9, -0.22, 0.2);
const GLASSES: Outline = [
  ...[-0.95, -0.25, -0.17, -0.03, 0.03, 0.17, 0.25, 0.95].map((x) => [x, Math.abs(x) < 0.1 ? -0.05 : -0.27] as const),
  ...[0.95, 0.25, 0.15, -0.15, -0.25, -0.95].map((x) => [x, Math.abs(x) < 0.2 ? 0 : 0.27] as const),
];
const MASK: Outline = mask(0.85, 0.32);
const SMALL_MASK: Outline = mask(0.62, 0.55);

const COLOURS = ['#111', '#eee', '#6aa5d8', '#777', '#c49a7c', '#7a4a30', '#933', '#b9d6e8'];

/** Blurs by a share of the eye distance: .05 is two pixels if the eyes are 40 pixels apart, as in LFW. */
export const blurred =
  (share: number): Spoil =>
  (photo, face) =>
    upright(photo)
      .blur(Math.max(0.3, share * eyeDistance(face)))
      .png()
      .toBuffer();

/** Blurs by a Gaussian of so many pixels. */
export const blurredByPx = (px: number) => (photo: Buffer) => upright(photo).blur(px).png().toBuffer();

/** Moves the camera by a share of the eye distance while the picture is taken. */
export const smeared =
  (share: number, direction: 'across' | 'down' | 'askew'): Spoil =>
  async (photo, face) => {
    // sharp's kernels reach 1001 pixels; an odd length keeps the face where it is.
    const side = Math.min(101, 2 * Math.round((share * eyeDistance(face)) / 2) + 1);
    const at = {
      across: (i: number) => (side >> 1) * side + i,
      down: (i: number) => i * side + (side >> 1),
      askew: (i: number) => i * side + i,
    };
    const kernel = new Array<number>(side * side).fill(0);
    for (let i = 0; i < side; i += 1) kernel[at[direction](i)] = 1;
    if (side < 3) return photo;
    return upright(photo).convolve({ width: side, height: side, kernel, scale: side }).png().toBuffer();
  };

export const compressed = (quality: number) => (photo: Buffer) => upright(photo).jpeg({ quality }).toBuffer();

export const exposed = (times: number) => (photo: Buffer) => upright(photo).linear(times, 0).png().toBuffer();

/** Shrinks the photo to this many pixels between the eyes. A smaller photo stays as it is. */
export const shrunk =
  (eyesPx: number): Spoil =>
  async (photo, face) => {
    const { width } = await sharp(photo).metadata();
    const scale = Math.min(1, eyesPx / eyeDistance(face));
    return upright(photo)
      .resize({ width: Math.max(40, Math.round(width * scale)) })
      .png()
      .toBuffer();
  };

/** Covers the eyes or the mouth. `number` chooses shape, colour and pattern; a plain cover has one colour. */
export const covered =
  (what: 'eyes' | 'mouth', number: number, isPlain: boolean): Spoil =>
  async (photo, face) => {
    const { width, height } = await sharp(photo).metadata();
    const shapes = what === 'eyes' ? [BAR, GLASSES, THIN_BAR] : [MASK, SMALL_MASK];
    const outline = (isPlain ? shapes[0] : shapes[number % shapes.length]) as Outline;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${paint(number, isPlain)}<polygon points="${onFace(outline, face)}" fill="url(#paint)"/></svg>`;
    return upright(photo)
      .composite([{ input: Buffer.from(svg) }])
      .png()
      .toBuffer();
  };

function upright(photo: Buffer): Sharp {
  return sharp(photo).autoOrient().toColourspace('srgb');
}

function rectangle(along: number, top: number, bottom: number): Outline {
  return [
    [-along, top],
    [along, top],
    [along, bottom],
    [-along, bottom],
  ];
}

function mask(along: number, top: number): Outline {
  const right = [
    [0, top - 0.05],
    [along, top + 0.03],
    [along * 0.95, 1.2],
    [0.38, 1.72],
  ] as const;
  return [...right, ...right.toReversed().map(([x, y]) => [-x, y] as const)];
}

/** One colour, a gradient of two, or stripes. */
function paint(number: number, isPlain: boolean): string {
  const colour = (i: number): string => COLOURS[i % COLOURS.length] as string;
  const [first, second] = [colour(number), isPlain ? colour(number) : colour(number * 3 + 1)];
  if (isPlain || number % 2 === 0) {
    return `<defs><linearGradient id="paint"><stop offset="0" stop-color="${first}"/><stop offset="1" stop-color="${second}"/></linearGradient></defs>`;
  }
  const width = 3 + (number % 9);
  return `<defs><pattern id="paint" width="${width}" height="${width}" patternUnits="userSpaceOnUse" patternTransform="rotate(${(number * 37) % 180})"><rect width="${width}" height="${width}" fill="${first}"/><rect width="${width / 2}" height="${width}" fill="${second}"/></pattern></defs>`;
}

function onFace(outline: Outline, { landmarks }: Face): string {
  const middleOf = (a: number, b: number): [number, number] => [
    ((landmarks[a]?.[0] ?? 0) + (landmarks[b]?.[0] ?? 0)) / 2,
    ((landmarks[a]?.[1] ?? 0) + (landmarks[b]?.[1] ?? 0)) / 2,
  ];
  const [right, left] = [middleOf(0, 1), middleOf(2, 3)];
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]];
  const [x, y] = [(right[0] + left[0]) / 2, (right[1] + left[1]) / 2];
  return outline.map(([along, down]) => `${x + along * dx - down * dy},${y + along * dy + down * dx}`).join(' ');
}
