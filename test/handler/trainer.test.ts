// Making a person's model from a photo, asked as Lambda does.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eyeDistance } from '../../handler/advice.ts';
import { MIN_EYE_DISTANCE_PX, MIN_SHARPNESS } from '../../handler/enrolling.ts';
import { FaceError } from '../../handler/errors.ts';
import { EMBEDDER } from '../../handler/matching/embedder.ts';
import { parseModel } from '../../handler/matching/vectors.ts';
import type { Face } from '../../handler/sidecar/faces.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { handler } from '../../handler/trainer.ts';
import { groupPhoto, masked, nobody, notPython, portrait } from './helpers.ts';

let ann: Buffer;
let group: Face[];

beforeAll(async () => {
  ann = await (await portrait('ann')).jpeg().toBuffer();
  group = await processSidecar().describe(groupPhoto());
});

afterAll(() => processSidecar().close());

function event(picture: Buffer, more: object = {}) {
  return { base64_image: picture.toString('base64'), ...more };
}

/** The failure, as Lambda would report it. */
async function failureOf(request: unknown): Promise<{ errorType: string; code: string; message: string }> {
  const error = await handler(request).then(
    () => expect.fail('a model is made'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FaceError);
  const { name, code, message } = error as FaceError;
  expect(message).not.toContain('\n');
  return { errorType: name, code, message };
}

describe('a model', () => {
  test('is a CSV of 8 distinct vectors, of which the first is of the face as photographed', async () => {
    const { facevectors, embedder } = await handler(event(ann));
    const rows = parseModel(facevectors);
    expect(rows).toHaveLength(8);
    expect(new Set(rows.map((row) => row.join())).size).toBe(8);
    const [face] = await processSidecar().describe(ann);
    expect(rows[0]).toEqual(face?.vector);
    expect(embedder).toBe(EMBEDDER);
  });

  test('comes with the face that it was made from', async () => {
    const { face, faces_found } = await handler(event(ann));
    const [{ box, score, landmarks, sharpness, brightness }] = (await processSidecar().describe(ann)) as [Face];
    expect(faces_found).toBe(1);
    expect(face).toEqual({ face: 1, box, score, landmarks, sharpness, brightness });
  });

  test('is the same text every time, however the base64 is broken into lines', async () => {
    const base64_image = ann.toString('base64');
    const plain = await handler({ base64_image });
    expect(await handler({ base64_image })).toEqual(plain);
    expect(await handler({ base64_image: base64_image.replace(/.{76}/g, '$&\n') })).toEqual(plain);
  });

  test("comes in an answer that Python's eval can read", async () => {
    const answer = await handler(event(ann));
    expect(notPython(answer)).toEqual([]);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });
});

describe('of several faces', () => {
  test('none is used, and the failure says how many there are and where', async () => {
    const { errorType, code, message } = await failureOf(event(groupPhoto()));
    expect({ errorType, code }).toEqual({ errorType: 'ManyFacesError', code: 'MANY_FACES' });
    expect(message).toContain('4 faces found and one is needed');
    for (const { face, box } of group) {
      expect(message).toContain(`${face} at ${box.left},${box.top} to ${box.right},${box.bottom}`);
    }
  });

  test.each([1, 2, 3, 4])('number %i is used if it is chosen', async (number) => {
    const { face, facevectors, faces_found } = await handler(event(groupPhoto(), { face: number }));
    const chosen = group[number - 1] as Face;
    expect(faces_found).toBe(4);
    expect(face).toMatchObject({ face: number, box: chosen.box });
    const rows = parseModel(facevectors);
    expect(rows).toHaveLength(8);
    expect(rows[0]).toEqual(chosen.vector);
  });

  test.each([5, 2 ** 31 - 1])('number %i of four is refused, and the failure says where they are', async (face) => {
    const { errorType, message } = await failureOf(event(groupPhoto(), { face }));
    expect(errorType).toBe('ManyFacesError');
    expect(message).toContain(`there is no face ${face} among the 4 found: 1 at `);
  });
});

describe('a face much smaller than the largest', () => {
  test('is ignored unless it is chosen, and a note says where it is', async () => {
    const picture = await beside(ann, await (await portrait('cal', 130)).png().toBuffer());
    const { face, faces_found, notes, facevectors } = await handler(event(picture));
    expect(faces_found).toBe(2);
    expect(face.face).toBe(1);
    expect(notes).toEqual([expect.stringMatching(/^1 smaller face is ignored; .* --face N: 2 at \d+,\d+ to \d+,\d+$/)]);
    expect(parseModel(facevectors)).toHaveLength(8);
    const chosen = await handler(event(picture, { face: 2 }));
    expect(chosen.face.face).toBe(2);
    expect(chosen.notes).toBeUndefined();
  });

  test('never stands in for a larger one that a plain look does not find', async () => {
    const picture = await beside(await masked(), await (await portrait('cal', 130)).png().toBuffer());
    const plain = await processSidecar().describe(picture);
    expect(plain).toHaveLength(1);
    expect(plain[0]?.box.left).toBeGreaterThan(300);
    const { face, notes, advice } = await handler(event(picture));
    expect(face.box.right).toBeLessThan(300);
    expect(notes).toEqual([expect.stringContaining('1 smaller face is ignored')]);
    expect(advice).toEqual([expect.stringContaining('mouth covered')]);
  });

  /** The second picture, smaller than the first, to its right. */
  function beside(large: Buffer, small: Buffer): Promise<Buffer> {
    return sharp({ create: { width: 470, height: 300, channels: 3, background: '#888888' } })
      .composite([
        { input: large, left: 0, top: 0 },
        { input: small, left: 320, top: 80 },
      ])
      .png()
      .toBuffer();
  }
});

describe('the only face', () => {
  test('is number 1, and there is no number 2', async () => {
    expect(await handler(event(ann, { face: 1 }))).toEqual(await handler(event(ann)));
    expect(await failureOf(event(ann, { face: 2 }))).toMatchObject({ errorType: 'ManyFacesError' });
  });

  test('is refused when it is too small', async () => {
    const small = await (await portrait('ann', 74)).png().toBuffer();
    const [face] = (await processSidecar().describe(small)) as [Face];
    expect(eyeDistance(face)).toBeLessThan(MIN_EYE_DISTANCE_PX);
    const failure = await failureOf(event(small));
    expect(failure).toMatchObject({ errorType: 'ImageError', code: 'FACE_TOO_SMALL' });
    expect(failure.message).toContain(`${MIN_EYE_DISTANCE_PX} are needed`);
  });

  test('is refused when it is too blurred', async () => {
    const blurred = await (await portrait('ann', 400)).blur(8).png().toBuffer();
    const [face] = (await processSidecar().describe(blurred)) as [Face];
    expect(face.sharpness).toBeLessThan(MIN_SHARPNESS);
    const failure = await failureOf(event(blurred));
    expect(failure).toMatchObject({ errorType: 'ImageError', code: 'FACE_TOO_BLURRED' });
    expect(failure.message).toContain(`${MIN_SHARPNESS} is needed`);
  });
});

test('a photo of nobody is a NoFaceError, whichever face is asked for', async () => {
  const none = await nobody().png().toBuffer();
  expect(await failureOf(event(none))).toMatchObject({ errorType: 'NoFaceError', code: 'NO_FACE' });
  expect(await failureOf(event(none, { face: 2 }))).toMatchObject({ errorType: 'NoFaceError' });
});

test('a file that is not a picture is an ImageError', async () => {
  const failure = await failureOf(event(Buffer.from('a letter')));
  expect(failure).toMatchObject({ errorType: 'ImageError', code: 'UNUSABLE_PICTURE' });
});

test('an event that cannot be used is a RequestError', async () => {
  expect(await failureOf({ image: 'none' })).toMatchObject({ errorType: 'RequestError', code: 'BAD_REQUEST' });
});

test('the eye distance is measured between the centres of the eyes', () => {
  const landmarks: Face['landmarks'] = [
    [100, 0],
    [80, 0],
    [0, 40],
    [20, 0],
    [50, 60],
  ];
  expect(eyeDistance({ landmarks })).toBeCloseTo(Math.hypot(80, 20), 10);
});
