// fr-recognize --csv: a row for every face, one for a picture without a face, and one for a picture that cannot be judged.
import { stringify } from 'csv-stringify/sync';
import { oneLine } from '../deploy/shell/one-line.ts';
import { showName } from './cli/names.ts';
import type { PictureRecord } from './recognition-output.ts';

const BOX = ['left', 'top', 'right', 'bottom'] as const;

/** The first row. @param named whether faces have names, not verdicts: with --gallery. */
export function csvHead(named: boolean): string {
  return stringify([['picture', 'face', named ? 'name' : 'verdict', 'distance', 'false_match_rate', ...BOX, 'error']]);
}

/** The rows of one picture. Names that are not safe to print are quoted as in other output. */
export function csvRows({ path, answer, error }: PictureRecord): string {
  const picture = showName(path);
  const nothing = Array.from({ length: 2 + BOX.length }, () => '');
  if (error) return stringify([[picture, '', '', ...nothing, oneLine(error.message)]]);
  const named = 'people' in answer;
  if (answer.faces.length === 0) return stringify([[picture, '', named ? '' : answer.face_present, ...nothing, '']]);
  const rows = answer.faces.map((face) => {
    const { distance, false_match_rate: rate, box } = face;
    const who = 'name' in face ? showName(face.name) : face.verdict;
    return [picture, face.face, who, distance, rate, ...BOX.map((side) => box[side]), ''];
  });
  return stringify(rows);
}
