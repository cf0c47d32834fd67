// What a report's page is told, as JSON inside it: shared by the writer and the page's script.
import type { AllFaces, Judging } from './places.ts';

export interface PageData extends Judging {
  /** Names of those who were looked for. */
  readonly people: readonly string[];
  /** Ascending; the stops of the slider. */
  readonly rates: readonly number[];
  readonly all: AllFaces;
  /** This part shows the faces of `all` from here on, one for each of `faces`. */
  readonly from: number;
  readonly faces: readonly PageFace[];
  /** The pictures that this part shows, by their number. */
  readonly pictures: Readonly<Record<number, PagePicture>>;
  /** Where the pictures' paths start. */
  readonly folder: string;
  /** The distance of the threshold as judged. */
  readonly threshold: number;
}

export interface PageFace {
  /** Number of the face in its picture, from 1, left to right. */
  readonly face: number;
  /** `row 2, column 1`, in a group of several rows. */
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
  /** From the report to the picture; none for standard input. */
  readonly href?: string | undefined;
}

/** One face that a person has judged. */
export interface Correction {
  /** The picture's path, as fr-recognize was given it or found it. */
  picture: string;
  face: number;
  box: { left: number; top: number; right: number; bottom: number };
  /** Name of the person that the face was compared with. */
  person: string;
  /** What the person who looked says: is this face that person? */
  same_person: boolean;
}

/** corrections.json, which the page offers for download and `fr-train --corrections` takes. */
export interface Corrections {
  /** Of this format. */
  version: 1;
  /** Where the pictures' paths start. */
  folder: string;
  corrections: Correction[];
}
