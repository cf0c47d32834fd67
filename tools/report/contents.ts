// Sorts what a run saw into the parts of a report.
import { dirname, resolve } from 'node:path';
import { LEAST_FMR, MOST_FMR } from '../../handler/matching/calibration.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import { clock } from '../cli/clock.ts';
import { showName } from '../cli/names.ts';
import { hrefFrom } from './markup.ts';
import type { PageData, PagePicture } from './page-data.ts';
import { type AllFaces, sliderRates } from './places.ts';

/** The most faces in one file, and the most pictures without a face. */
const MOST_IN_PART = 5_000;

/** A judged face, with what a report needs of its record. */
export interface SeenFace {
  picture: number;
  face: number;
  box: Box;
  distance: number;
  rate: number;
  matched: boolean;
  /** An index into the people. */
  person: number;
  /** Its row and column in a group of several rows. */
  seat?: string | undefined;
  /** WebP; undefined if it could not be cut out. */
  crop?: Buffer | undefined;
  /** Of a film: when it appears. */
  moment?: Moment | undefined;
}

/** When a face appears in a film, in seconds. */
export interface Moment {
  /** An index into the films. */
  film: number;
  from: number;
  to: number;
  best: number;
}

export interface SeenFilm {
  path: string;
  endS: number;
}

export interface Faceless {
  picture: number;
  /** WebP of the whole picture. */
  small?: Buffer | undefined;
}

export interface Refusal {
  picture: number;
  message: string;
}

export interface Seen {
  /** Paths, as they were given or found. Each appearance in a film counts as a picture. */
  pictures: string[];
  films: SeenFilm[];
  faces: SeenFace[];
  faceless: Faceless[];
  refused: Refusal[];
}

/** How the run judged. */
export interface Run {
  people: readonly string[];
  /** With --gallery. */
  gallery: boolean;
  /** Whether films were judged. */
  films?: boolean | undefined;
  ownRate: number;
  threshold: number;
}

/** What one file of a report shows. */
export interface Part {
  data: PageData;
  faces: readonly SeenFace[];
  faceless: readonly Faceless[];
  refused: readonly Refusal[];
}

/** Parts of a report, at least one. The best faces come first; refused pictures are in the first part. */
export function partsOf(seen: Seen, run: Run, reportPath: string, mostInPart = MOST_IN_PART): Part[] {
  const faces = [...seen.faces].sort(
    (a, b) => Number(b.matched) - Number(a.matched) || a.rate - b.rate || a.distance - b.distance,
  );
  const all: AllFaces = {
    picture: faces.map(({ picture }) => picture),
    person: faces.map(({ person }) => person),
    rate: faces.map(({ rate }) => rate),
    matched: faces.filter(({ matched }) => matched).length,
  };
  const parts = Math.max(1, Math.ceil(Math.max(faces.length, seen.faceless.length) / mostInPart));
  return Array.from({ length: parts }, (_, part) => {
    const from = part * mostInPart;
    const here = faces.slice(from, from + mostInPart);
    const faceless = seen.faceless.slice(from, from + mostInPart);
    const refused = part === 0 ? seen.refused : [];
    const shown = [...here, ...faceless, ...refused].map(({ picture }) => picture);
    const data: PageData = {
      people: run.people,
      ownRate: run.ownRate,
      oneEach: run.gallery,
      threshold: run.threshold,
      rates: sliderRates(LEAST_FMR, MOST_FMR, run.ownRate),
      all,
      from,
      faces: here.map(({ face, seat, box, distance }) => ({
        face,
        seat,
        box: [box.left, box.top, box.right, box.bottom],
        distance,
      })),
      pictures: picturesOf(shown, seen.pictures, dirname(resolve(reportPath))),
      folder: process.cwd(),
      films: run.films ?? false,
    };
    addMoments(here, data.pictures);
    return { data, faces: here, faceless, refused };
  });
}

/** A link to a film leads to the moment: players and browsers know it as a media fragment. */
function addMoments(faces: readonly SeenFace[], pictures: Record<number, PagePicture>): void {
  for (const { picture, moment } of faces) {
    const known = pictures[picture];
    if (!moment || !known) continue;
    const { path, shown, href } = known;
    const when = `${clock(moment.from)} to ${clock(moment.to)}`;
    pictures[picture] = {
      path,
      shown: `${shown}, ${when}`,
      ...(href && { href: `${href}#t=${moment.from}` }),
      isStill: true,
    };
  }
}

function picturesOf(numbers: readonly number[], paths: readonly string[], folder: string): Record<number, PagePicture> {
  const pictures: Record<number, PagePicture> = {};
  for (const number of numbers) {
    const path = paths[number] as string;
    const isFile = path !== '-';
    pictures[number] ??= {
      path,
      shown: isFile ? showName(path) : 'standard input',
      ...(isFile && { href: hrefFrom(folder, path) }),
    };
  }
  return pictures;
}
