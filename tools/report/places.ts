// Where each face of a report stands at a false match rate: matched, a near miss, or the rest. The writer draws the page by
// it, and the page's script draws it again when the rate is changed.

/** A near miss matches at this many times the rate: what `fr-recognize --unsure` calls Unsure. */
export const NEAR_FACTOR = 10;

/** Every face of a report, also of its other parts, best first: one list a property, since there may be 10,000. */
export interface AllFaces {
  /** Number of the picture, from 0. */
  readonly picture: readonly number[];
  /** Whom the face was given, or was nearest to: a number into the report's people. */
  readonly person: readonly number[];
  /** The false match rate at which it would just be accepted, 0 to 1. */
  readonly rate: readonly number[];
  /** So many of the first faces matched when the pictures were judged. */
  readonly matched: number;
}

/** How a report's verdicts came about. */
export interface Judging {
  /** The rate that was accepted when the pictures were judged. */
  readonly ownRate: number;
  /** Whether a person gets at most one face of a picture: with --gallery. */
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

/** The rates that the slider stops at, ascending: ten a decade from `least` to `most`, and the run's own. */
export function sliderRates(least: number, most: number, own: number): number[] {
  const [from, to] = [Math.round(10 * Math.log10(least)), Math.round(10 * Math.log10(most))];
  const even = Array.from({ length: to - from + 1 }, (_, i) => Number((10 ** ((from + i) / 10)).toPrecision(2)));
  return [...new Set([...even, own])].sort((a, b) => a - b);
}
