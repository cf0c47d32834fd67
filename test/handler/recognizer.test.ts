// Whether the person of a model is in a picture, asked as Lambda does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JudgedFace, RecognizeAnswer } from '../../handler/answers.ts';
import { FaceError } from '../../handler/errors.ts';
import type { RecognizeOptions } from '../../handler/judging.ts';
import { falseMatchRate, thresholdFor } from '../../handler/matching/calibration.ts';
import { toCohort } from '../../handler/matching/cohort.ts';
import { formatModel } from '../../handler/matching/vectors.ts';
import { handler, recognize } from '../../handler/recognizer.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { type Look, PLANTED_COHORT, pairBackground, planted, plantedSidecar, vectorOf } from '../planted.ts';
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
      threshold: thresholdFor(1e-4),
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

  test('gives the false match rate at which each face would just be accepted', async () => {
    const { faces } = await ask(annModel, groupPhoto());
    const byDistance = faces.toSorted((a, b) => a.distance - b.distance).map((face) => face.false_match_rate);
    expect(byDistance).toEqual(byDistance.toSorted((a, b) => a - b));
    expect(new Set(byDistance).size).toBeGreaterThan(1);
    expect(Math.min(...faces.map(({ false_match_rate }) => false_match_rate))).toBe(faces[2]?.false_match_rate);
  });

  test('is the same for a model without a comment, like the original wrote, in base64 with line breaks', async () => {
    const bare = annModel.replace(/^#.*\n/, '');
    const query_facevectors = Buffer.from(bare).toString('base64').replace(/.{76}/g, '$&\n');
    expect(await ask(annModel, ann, { query_facevectors })).toEqual(await ask(annModel, ann));
  });

  test("can be read by Python's eval", async () => {
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

  test('accepts everybody when it is large', async () => {
    const { face_present, faces } = await ask(annModel, groupPhoto(), { threshold: 10 });
    expect([face_present, ...faces.map(({ verdict }) => verdict)]).toEqual(Array(5).fill('True'));
  });
});

describe('the false match rate', () => {
  test('chooses the threshold', async () => {
    expect(await ask(annModel, ann, { fmr: 1e-3 })).toMatchObject({ threshold: thresholdFor(1e-3) });
    expect(await ask(annModel, ann, { fmr: 1e-5 })).toMatchObject({ threshold: thresholdFor(1e-5) });
    expect(await failureOf(ask(annModel, ann, { fmr: 0.5 }))).toMatchObject({ name: 'RequestError' });
    expect(await failureOf(ask(annModel, ann, { fmr: 0 }))).toMatchObject({ name: 'RequestError' });
  });

  test('makes a face up to ten times above it Unsure, if asked', async () => {
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
  test('is given only if asked for', async () => {
    expect((await ask(annModel, ann)).faces[0]).not.toHaveProperty('explanation');
    expect((await ask(annModel, ann, { explain: false })).faces[0]).not.toHaveProperty('explanation');
  });

  test('gives the numbers of a real face and the five nearest rows of the model', async () => {
    const { faces, threshold } = await ask(annModel, groupPhoto(), { explain: true });
    expect(faces).toHaveLength(4);
    for (const { distance, nearest_row, verdict, explanation } of faces) {
      expect(explanation?.rows).toHaveLength(5);
      expect(explanation?.rows[0]?.row).toBe(nearest_row);
      const [first, ...others] = (explanation?.rows ?? []).map(({ euclidean }) => euclidean);
      expect(first).toBeLessThanOrEqual(Math.min(...others));
      expect(verdict).toBe(distance <= threshold ? 'True' : 'False');
    }
    expect(faces.map(({ verdict }) => verdict)).toEqual(['False', 'False', 'True', 'False']);
  });
});

// Two faces in a plane or two, a model, and the planted cohort: every number below was worked out on paper.
describe('a verdict of known vectors', () => {
  /** Rows at 0 and 73.74 degrees, and five halfway: of any length, their mean is at 36.87, (.8, .6). Background 1. */
  const model = formatModel(
    [{ 0: 2 }, { 0: 0.28, 1: 0.96 }, ...Array.from({ length: 5 }, () => ({ 0: 0.4, 1: 0.3 }))].map(vectorOf),
  );
  const other: Look = { 7: 1 };
  const [along, across]: Look[] = [{ 0: 1 }, { 0: 0.5, 64: Math.sqrt(0.75) }];
  /** Looks 0, 3, 4 and 7, those at a face to be judged, at 0 and 60 degrees to the near part of the cohort: the mean at 30, .866025 and .5. */
  const leaning = [along, other, other, across, along, other, other, across] as Look[];
  /** On the side of the model's second row, where its distance lies between the thresholds for 1e-4 and 1e-3. Background 1. */
  const DISTANCE = (thresholdFor(1e-4) + thresholdFor(1e-3)) / 2;
  const [row, chord] = [Math.atan2(0.6, 0.8), DISTANCE * pairBackground(1, 1)];
  const angle = row + 2 * Math.asin(chord / 2);
  const near: Look[] = [{ 0: Math.cos(angle), 1: Math.sin(angle) }];
  const picture = planted({ faces: [{ looks: leaning }, { looks: near }] });
  const cohort = toCohort(PLANTED_COHORT);
  const sidecar = plantedSidecar();
  afterAll(() => sidecar.close());

  const judge = (options: RecognizeOptions = {}): Promise<RecognizeAnswer> =>
    recognize(picture, model, { cohort, explain: true, ...options }, sidecar);

  test('is measured against the background of the face and the model together', async () => {
    const [face] = (await judge()).faces;
    expect(face?.verdict).toBe('False');
    // The root of 2 - 2 x .866025 x .8, over the background of a pair of .720292 and 1.
    const background = pairBackground(0.720292, 1);
    expect(face?.computed_from.euclidean).toBeCloseTo(0.783811, 5);
    expect(face?.computed_from.background).toBeCloseTo(0.720292, 5);
    expect(face?.computed_from.model_background).toBeCloseTo(1, 5);
    expect(face?.computed_from.turn).toBe(0);
    expect(face?.computed_from.pair_background).toBeCloseTo(background, 5);
    expect(face?.explanation?.background.near).toBeCloseTo(1, 5);
    expect(face?.explanation?.background.all).toBeCloseTo(1.388325, 5);
    expect(face?.explanation?.background.ratio).toBeCloseTo(0.720292, 5);
    expect(face?.explanation?.model_background.near).toBeCloseTo(Math.SQRT2, 5);
    expect(face?.explanation?.model_background.all).toBeCloseTo(Math.SQRT2, 5);
    expect(face?.explanation?.model_background.ratio).toBeCloseTo(1, 5);
    expect(face?.distance).toBeCloseTo(0.783811 / background, 5);
    expect(face?.explanation?.margin).toBeCloseTo(thresholdFor(1e-4) - 0.783811 / background, 5);
    expect(face?.false_match_rate).toBe(1);
  });

  test('names at most five nearest rows; equally near rows stay in order', async () => {
    const [leaningFace, nearFace] = (await judge()).faces;
    const rowsOf = (face: JudgedFace | undefined) =>
      face?.explanation?.rows.map(({ row, euclidean }) => [row, Number(euclidean.toFixed(4))]);
    expect(leaningFace?.nearest_row).toBe(0);
    expect(rowsOf(leaningFace)).toEqual([[0, 0.5176], ...[2, 3, 4, 5].map((row) => [row, 0.7838])]);
    expect(nearFace?.nearest_row).toBe(1);
    const second = 2 * Math.sin((2 * row - angle) / 2); // the model's second row is at twice the angle of its mean
    expect(rowsOf(nearFace)).toEqual(
      [[1, second], ...[2, 3, 4, 5].map((index) => [index, chord])].map(([index, away]) => [
        index,
        Number(away?.toFixed(4)),
      ]),
    );
  });

  test('takes its false match rate from the curve, by log-linear interpolation', async () => {
    const face = (await judge()).faces[1];
    expect(face?.distance).toBeCloseTo(DISTANCE, 5);
    expect(face?.false_match_rate).toBe(falseMatchRate(DISTANCE));
    expect(face?.false_match_rate).toBeGreaterThan(1e-4);
    expect(face?.false_match_rate).toBeLessThan(1e-3);
  });

  test('is False at 1 in 10,000, Unsure up to ten times that, and True at 1 in 1,000', async () => {
    const plain = await judge();
    expect(plain).toMatchObject({
      face_present: 'False',
      threshold: thresholdFor(1e-4),
      faces: [{}, { verdict: 'False' }],
    });
    expect(plain.faces[1]?.explanation?.margin).toBeCloseTo(thresholdFor(1e-4) - DISTANCE, 5);
    expect(await judge({ unsure: true })).toMatchObject({
      face_present: 'Unsure',
      unsure_threshold: thresholdFor(1e-3),
      faces: [{ verdict: 'False' }, { verdict: 'Unsure' }],
    });
    expect(await judge({ fmr: 1e-3 })).toMatchObject({ face_present: 'True', threshold: thresholdFor(1e-3) });
    expect(await judge({ fmr: 1e-5 })).toMatchObject({ face_present: 'False', threshold: thresholdFor(1e-5) });
  });
});

describe('a failure is', () => {
  test('a ModelError when the model cannot be read or was made by another network', async () => {
    expect(await failureOf(ask('1,2,3\n', ann))).toMatchObject({ name: 'ModelError', code: 'BAD_MODEL' });
    const other = annModel.replace('dlib-resnet-v1', 'openface-nn4.small2');
    expect(await failureOf(ask(other, ann))).toMatchObject({ name: 'ModelError', code: 'OTHER_EMBEDDER' });
  });

  test('a ModelError when the model is of two people, with their distance, unless one_person is set', async () => {
    const both = annModel + (await train(await (await portrait('cal')).jpeg().toBuffer())).facevectors;
    for (let times = 0; times < 2; times += 1) {
      const error = await failureOf(ask(both, ann));
      expect(error).toMatchObject({ name: 'ModelError', code: 'OTHER_PERSON' });
      const [, apart] =
        /its photos 1 and 2 are ([\d.]+) apart, and one person's are at most 0\.52/.exec(error.message) ?? [];
      expect(Number(apart)).toBeGreaterThan(0.52);
      expect(await ask(both, ann, { one_person: true })).toMatchObject({ faces: [{ face: 1 }] });
    }
    expect(await ask(annModel + annModel, ann)).toMatchObject({ face_present: 'True' });
  });

  test('an ImageError when the picture cannot be used', async () => {
    expect(await failureOf(ask(annModel, Buffer.from('a letter')))).toMatchObject({ name: 'ImageError' });
  });

  test('a RequestError when the event cannot be used', async () => {
    expect(await failureOf(handler({}))).toMatchObject({ name: 'RequestError' });
    expect(await failureOf(ask(annModel, ann, { threshold: -1 }))).toMatchObject({ name: 'RequestError' });
  });
});
