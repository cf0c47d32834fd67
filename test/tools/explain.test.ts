// An answer -> the lines of --explain.
import { expect, test } from 'vitest';
import type { RecognizeAnswer } from '../../handler/answers.ts';
import { explainAnswer } from '../../tools/explain.ts';

function answer(false_match_rate: number): RecognizeAnswer {
  const face = {
    face: 1,
    box: { left: 0, top: 0, right: 9, bottom: 9 },
    score: 1,
    landmarks: [],
    sharpness: 1,
    brightness: 128,
    verdict: 'True' as const,
    distance: 0.2,
    false_match_rate,
    computed_from: { euclidean: 0.1, background: 0.83, model_background: 0.83, turn: 0, pair_background: 0.83 },
    nearest_row: 0,
  };
  return { face_present: 'True', threshold: 0.4, embedder: 'any', faces: [face] };
}

test.each([
  [0.002, 'false match rate 0.002'],
  [1e-6, 'false match rate 0.000001'],
  [9e-7, 'false match rate below 1e-6'],
  [0, 'false match rate below 1e-6'],
])('a false match rate of %f is shown as measured, or as below the least that was', (rate, text) => {
  expect(explainAnswer('a.jpg', answer(rate))[0]).toMatch(new RegExp(`${text}$`));
});
