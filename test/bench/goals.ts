// What this project wants of its speed, as ratios in one run, and how far from the floor it still is.
import { fedTitle, programTitle } from './many.ts';
import { ONE_THREAD, TWO_THREADS } from './peers.ts';
import { DISK, MEMORY, START } from './processes.ts';
import { figure, markdown, type Runs } from './runs.ts';
import {
  DETECTION,
  EIGHT_ALONE,
  EIGHT_FACES,
  HANDLER,
  HOG,
  LARGE_HOG,
  LARGE_NO_FACE,
  LARGE_PICTURE,
  LOOKS,
  NO_FACE,
  ONE_FACE,
  PICTURE,
  SMALL_PICTURE,
} from './tasks.ts';

const GIGAFLOPS_A_FACE = 0.542; // 270.85 million multiply-adds, of direct convolutions
// dlib's share: 10-12 ms a megapixel for filters (0.31 GMAC) and pyramid, counted where dlib took 84.
const DETECTION_FLOOR = 0.13;
const WEIGHTS_MB = 22.4; // 5.607 million numbers of 4 bytes

/** Peaks of this processor, GFLOP/s. */
export interface Peaks {
  widest: number;
  avx2: number;
}

interface Goal {
  what: string;
  /** A task and who does it. */
  ours: [task: string, peer: string];
  /** Nothing where the goal is no ratio. */
  theirs?: [task: string, peer: string];
  most: number;
  /** In the unit of the task. */
  floor: number;
  under: string;
}

function goalsOf(runs: Runs, { widest, avx2 }: Peaks): Goal[] {
  const found = 'dlib as found';
  const direct = (peak: number) => ({
    floor: (GIGAFLOPS_A_FACE / peak) * 1e3,
    under: `direct convolution at the measured ${peak} GFLOP/s`,
  });
  const embedding = (peer: string, most: number): Goal => ({
    what: 'embedding, ms a face',
    ours: [ONE_FACE, 'ours'],
    theirs: [ONE_FACE, peer],
    most,
    ...direct(widest),
  });
  return [
    embedding(found, 0.13),
    embedding('dlib, SSE3 kernels', 0.13),
    embedding('dlib, best kernels', 0.25),
    {
      what: 'the same, both by AVX2',
      ours: [ONE_FACE, 'ours, AVX2'],
      theirs: [ONE_FACE, 'dlib, AVX2 kernels'],
      most: 0.38,
      ...direct(avx2),
    },
    {
      what: 'detection, ms a megapixel',
      ours: [DETECTION, 'ours'],
      theirs: [DETECTION, found],
      most: 0.11,
      floor: DETECTION_FLOOR * runs.median(DETECTION, found),
      under: `${DETECTION_FLOOR} of dlib, a rough count`,
    },
    {
      what: 'a picture of 12 megapixels, ms',
      ours: [LARGE_PICTURE, 'ours'],
      theirs: [LARGE_PICTURE, found],
      most: 0.13,
      floor: 12 * DETECTION_FLOOR * runs.median(DETECTION, found),
      under: `finding alone, by ${DETECTION_FLOOR} of dlib`,
    },
    {
      what: 'the same on two threads, ms by the clock',
      ours: [LARGE_PICTURE, TWO_THREADS],
      theirs: [LARGE_PICTURE, ONE_THREAD],
      most: 0.6,
      floor: runs.median(LARGE_PICTURE, ONE_THREAD) / 2,
      under: 'half of it',
    },
    {
      what: 'a picture of 8 faces, ms',
      ours: [EIGHT_FACES, 'ours'],
      theirs: [EIGHT_FACES, found],
      most: 0.12,
      floor: runs.median(EIGHT_ALONE, 'ours'),
      under: 'the network alone',
    },
    ...[
      { what: 'finding no face in 0.7 megapixels, ms', all: NO_FACE, hog: HOG },
      { what: 'finding no face in 12 megapixels, ms', all: LARGE_NO_FACE, hog: LARGE_HOG },
    ].map(({ what, all, hog }) => ({
      what,
      ours: [all, 'ours'] as Goal['ours'],
      theirs: [hog, 'ours'] as Goal['ours'],
      most: 3,
      floor: runs.median(hog, 'ours'),
      under: "HOG's look, here the peer",
    })),
    {
      what: 'start to first vector, ms',
      ours: [START, 'ours'],
      theirs: [START, found],
      most: 0.03,
      floor: runs.median(SMALL_PICTURE, 'ours'),
      under: 'the same picture in a warm process',
    },
    {
      what: 'peak memory, MB',
      ours: [MEMORY, 'ours'],
      theirs: [MEMORY, found],
      most: 0.65,
      floor: WEIGHTS_MB,
      under: 'the weights',
    },
    {
      what: 'executable and weights, MB',
      ours: [DISK, 'ours'],
      most: 31,
      floor: WEIGHTS_MB,
      under: 'the weights, as fp32',
    },
    {
      what: '0.7 megapixels by the warm handler (four looks) and by dlib (one), ms',
      ours: [HANDLER, 'ours'],
      theirs: [PICTURE, found],
      most: 0.25,
      floor: runs.median(LOOKS, 'ours'),
      under: 'the sidecar alone',
    },
    ...['0.06', '0.7'].map((megapixels) => ({
      what: `many of ${megapixels} megapixels by fr-recognize, and by a sidecar a core that is merely fed, ms a picture`,
      ours: [programTitle(megapixels), 'ours'] as Goal['ours'],
      theirs: [fedTitle(megapixels), 'ours'] as Goal['ours'],
      most: 1.11,
      floor: runs.median(fedTitle(megapixels), 'ours'),
      under: 'the sidecars alone',
    })),
  ];
}

/** A row a goal that was measured; one whose peer is not here has no ratio. */
export function goalsTable(runs: Runs, peaks: Peaks): string {
  const measured = goalsOf(runs, peaks).filter(({ ours }) => !Number.isNaN(runs.median(...ours)));
  const rows = measured.map(({ what, ours, theirs, most, floor, under }) => {
    const mine = runs.median(...ours);
    const other = theirs ? runs.median(...theirs) : 1;
    const value = mine / other;
    const met = Number.isNaN(value) ? '' : value <= most ? 'yes' : 'no';
    const beside = theirs ? [theirs[1], figure(other), Number.isNaN(value) ? '' : value.toFixed(3)] : ['', '', ''];
    return [what, figure(mine), ...beside, String(most), met, figure(floor), (mine / floor).toFixed(1), under];
  });
  const head = [
    'goal',
    'ours',
    'peer',
    'its figure',
    'ratio',
    'at most',
    'met',
    'floor',
    'ours in floors',
    'the floor is',
  ];
  return markdown(head, rows);
}
