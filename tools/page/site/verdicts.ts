// Which faces match at the slider's rate: the report's own arithmetic, over the pictures that are on the page.
import type { JudgedFace, RecognizeAnswer } from '../../../handler/answers.ts';
import { DEFAULT_FMR, LEAST_FMR, MOST_FMR } from '../../../handler/matching/calibration.ts';
import { countChanges, countMatches, type Place, placesAt, sliderRates } from '../../report/places.ts';
import { count, rateText } from '../../report/words.ts';

/** The slider's stops, ascending. */
export const RATES = sliderRates(LEAST_FMR, MOST_FMR, DEFAULT_FMR);
export const OWN_STOP = RATES.indexOf(DEFAULT_FMR);

const JUDGING = { ownRate: DEFAULT_FMR, oneEach: false };

/** The place of every face of every picture, in their order, and a sentence that counts them. */
export function verdictsAt(rate: number, answers: readonly RecognizeAnswer[]): { places: Place[][]; words: string } {
  const faces = answers.flatMap(({ faces }, picture) => faces.map((face) => ({ face, picture })));
  // The report wants those that matched first.
  const order = faces.map((_, i) => i).sort((a, b) => rank(faces[a]?.face) - rank(faces[b]?.face));
  const all = {
    picture: order.map((i) => faces[i]?.picture as number),
    person: order.map(() => 0),
    rate: order.map((i) => faces[i]?.face.false_match_rate as number),
    matched: faces.filter(({ face }) => face.verdict === 'True').length,
  };
  const sorted = placesAt(rate, all, JUDGING);
  const places: Place[][] = answers.map(() => []);
  const byFace = new Map(order.map((i, at) => [i, sorted[at] as Place]));
  for (const [i, { picture }] of faces.entries()) places[picture]?.push(byFace.get(i) as Place);
  const { faces: matched, pictures } = countMatches(sorted, all);
  const changed = countChanges(placesAt(DEFAULT_FMR, all, JUDGING), sorted);
  const change = rate === DEFAULT_FMR ? '' : ` ${count(changed, 'verdict')} would change.`;
  const words = `${count(matched, 'face')} in ${count(pictures, 'picture')} of ${answers.length.toLocaleString('en')} ${matched === 1 ? 'matches' : 'match'}.${change}`;
  return { places, words };
}

function rank(face: JudgedFace | undefined): number {
  return (face?.verdict === 'True' ? 0 : 2) + (face?.false_match_rate ?? 0);
}

/** What is said of a face. */
export function faceWords(face: JudgedFace, place: Place, many: boolean): string {
  const who = many ? `Face ${face.face}: ` : '';
  const verdict = { matched: '✓ True', near: '≈ False, but near', rest: '✗ False' }[place];
  return `${who}${verdict} · rate ${rateText(face.false_match_rate, LEAST_FMR)}`;
}
