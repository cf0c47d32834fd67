// A face in the picture being judged -> what matching needs of it, and what answers say about that.
import { seemsTurned, turnOf } from './advice.ts';
import type { ComputedFrom } from './answers.ts';
import { type Cohort, type Comparison, prepare, type Subject } from './matching/matcher.ts';
import type { Face } from './sidecar/faces.ts';

/** One subject of the looks at one face. */
export function prepareProbe(looks: readonly Face[], cohort: Cohort): Subject {
  return prepare(
    looks.map(({ vector }) => vector),
    cohort,
    turnOf(looks[0] as Face),
  );
}

/** The numbers that a distance, and so its false match rate, was computed from. */
export function computedFrom(probe: Subject, gallery: Subject, comparison: Comparison): ComputedFrom {
  return {
    euclidean: comparison.euclidean,
    background: probe.background.ratio,
    model_background: gallery.background.ratio,
    turn: probe.turn,
    pair_background: comparison.background,
  };
}

/**
 * A line about a face that is turned too far for a False to say much; none about any other. It goes by the coach's sign: of
 * 82 faces of LFW that have it .62 of the true matches are found, and of 41 whose nose is as far off the middle and that
 * have it not, .84 (tools/lab/README.md).
 */
export function turnedNotes(looks: readonly Face[]): string[] {
  const [face] = looks as [Face];
  if (!seemsTurned(face)) return [];
  return [
    `face ${face.face} seems turned away, and of such faces four true matches in ten or more are missed: a False says little`,
  ];
}
