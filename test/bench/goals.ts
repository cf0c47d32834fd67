// What this project wants of its speed, as ratios in one run, and how far the floor under each still is.

import { DISK, MEMORY, START } from './processes.ts';
import { figure, markdown, type Runs } from './runs.ts';
import { DETECTION, HANDLER, ONE_FACE, PICTURE } from './tasks.ts';

const GIGAFLOPS_A_FACE = 0.542; // 270.85 million multiply-adds, of direct convolutions
// Of dlib's time: the filters' 0.31 GMAC a megapixel and a pyramid, at 10-12 ms where dlib took 84.
const DETECTION_FLOOR = 0.13;
const WEIGHTS_MB = 22.4; // 5.607 million numbers of 4 bytes

/** Peaks of this processor, GFLOP/s. */
export interface Peaks {
  widest: number;
  avx2: number;
}

interface Goal {
  what: string;
  task: string;
  ours?: string;
  ourTask?: string;
  /** Nothing: the goal is no ratio. */
  peer?: string;
  most: number;
  floor: number;
  under: string;
}

function goalsOf(runs: Runs, { widest, avx2 }: Peaks): Goal[] {
  const direct = (peak: number) => (GIGAFLOPS_A_FACE / peak) * 1e3;
  const embedding = { what: 'embedding', task: ONE_FACE, floor: direct(widest) };
  const under = `direct convolution at ${widest} GFLOP/s, the measured peak`;
  const found = 'dlib as found';
  const read = runs.median('a picture of 0.2 megapixels, ms', 'ours');
  const disk = { what: 'executable and model, MB', task: DISK, most: 31, floor: WEIGHTS_MB };
  return [
    { ...embedding, peer: found, most: 0.13, under },
    { ...embedding, peer: 'dlib, SSE3 kernels', most: 0.13, under: 'the same' },
    { ...embedding, peer: 'dlib, best kernels', most: 0.25, under: 'the same' },
    {
      ...{ ...embedding, what: 'embedding by AVX2', ours: 'ours, AVX2', peer: 'dlib, AVX2 kernels', most: 0.38 },
      ...{ floor: direct(avx2), under: `the same at ${avx2} GFLOP/s` },
    },
    {
      ...{ what: 'detection', task: DETECTION, peer: found, most: 0.25 },
      ...{ floor: DETECTION_FLOOR * runs.median(DETECTION, found), under: 'of dlib 0.13, a rough count' },
    },
    { what: 'start', task: START, peer: found, most: 0.03, floor: read, under: 'the picture alone, in a warm worker' },
    { what: 'memory', task: MEMORY, peer: found, most: 0.65, floor: WEIGHTS_MB, under: 'the weights' },
    { ...disk, under: 'the weights, as fp32' },
    {
      ...{ what: 'warm handler', task: PICTURE, ourTask: HANDLER, peer: found, most: 0.25 },
      ...{
        floor: runs.median('the same with two looks a face, ms', 'ours'),
        under: 'the sidecar alone, its two looks',
      },
    },
  ];
}

/** A row a goal; one whose peer is not here has no figure. */
export function goalsTable(runs: Runs, peaks: Peaks): string {
  const rows = goalsOf(runs, peaks).map(({ what, task, ours = 'ours', ourTask = task, peer, most, floor, under }) => {
    const mine = runs.median(ourTask, ours);
    const theirs = peer ? runs.median(task, peer) : 1;
    const ratio = mine / theirs;
    const met = Number.isNaN(ratio) ? '' : ratio <= most ? 'yes' : 'no';
    const ratioShown = Number.isNaN(ratio) || !peer ? '' : ratio.toFixed(3);
    const over = (mine / floor).toFixed(1);
    return [
      what,
      figure(mine),
      peer ?? '',
      peer ? figure(theirs) : '',
      ratioShown,
      `${most}`,
      met,
      `${over} x ${figure(floor)}: ${under}`,
    ];
  });
  return markdown(['goal', 'ours', 'beside', '', 'ratio', 'at most', 'met', 'ours in floors'], rows);
}
