// The data inside a report's page, as JSON: the writer and the page's script share these types.
import type { AllFaces, Judging } from './places.ts';

export interface PageData extends Judging {
  /** Names of the people looked for. */
  readonly people: readonly string[];
  /** Ascending; the stops of the slider. */
  readonly rates: readonly number[];
  readonly all: AllFaces;
  /** Index into `all` of this part's first face, `faces[0]`. */
  readonly from: number;
  readonly faces: readonly PageFace[];
  /** The pictures in this part, by number. */
  readonly pictures: Readonly<Record<number, PagePicture>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** The distance at the threshold of the run. */
  readonly threshold: number;
  /** Whether faces are appearances in films: no picture of their own can be opened, and none can be corrected. */
  readonly films: boolean;
}

export interface PageFace {
  /** Number of the face in its picture, from 1, left to right. */
  readonly face: number;
  /** Where the face is in a group of several rows: `row 2, column 1`. */
  readonly seat?: string | undefined;
  /** Left, top, right, bottom: pixels of the upright picture, half-open; may reach past its edge. */
  readonly box: readonly [number, number, number, number];
  readonly distance: number;
}

export interface PagePicture {
  /** As it was given or found. */
  readonly path: string;
  /** The same, safe to show. */
  readonly shown: string;
  /** URL from the report to the picture, or into the film; undefined for standard input. */
  readonly href?: string | undefined;
  /** Whether it is a film, of which the page shows a small picture alone. */
  readonly isStill?: boolean | undefined;
}

/** One face that a person has judged. */
export interface Correction {
  /** The picture's path, as fr-recognize was given it or found it. */
  picture: string;
  face: number;
  box: { left: number; top: number; right: number; bottom: number };
  /** Name of the person that the face was compared with. */
  person: string;
  /** The user's answer: is this face that person? */
  same_person: boolean;
}

/** corrections.json, which the page offers for download and `fr-train --corrections` takes. */
export interface Corrections {
  /** Version of this format. */
  version: 1;
  /** The folder that relative paths start from. */
  folder: string;
  corrections: Correction[];
}
