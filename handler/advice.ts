// The enrolment coach: what is wrong with a training photo that can be used, in words and numbers, and what to do.
// The limits were chosen on both development sets; tools/lab/README.md has the table, made by `npm run coach`.
import { textBeside } from './numbers.ts';
import type { Face } from './sidecar/faces.ts';

/** Pixels between the eyes. */
const GOOD_EYE_DISTANCE_PX = 31;

/** Least sharpness in any direction. */
const GOOD_LEAST_SHARPNESS = 0.06;

/** Mean brightness of the face, 0 to 255. */
const LEAST_BRIGHTNESS = 25;

/** Share of the face that is overexposed. */
const MOST_CLIPPED = 0.3;

/** How much a JPEG's blocks show. */
const MOST_BLOCKING = 0.95;

/** One line for each thing that could be better; none for a good photo. */
export function adviseOn(face: Face): string[] {
  const eyes = eyeDistance(face);
  const { leastSharpness, brightness, clipped, blocking } = face;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const advice: [applies: boolean, line: string][] = [
    [
      eyes < GOOD_EYE_DISTANCE_PX,
      `the face is small: ${textBeside(eyes, GOOD_EYE_DISTANCE_PX, 0)} pixels between the eyes, ${GOOD_EYE_DISTANCE_PX} are better: come closer`,
    ],
    [
      leastSharpness < GOOD_LEAST_SHARPNESS,
      `the face is blurred: sharpness ${textBeside(leastSharpness, GOOD_LEAST_SHARPNESS, 3)} in the worst direction, ${GOOD_LEAST_SHARPNESS} is better: hold still, and focus on the face`,
    ],
    [
      brightness < LEAST_BRIGHTNESS,
      `the face is dark: brightness ${textBeside(brightness, LEAST_BRIGHTNESS, 0)} of 255, ${LEAST_BRIGHTNESS} is better: use more light`,
    ],
    [
      clipped > MOST_CLIPPED,
      `the face is overexposed: ${percent(clipped)} of it is too bright to show anything, up to ${percent(MOST_CLIPPED)} is better: use less light`,
    ],
    [
      blocking > MOST_BLOCKING,
      `the photo is compressed too hard: its blocks show (${textBeside(blocking, MOST_BLOCKING, 2)}, up to ${MOST_BLOCKING} is better): use the original file`,
    ],
  ];
  const lines = advice.filter(([applies]) => applies).map(([, line]) => line);
  return isHidden(face) ? lines : [...lines, ...signOf(face)];
}

/** Whether light or a JPEG hides what the face shows; then it cannot be told how it is turned, or what covers it. */
function isHidden({ brightness, clipped, blocking }: Face): boolean {
  return brightness < LEAST_BRIGHTNESS || clipped > MOST_CLIPPED || blocking > MOST_BLOCKING;
}

/** Whether the face seems turned away, of the faces that show it. */
export function seemsTurned(face: Face): boolean {
  return face.turned > 0 && !isHidden(face);
}

/**
 * One line for all signs, joined by "or": most profiles look as if their eyes were covered, and many covered faces as if
 * they were turned. To say only the strongest is right for half of them.
 */
function signOf({ turned, eyesCovered, mouthCovered }: Face): string[] {
  const signs = [
    ...(turned > 0 ? ['turned away'] : []),
    ...(eyesCovered > 0 ? ['to have its eyes covered'] : []),
    ...(mouthCovered > 0 ? ['to have its mouth covered'] : []),
  ];
  if (signs.length === 0) return [];
  return [`the face seems ${signs.join(' or ')}: look at the camera, with nothing in front of the face`];
}

/** Pixels between the centres of the eyes, each the middle of its two corners. */
export function eyeDistance(face: Pick<Face, 'landmarks'>): number {
  const [right, left] = eyesOf(face);
  return Math.hypot(right[0] - left[0], right[1] - left[1]);
}

/**
 * How far the base of the nose lies from the middle between the eyes, along the line through them, in eye distances: 0 for
 * a face that looks at the camera, above 0 where it looks to the picture's right. The landmarks of profiles are often wrong,
 * so what is said to people goes by `turned`, which sees more of them; this is for the rate of strangers (matcher.ts).
 */
export function turnOf(face: Pick<Face, 'landmarks'>): number {
  const [right, left] = eyesOf(face);
  const nose = face.landmarks[4] as Point;
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]];
  const [x, y] = [nose[0] - (right[0] + left[0]) / 2, nose[1] - (right[1] + left[1]) / 2];
  return (x * dx + y * dy) / (dx * dx + dy * dy);
}

type Point = [x: number, y: number];

/** The centres of the eye on the picture's right and of that on its left. */
function eyesOf({ landmarks }: Pick<Face, 'landmarks'>): [Point, Point] {
  const [outerRight, innerRight, outerLeft, innerLeft] = landmarks as [Point, Point, Point, Point];
  const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return [middle(outerRight, innerRight), middle(outerLeft, innerLeft)];
}
