// The picture of nobody with which a deployment is tried out: the real sidecar finds a face in it that the trainer accepts.
import { expect, test } from 'vitest';
import { MODEL_ROWS, stranger } from '../../../deploy/cloud/verify.ts';
import { drawNobody } from '../../../deploy/image/portrait.ts';
import { MIN_SHARPNESS } from '../../../handler/enrolling.ts';
import { recognize } from '../../../handler/recognizer.ts';
import { train } from '../../../handler/trainer.ts';
import { newSidecar } from '../../handler/helpers.ts';

test('shows one sharp face, which its own model recognises and an invented model does not', async () => {
  const sidecar = newSidecar();
  try {
    const picture = await drawNobody();
    const { facevectors, faces_found, face } = await train(picture, {}, sidecar);
    expect(faces_found).toBe(1);
    expect(face.sharpness).toBeGreaterThan(1.5 * MIN_SHARPNESS);
    expect(facevectors.split('\n').filter((line) => line && !line.startsWith('#'))).toHaveLength(MODEL_ROWS);
    expect((await recognize(picture, facevectors, {}, sidecar)).face_present).toBe('True');
    const other = await recognize(picture, stranger(facevectors), {}, sidecar);
    expect(other.face_present).toBe('False');
    expect(other.faces[0]?.distance).toBeGreaterThan(1);
  } finally {
    sidecar.close();
  }
});
