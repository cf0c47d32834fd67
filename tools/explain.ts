// An answer -> the lines that let a person recompute its verdicts.
import type { Explanation, JudgedFace, RecognizeAnswer } from '../handler/protocol.ts';

/** One line a face, then what its distance is made of. Numbers carry the digits that the arithmetic needs. */
export function explainAnswer(picture: string, { faces, threshold }: RecognizeAnswer): string[] {
  if (faces.length === 0) return [`${picture}: no face found, so False`];
  return faces.flatMap((face) => explainFace(picture, face, threshold));
}

function explainFace(picture: string, face: JudgedFace, threshold: number): string[] {
  const { left, top, right, bottom } = face.box;
  const place = `${picture}: face ${face.face} at ${left},${top} to ${right},${bottom}`;
  const relation = face.verdict === 'True' ? '<=' : '>';
  const verdict = `${place}: ${face.verdict}: distance ${digits(face.distance)} ${relation} threshold ${threshold}`;
  return face.explanation ? [...addMargin(verdict, face.explanation), ...explainDistance(face.explanation)] : [verdict];
}

function addMargin(verdict: string, { margin }: Explanation): string[] {
  return [`${verdict}, margin ${digits(margin)}`];
}

function explainDistance({ gallery, cohort, cohort_distance }: Explanation): string[] {
  const own = digits(cohort_distance);
  return [
    '  distance = Euclidean distance to a gallery row / mean of the two cohort distances; rows count from 0',
    ...gallery.map(
      ({ row, euclidean, cohort_distance: others, distance }) =>
        `  gallery row ${row}: ${digits(euclidean)} / ((${own} + ${digits(others)}) / 2) = ${digits(distance)}`,
    ),
    `  cohort distance ${own} = mean Euclidean distance to the ${cohort.length} nearest cohort vectors:`,
    `    ${cohort.map(({ vector, euclidean }) => `#${vector} ${digits(euclidean)}`).join(', ')}`,
  ];
}

function digits(value: number): string {
  return value.toFixed(6);
}
