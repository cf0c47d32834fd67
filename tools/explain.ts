// Explains an answer in lines from which its verdicts can be recomputed.

import type { Explanation, JudgedFace, RecognizeAnswer } from '../handler/answers.ts';
import { LEAST_FMR, showRate } from '../handler/matching/calibration.ts';
import { PAIR } from '../handler/matching/curve.ts';
import { textBeside } from '../handler/numbers.ts';

/** One line a face, then lines that show how its distance is computed, with as many digits as that needs. */
export function explainAnswer(picture: string, { faces, threshold }: RecognizeAnswer): string[] {
  if (faces.length === 0) return [`${picture}: no face found, so False`];
  return faces.flatMap((face) => explainFace(picture, face, threshold));
}

function explainFace(picture: string, face: JudgedFace, threshold: number): string[] {
  const { left, top, right, bottom } = face.box;
  const place = `${picture}: face ${face.face} at ${left},${top} to ${right},${bottom}`;
  const relation = face.verdict === 'True' ? '<=' : '>';
  const rate = `false match rate ${showMeasured(face.false_match_rate)}`;
  const verdict = `${place}: ${face.verdict}: distance ${textBeside(face.distance, threshold, 6)} ${relation} threshold ${threshold}, ${rate}`;
  return face.explanation
    ? [...addMargin(verdict, face.explanation), ...explainDistance(face.explanation, face)]
    : [verdict];
}

function addMargin(verdict: string, { margin }: Explanation): string[] {
  return [`${verdict}, margin ${digits(margin)}`];
}

function explainDistance(explanation: Explanation, { distance, computed_from }: JudgedFace): string[] {
  const { background, model_background, rows } = explanation;
  const { euclidean, pair_background, turn } = computed_from;
  const [own, others] = [digits(background.ratio), digits(model_background.ratio)];
  return [
    '  distance = Euclidean distance of the face and the model / background of the two together',
    `  ${digits(euclidean)} / ${digits(pair_background)} = ${digits(distance)}`,
    '  background = mean distance to the nearest sixteenth of the cohort / to all of it',
    `  the face's ${digits(background.near)} / ${digits(background.all)} = ${own}${likeIt(background.ratio)}, ` +
      `the model's ${digits(model_background.near)} / ${digits(model_background.all)} = ${others}${likeIt(model_background.ratio)}`,
    `  of the two together, with a turn of ${digits(turn)}: ${wordsFor(pair_background)}`,
    `  nearest rows of the model, from 0: ${rows.map(({ row, euclidean: away }) => `#${row} ${digits(away)}`).join(', ')}`,
  ];
}

/** A rate as text. Rates below LEAST_FMR were not measured. */
function showMeasured(rate: number): string {
  return rate < LEAST_FMR ? `below ${showRate(LEAST_FMR)}` : String(rate);
}

/** Backgrounds that bound the tenth of people with the smallest and the tenth with the largest one, on CFP and LFW. */
const [CROWDED, LONELY] = [0.795, 0.858];

function likeIt(ratio: number): string {
  if (ratio < CROWDED) return ' (many people look like this)';
  return ratio > LONELY ? ' (few people look like this)' : '';
}

function wordsFor(background: number): string {
  const share = background / PAIR.typical;
  const percent = `${Math.round(Math.abs(100 * (share - 1)))} %`;
  if (percent === '0 %') return 'they match at the distance of a usual pair';
  return share < 1
    ? `they must come ${percent} closer than a usual pair, since strangers like these come nearer`
    : `they may be ${percent} further apart than a usual pair, since strangers like these stay further off`;
}

function digits(value: number): string {
  return value.toFixed(6);
}
