// A face in the picture being judged -> what matching needs of it, and what answers say about that.
import { turnOf } from './advice.ts';
import type { ComputedFrom } from './answers.ts';
import type { Face } from './faces.ts';
import { type Cohort, type Comparison, prepare, type Subject } from './matcher.ts';
import { textBeside } from './numbers.ts';

/** Beyond this turn a verdict of False says little; measured in tools/lab/README.md, "Turned faces". Eye distances. */
const MOST_JUDGED_TURN = 0.4;

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

/** A line about a face that is turned too far for a False to say much; none about any other. */
export function turnedNotes(looks: readonly Face[]): string[] {
  const [face] = looks as [Face];
  const turn = Math.abs(turnOf(face));
  if (!(turn > MOST_JUDGED_TURN)) return [];
  return [
    `face ${face.face} is turned away: the nose is ${textBeside(turn, MOST_JUDGED_TURN, 2)} eye distances off the middle, ` +
      `and beyond ${MOST_JUDGED_TURN} half of the true matches or more are missed: a False says little`,
  ];
}
