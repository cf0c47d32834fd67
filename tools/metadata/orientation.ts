// Boxes of the upright picture <-> areas of the picture as it is stored, in all eight orientations of EXIF.
import type { Box } from '../../handler/sidecar/faces.ts';

/** How a picture is stored. */
export interface Stored {
  /** Pixels as they are stored, before it is turned upright. */
  width: number;
  height: number;
  /** EXIF's, 1 to 8. */
  orientation: number;
}

/** A rectangle as MWG regions have it: its centre and its sides, as shares of the stored picture's. */
export interface Area {
  x: number;
  y: number;
  w: number;
  h: number;
}

type Point = readonly [x: number, y: number];

/** A point of the upright picture in the stored one, both as shares of the sides. */
const TO_STORED: readonly ((point: Point) => Point)[] = [
  ([x, y]) => [x, y],
  ([x, y]) => [1 - x, y],
  ([x, y]) => [1 - x, 1 - y],
  ([x, y]) => [x, 1 - y],
  ([x, y]) => [y, x],
  ([x, y]) => [y, 1 - x],
  ([x, y]) => [1 - y, 1 - x],
  ([x, y]) => [1 - y, x],
];

/** The inverse: 6 and 8 are each other's, all others their own. */
const TO_UPRIGHT = TO_STORED.map((_, i) => TO_STORED[i === 5 ? 7 : i === 7 ? 5 : i] as (point: Point) => Point);

/** The part of a box that is inside the picture. */
export function areaOf({ left, top, right, bottom }: Box, stored: Stored): Area {
  const [width, height] = uprightSize(stored);
  const turn = TO_STORED[stored.orientation - 1] as (point: Point) => Point;
  const inside = (value: number): number => Math.max(0, Math.min(1, value));
  const [ax, ay] = turn([inside(left / width), inside(top / height)]);
  const [bx, by] = turn([inside(right / width), inside(bottom / height)]);
  return { x: (ax + bx) / 2, y: (ay + by) / 2, w: Math.abs(bx - ax), h: Math.abs(by - ay) };
}

/** The box of an area, in whole pixels. */
export function boxOf({ x, y, w, h }: Area, stored: Stored): Box {
  const [width, height] = uprightSize(stored);
  const turn = TO_UPRIGHT[stored.orientation - 1] as (point: Point) => Point;
  const [ax, ay] = turn([x - w / 2, y - h / 2]);
  const [bx, by] = turn([x + w / 2, y + h / 2]);
  return {
    left: Math.round(Math.min(ax, bx) * width),
    top: Math.round(Math.min(ay, by) * height),
    right: Math.round(Math.max(ax, bx) * width),
    bottom: Math.round(Math.max(ay, by) * height),
  };
}

function uprightSize({ width, height, orientation }: Stored): [width: number, height: number] {
  return orientation > 4 ? [height, width] : [width, height];
}
