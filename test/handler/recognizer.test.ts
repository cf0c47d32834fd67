// A model and a picture -> is that person in it? As Lambda asks.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_FMR, falseMatchRate, thresholdFor } from '../../handler/calibration.ts';
import { shippedCohort } from '../../handler/cohort.ts';
import { FaceError } from '../../handler/errors.ts';
import { byFace } from '../../handler/faces.ts';
import { COHORT_SCALE, meanUnit, toUnit } from '../../handler/matcher.ts';
import type { RecognizeAnswer } from '../../handler/protocol.ts';
import { handler } from '../../handler/recognizer.ts';
import { processSidecar } from '../../handler/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { parseModel, VECTOR_SIZE } from '../../handler/vectors.ts';
import { groupPhoto, nobody, notPython, portrait } from './helpers.ts';

let annModel: string;
let beaModel: string;
/** Not the pixels that ann's model was made of: smaller, and its mirror image. */
let ann: Buffer;
let bea: Buffer;

beforeAll(async () => {
  annModel = (await train(await (await portrait('ann')).jpeg().toBuffer())).facevectors;
  beaModel = (await train(await (await portrait('bea')).jpeg().toBuffer())).facevectors;
  ann = await (await portrait('ann', 220)).flop().jpeg({ quality: 60 }).toBuffer();
  bea = await (await portrait('bea', 220)).flop().jpeg({ quality: 60 }).toBuffer();
});

afterAll(() => processSidecar().close());

function ask(model: string, picture: Buffer, more: object = {}): Promise<RecognizeAnswer> {
  return handler({
    base64_image: picture.toString('base64'),
    query_facevectors: Buffer.from(model).toString('base64'),
    ...more,
  }) as Promise<RecognizeAnswer>;
}

async function failureOf(answer: Promise<unknown>): Promise<FaceError> {
  const error = await answer.then(
    () => expect.fail('there is an answer'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FaceError);
  return error as FaceError;
}

describe('the answer', () => {
  test('is True for the person and False for another, one model after the other', async () => {
    expect(await ask(annModel, ann)).toMatchObject({
      face_present: 'True',
      threshold: thresholdFor(DEFAULT_FMR),
    });
    expect(await ask(beaModel, ann)).toMatchObject({ face_present: 'False' });
    expect(await ask(annModel, bea)).toMatchObject({ face_present: 'False' });
    expect(await ask(beaModel, bea)).toMatchObject({ face_present: 'True' });
  });

  test('is True for a group with the person in it, and says which face it is', async () => {
    const { face_present, faces } = await ask(annModel, groupPhoto());
    expect(face_present).toBe('True');
    expect(faces.map(({ face, verdict }) => [face, verdict])).toEqual([
      [1, 'False'],
      [2, 'False'],
      [3, 'True'],
      [4, 'False'],
    ]);
    const found = await processSidecar().describe(groupPhoto());
    expect(faces.map(({ box, score, landmarks, sharpness }) => ({ box, score, landmarks, sharpness }))).toEqual(
      found.map(({ box, score, landmarks, sharpness }) => ({ box, score, landmarks, sharpness })),
    );
  });

  test('is False for a group without the person', async () => {
    const calModel = (await train(await (await portrait('cal')).jpeg().toBuffer())).facevectors;
    expect(await ask(calModel, groupPhoto())).toMatchObject({ face_present: 'False' });
  });

  test('is False for a picture of nobody, with no faces', async () => {
    const none = await nobody().png().toBuffer();
    expect(await ask(annModel, none)).toMatchObject({ face_present: 'False', faces: [] });
  });

  test('names the nearest row of the model', async () => {
    const alone = (await ask(annModel, ann)).faces[0]?.nearest_row as number;
    const [comment, ...rows] = annModel.trimEnd().split('\n');
    expect((await ask([comment, ...rows.toReversed()].join('\n'), ann)).faces[0]?.nearest_row).toBe(
      rows.length - 1 - alone,
    );
  });

  test('says at which false match rate each face would just be accepted', async () => {
    const { faces } = await ask(annModel, groupPhoto());
    for (const { distance, false_match_rate } of faces) expect(false_match_rate).toBe(falseMatchRate(distance));
    expect(Math.min(...faces.map(({ false_match_rate }) => false_match_rate))).toBe(faces[2]?.false_match_rate);
  });

  test('is the same for a model without its comment, as the original wrote it, in broken base64', async () => {
    const bare = annModel.replace(/^#.*\n/, '');
    const query_facevectors = Buffer.from(bare).toString('base64').replace(/.{76}/g, '$&\n');
    expect(await ask(annModel, ann, { query_facevectors })).toEqual(await ask(annModel, ann));
  });

  test("is one that Python's eval reads", async () => {
    const answer = await ask(annModel, groupPhoto(), { explain: true });
    expect(notPython(answer)).toEqual([]);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });
});

describe('the threshold', () => {
  test('is the largest distance that is a match', async () => {
    const distance = (await ask(annModel, ann)).faces[0]?.distance as number;
    expect(await ask(annModel, ann, { threshold: distance })).toMatchObject({
      face_present: 'True',
      threshold: distance,
    });
    expect(await ask(annModel, ann, { threshold: distance * (1 - 1e-9) })).toMatchObject({ face_present: 'False' });
  });

  test('takes everybody when it is large', async () => {
    const { face_present, faces } = await ask(annModel, groupPhoto(), { threshold: 10 });
    expect([face_present, ...faces.map(({ verdict }) => verdict)]).toEqual(Array(5).fill('True'));
  });
});

describe('the false match rate', () => {
  test('chooses the threshold', async () => {
    for (const fmr of [1e-3, 1e-5]) {
      expect(await ask(annModel, ann, { fmr })).toMatchObject({ threshold: thresholdFor(fmr) });
    }
    expect(await failureOf(ask(annModel, ann, { fmr: 0.5 }))).toMatchObject({ name: 'RequestError' });
    expect(await failureOf(ask(annModel, ann, { fmr: 0 }))).toMatchObject({ name: 'RequestError' });
  });

  test('has a band above it in which a face is Unsure, when asked for', async () => {
    const distance = (await ask(annModel, ann)).faces[0]?.distance as number;
    const below = { threshold: distance * 0.99 };
    expect(await ask(annModel, ann, below)).toMatchObject({ face_present: 'False' });
    const answer = await ask(annModel, ann, { ...below, unsure: true });
    expect(answer).toMatchObject({ face_present: 'Unsure', faces: [{ verdict: 'Unsure' }] });
    expect(answer.unsure_threshold).toBeGreaterThan(distance);
    expect(await ask(annModel, ann, { unsure: true })).toMatchObject({ face_present: 'True' });
    expect(await ask(beaModel, ann, { unsure: true, fmr: 1e-5 })).toMatchObject({ face_present: 'False' });
  });
});

describe('the explanation', () => {
  test('is there only when asked for', async () => {
    expect((await ask(annModel, ann)).faces[0]).not.toHaveProperty('explanation');
    expect((await ask(annModel, ann, { explain: false })).faces[0]).not.toHaveProperty('explanation');
  });

  test('lets every verdict be computed again', async () => {
    const { faces, threshold } = await ask(annModel, groupPhoto(), { explain: true });
    const looks = byFace(await processSidecar().describe(groupPhoto(), { probe: true }));
    const rows = parseModel(annModel);
    const cohort = Array.from({ length: shippedCohort().size }, (_, i) => cohortVector(i));
    expect(faces).toHaveLength(4);
    for (const { face, distance, nearest_row, verdict, explanation } of faces) {
      const why = explanation as NonNullable<typeof explanation>;
      const probe = meanUnit((looks[face - 1] ?? []).map(({ vector }) => vector));

      const own = cohort.map((vector) => euclid(probe, vector)).sort((a, b) => a - b);
      expect(why.background.near).toBeCloseTo(average(own.slice(0, 125)), 3);
      expect(why.background.all).toBeCloseTo(average(own), 3);
      const [near, model] = [why.background, why.model_background].map(({ near, all }) => near / all) as [
        number,
        number,
      ];

      expect(why.euclidean).toBeCloseTo(euclid(probe, meanUnit(rows)), 6);
      expect(why.euclidean / ((near + model) / 2)).toBeCloseTo(distance, 12);
      expect(why.rows).toHaveLength(5);
      for (const { row, euclidean } of why.rows) {
        expect(euclidean).toBeCloseTo(euclid(probe, toUnit(rows[row] as Float32Array)), 6);
      }
      expect(why.rows[0]?.row).toBe(nearest_row);
      expect(why.margin).toBe(threshold - distance);
      expect(verdict).toBe(why.margin >= 0 ? 'True' : 'False');
    }
  });
});

describe('a failure is', () => {
  test('a ModelError when the model cannot be read or was made by another network', async () => {
    expect(await failureOf(ask('1,2,3\n', ann))).toMatchObject({ name: 'ModelError', code: 'BAD_MODEL' });
    const other = annModel.replace('dlib-resnet-v1', 'openface-nn4.small2');
    expect(await failureOf(ask(other, ann))).toMatchObject({ name: 'ModelError', code: 'OTHER_EMBEDDER' });
  });

  test('an ImageError when the picture cannot be used', async () => {
    expect(await failureOf(ask(annModel, Buffer.from('a letter')))).toMatchObject({ name: 'ImageError' });
  });

  test('a RequestError when the event cannot be used', async () => {
    expect(await failureOf(handler({}))).toMatchObject({ name: 'RequestError' });
    expect(await failureOf(ask(annModel, ann, { threshold: -1 }))).toMatchObject({ name: 'RequestError' });
  });
});

function cohortVector(index: number): Float32Array {
  const values = shippedCohort().values.subarray(index * VECTOR_SIZE, (index + 1) * VECTOR_SIZE);
  return Float32Array.from(values, (value) => value / COHORT_SCALE);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function euclid(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...Array.from(a, (value, i) => value - (b[i] as number)));
}
