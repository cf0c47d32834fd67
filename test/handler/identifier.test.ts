// Who of many people is in a picture: asked as Lambda does, and in-process.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdentifyAnswer } from '../../handler/answers.ts';
import { identify, type Person } from '../../handler/identifier.ts';
import { falseMatchRate, thresholdFor } from '../../handler/matching/calibration.ts';
import { toCohort } from '../../handler/matching/cohort.ts';
import { type Cohort, LEAST_COHORT } from '../../handler/matching/matcher.ts';
import { formatModel, VECTOR_SIZE } from '../../handler/matching/vectors.ts';
import { handler } from '../../handler/recognizer.ts';
import { shippedCohort } from '../../handler/shipped-cohort.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { train } from '../../handler/trainer.ts';
import { PLANTED_COHORT, pairBackground, planted, plantedSidecar, vectorOf } from '../planted.ts';
import { groupPhoto, notPython, portrait } from './helpers.ts';

let ann: Person;
let bea: Person;
let cal: Person;

beforeAll(async () => {
  const person = async (name: 'ann' | 'bea' | 'cal'): Promise<Person> => ({
    name,
    model: (await train(await (await portrait(name)).jpeg().toBuffer())).facevectors,
  });
  [ann, bea, cal] = [await person('ann'), await person('bea'), await person('cal')];
});

afterAll(() => processSidecar().close());

const namesOf = ({ faces }: IdentifyAnswer): string[] => faces.map(({ name }) => name);

test('every face is named or unknown, left to right', async () => {
  const answer = await identify(groupPhoto(), [ann, cal, bea]);
  expect(answer).toMatchObject({ face_present: 'True', people: 3 });
  expect(namesOf(answer)).toEqual(['bea', 'unknown', 'ann', 'unknown']);
  expect(answer.faces[0]).toMatchObject({ verdict: 'True', nearest: 'bea' });
  expect(namesOf(await identify(groupPhoto(), [cal]))).toEqual(Array(4).fill('unknown'));
});

test('a person gets only the nearest face of a picture, however large the threshold', async () => {
  const answer = await identify(groupPhoto(), [ann], { threshold: 10 });
  expect(namesOf(answer)).toEqual(['unknown', 'unknown', 'ann', 'unknown']);
  const all = namesOf(await identify(groupPhoto(), [ann, bea, cal], { threshold: 10 }));
  expect(all.filter((name) => name !== 'unknown').toSorted()).toEqual(['ann', 'bea', 'cal']);
});

describe('of known vectors', () => {
  // From Ann at a distance between the thresholds of 5 and 10 people, and further from everyone else; backgrounds are 1.
  const DISTANCE = (thresholdFor(1e-3 / 5) + thresholdFor(1e-3 / 10)) / 2;
  const cosine = 1 - (DISTANCE * pairBackground(1, 1)) ** 2 / 2;
  const picture = planted({ faces: [{ looks: [{ 0: cosine, 1: Math.sqrt(1 - cosine ** 2) }] }] });
  const person = (name: string, cell: number): Person => ({ name, model: formatModel([vectorOf({ [cell]: 1 })]) });
  const crowd = (count: number) => [
    person('Ann', 0),
    ...Array.from({ length: count - 1 }, (_, i) => person(`${i}`, 9)),
  ];
  const cohort = toCohort(PLANTED_COHORT);
  const sidecar = plantedSidecar();
  afterAll(() => sidecar.close());

  test.each([
    [1, 'Ann'],
    [5, 'Ann'],
    [10, 'unknown'],
    [100, 'unknown'],
    [3000, 'unknown'],
  ])('the rate is divided among %i people: the face is %s', async (count, name) => {
    const answer = await identify(picture, crowd(count), { cohort }, sidecar);
    const threshold = thresholdFor(1e-3 / count);
    expect(answer).toMatchObject({ threshold, people: count, face_present: name === 'Ann' ? 'True' : 'False' });
    const rate = Math.min(1, Number((count * falseMatchRate(DISTANCE)).toPrecision(2)));
    expect(answer.faces).toMatchObject([{ name, nearest: 'Ann', false_match_rate: rate }]);
    expect(answer.faces[0]?.distance).toBeCloseTo(DISTANCE, 5);
    expect(answer.faces[0]?.computed_from.pair_background).toBeCloseTo(pairBackground(1, 1), 5);
  });

  test('a given rate is also divided among the people, and a given threshold is used unchanged', async () => {
    expect((await identify(picture, crowd(10), { cohort, fmr: 1e-2 }, sidecar)).threshold).toBe(thresholdFor(1e-3));
    expect((await identify(picture, crowd(10), { cohort, threshold: 0.5 }, sidecar)).faces[0]?.name).toBe('Ann');
  });
});

test("Lambda's event may have a gallery in place of a model, and Python's eval can read the answer", async () => {
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  const gallery = { ann: base64(ann.model), bea: base64(bea.model) };
  const answer = await handler({ base64_image: base64(groupPhoto()), gallery });
  expect(answer).toEqual(await identify(groupPhoto(), [ann, bea]));
  expect(notPython(answer)).toEqual([]);
});

test.each([
  ['both a model and a gallery', { query_facevectors: 'AAAA', gallery: {} }, 'one of query_facevectors and gallery'],
  ['an empty gallery', { gallery: {} }, 'the gallery is empty'],
  ['someone called unknown', { gallery: { unknown: 'AAAA' } }, 'unknown'],
  [
    'a model that cannot be read',
    { gallery: { eve: Buffer.from('1,2').toString('base64') } },
    "entry 1 of the gallery: the model's line 1",
  ],
])('%s is refused', async (_, event, reason) => {
  const base64_image = groupPhoto().toString('base64');
  await expect(handler({ base64_image, ...event })).rejects.toThrow(reason);
});

test('a name that occurs twice is refused, and the line gives the numbers of both entries', async () => {
  const message = 'entries 1 and 3 of the gallery have the same name: join them, or rename one';
  await expect(identify(groupPhoto(), [ann, bea, ann])).rejects.toThrow(message);
});

test('an error about a bad gallery, which Lambda logs, names nobody', async () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const base64_image = groupPhoto().toString('base64');
  const galleries = [
    { 'Eve Ermine': 7 },
    { 'Eve Ermine': base64('1,2') },
    { 'Eve Ermine': base64(ann.model), unknown: base64(ann.model) },
    { 'Eve Ermine': base64(`# face-vectors 1 Eve:Ermine\n${bea.model}`) },
    { 'Eve Ermine': base64(ann.model + cal.model) },
  ];
  for (const gallery of galleries) {
    const error = await handler({ base64_image, gallery }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: expect.stringMatching(/^(Request|Model)Error$/) });
    const { message, stack, ...rest } = error as Error;
    expect(`${message}${stack}${JSON.stringify(rest)}`).not.toMatch(/ermine/i);
  }
});

test('people may have any name', async () => {
  const model = Buffer.from(ann.model).toString('base64');
  for (const name of ['__proto__', 'constructor', 'Ann\nof two lines', '7']) {
    const gallery = JSON.parse(`{${JSON.stringify(name)}: "${model}"}`);
    const answer = (await handler({ base64_image: groupPhoto().toString('base64'), gallery })) as IdentifyAnswer;
    expect(namesOf(answer)).toContain(name);
  }
});

test('a model of two people is refused without one_person', async () => {
  const both = [
    { name: 'ann', model: ann.model },
    { name: 'both', model: ann.model + cal.model },
  ];
  await expect(identify(groupPhoto(), both)).rejects.toMatchObject({
    code: 'OTHER_PERSON',
    message: expect.stringMatching(/^entry 2 of the gallery: the model seems to hold two people: its photos 1 and 2 /),
  });
  expect(await identify(groupPhoto(), both, { onePerson: true })).toMatchObject({ people: 2 });
  await expect(identify(groupPhoto(), both)).rejects.toMatchObject({ code: 'OTHER_PERSON' });
});

test('130,000 people can be looked for at once', async () => {
  const crowd = Array.from({ length: 130_000 }, (_, i) => ({ name: `cal ${i}`, model: cal.model }));
  const answer = await identify(groupPhoto(), crowd);
  expect(answer.people).toBe(130_000);
  expect(answer.faces).toHaveLength(4);
});

test('people are prepared once for all pictures, however many people there are', async () => {
  let reads = 0; // a subject's background reads the size
  const cohort: Cohort = {
    values: shippedCohort().values,
    get size() {
      reads += 1;
      return LEAST_COHORT;
    },
  };
  const crowd = Array.from({ length: 12_000 }, (_, i) => {
    const cells = Array<number>(VECTOR_SIZE).fill(0);
    cells[i % VECTOR_SIZE] = 1 + i;
    return { name: `${i}`, model: cells.join() };
  });
  await identify(groupPhoto(), crowd, { cohort });
  expect(reads).toBeGreaterThanOrEqual(crowd.length);
  const readsEach = Math.floor(reads / crowd.length);
  reads = 0;
  const { faces } = await identify(groupPhoto(), crowd, { cohort });
  expect(reads).toBe(faces.length * readsEach);
});
