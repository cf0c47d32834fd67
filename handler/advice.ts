// The enrolment coach: what is wrong with a training photo that can be used, in words and numbers, and what to do.
import type { Face } from './faces.ts';
import { textBeside } from './numbers.ts';

/** Pixels between the eyes from which more add nothing: 38 find as many true matches as all, 25 find .016 fewer (CFP). */
const GOOD_EYE_DISTANCE_PX = 40;

/** Of 4,967 photos of CFP 5 are below: these find .02 to .10 fewer true matches. */
const GOOD_SHARPNESS = 0.14;

/** Of CFP's frontal photos 1 in 100 is beyond, of its profiles most are. Eye distances. */
const MOST_TURN = 0.3;

// Of 167 photos of CFP exposed anew, in steps of two times, without a dark photo's noise: from 20 to 25 find .04 fewer true
// matches than the photo as it was, and 15 to 20 find .05; 170 to 185 find .02, 185 to 195 .05 and 215 to 225 .16.
const LEAST_BRIGHTNESS = 25;
const MOST_BRIGHTNESS = 185;

/** One line for each thing that could be better; none for a good photo. */
export function adviseOn(face: Face): string[] {
  const advice: string[] = [];
  const eyes = eyeDistance(face);
  if (eyes < GOOD_EYE_DISTANCE_PX) {
    advice.push(
      `the face is small: ${textBeside(eyes, GOOD_EYE_DISTANCE_PX, 0)} pixels between the eyes, ${GOOD_EYE_DISTANCE_PX} are better: come closer`,
    );
  }
  if (face.sharpness < GOOD_SHARPNESS) {
    advice.push(
      `the face is soft: sharpness ${textBeside(face.sharpness, GOOD_SHARPNESS, 2)}, ${GOOD_SHARPNESS} is better: hold still, focus`,
    );
  }
  if (face.brightness < LEAST_BRIGHTNESS || face.brightness > MOST_BRIGHTNESS) {
    const isDark = face.brightness < LEAST_BRIGHTNESS;
    const [what, advised] = isDark ? ['dark', 'more'] : ['bright', 'less'];
    const brightness = textBeside(face.brightness, isDark ? LEAST_BRIGHTNESS : MOST_BRIGHTNESS, 0);
    advice.push(
      `the face is ${what}: brightness ${brightness}, ${LEAST_BRIGHTNESS} to ${MOST_BRIGHTNESS} is better: use ${advised} light`,
    );
  }
  const turn = Math.abs(turnOf(face));
  if (turn > MOST_TURN) {
    advice.push(
      `the face is turned away: the nose is ${textBeside(turn, MOST_TURN, 2)} eye distances off the middle, up to ${MOST_TURN} is better: look at the camera`,
    );
  }
  return advice;
}

/** Pixels between the centres of the eyes, each the middle of its two corners. */
export function eyeDistance(face: Pick<Face, 'landmarks'>): number {
  const [right, left] = eyesOf(face);
  return Math.hypot(right[0] - left[0], right[1] - left[1]);
}

/**
 * How far the base of the nose lies from the middle between the eyes, along the line through them, in eye distances: 0 for
 * a face that looks at the camera, above 0 where it looks to the picture's right.
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
