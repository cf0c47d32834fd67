// Decides whether each face of a report is a match, a near miss or neither at a false match rate. The writer and the page's
// script share it.

/** A near miss matches at this many times the rate: what `fr-recognize --unsure` calls Unsure. */
export const NEAR_FACTOR = 10;

/** Every face of a report, including its other parts, best first. One list a property, because there may be 10,000 faces. */
export interface AllFaces {
  /** Number of the picture, from 0. */
  readonly picture: readonly number[];
  /** The person who was matched or is nearest: an index into the report's people. */
  readonly person: readonly number[];
  /** The false match rate at which it would just be accepted, 0 to 1. */
  readonly rate: readonly number[];
  /** How many faces, from the first, matched in the run. */
  readonly matched: number;
}

/** How a report's verdicts came about. */
export interface Judging {
  /** The rate that the run accepted. */
  readonly ownRate: number;
  /** Whether a person has at most one face in a picture, as with --gallery. */
  readonly oneEach: boolean;
}

export type Place = 'matched' | 'near' | 'rest';

/**
 * The place of every face at `rate`. At the rate of the run it is the run's own verdict, whatever rounding a rate went
 * through. A lower rate only takes matches away and a higher one only adds some.
 */
export function placesAt(rate: number, faces: AllFaces, { ownRate, oneEach }: Judging): Place[] {
  const taken = new Set<string>();
  return faces.rate.map((own, i) => {
    const before = i < faces.matched;
    const within = own <= rate;
    const accepted = rate === ownRate ? before : rate < ownRate ? before && within : before || within;
    const pair = `${faces.picture[i]} ${faces.person[i]}`;
    if (accepted && !(oneEach && taken.has(pair))) {
      taken.add(pair);
      return 'matched';
    }
    return own <= NEAR_FACTOR * rate ? 'near' : 'rest';
  });
}

/** How many faces match, and in how many pictures. */
export function countMatches(places: readonly Place[], { picture }: AllFaces): { faces: number; pictures: number } {
  const matched = picture.filter((_, i) => places[i] === 'matched');
  return { faces: matched.length, pictures: new Set(matched).size };
}

/** How many verdicts differ between two rates. */
export function countChanges(before: readonly Place[], after: readonly Place[]): number {
  return before.filter((place, i) => (place === 'matched') !== (after[i] === 'matched')).length;
}

/** The slider's rates, ascending: ten a decade from `least` to `most`, and the run's own. */
export function sliderRates(least: number, most: number, own: number): number[] {
  const [from, to] = [Math.round(10 * Math.log10(least)), Math.round(10 * Math.log10(most))];
  const even = Array.from({ length: to - from + 1 }, (_, i) => Number((10 ** ((from + i) / 10)).toPrecision(2)));
  return [...new Set([...even, own])].sort((a, b) => a - b);
}
