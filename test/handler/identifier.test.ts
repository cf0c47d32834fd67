// Many people's models and a picture -> who is in it? As Lambda asks, and in-process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { thresholdFor } from '../../handler/calibration.ts';
import { identify, type Person } from '../../handler/identifier.ts';
import type { IdentifyAnswer } from '../../handler/protocol.ts';
import { handler } from '../../handler/recognizer.ts';
import { processSidecar } from '../../handler/sidecar.ts';
import { train } from '../../handler/trainer.ts';
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

test('one person has one face of a picture at most, the nearest, however large the threshold', async () => {
  const answer = await identify(groupPhoto(), [ann], { threshold: 10 });
  expect(namesOf(answer)).toEqual(['unknown', 'unknown', 'ann', 'unknown']);
  const all = namesOf(await identify(groupPhoto(), [ann, bea, cal], { threshold: 10 }));
  expect(all.filter((name) => name !== 'unknown').toSorted()).toEqual(['ann', 'bea', 'cal']);
});

test('the more people there are, the closer a face must come', async () => {
  const crowd = Array.from({ length: 100 }, (_, i) => ({ name: `cal ${i}`, model: cal.model }));
  const { threshold, faces } = await identify(groupPhoto(), crowd);
  expect(threshold).toBe(thresholdFor(1e-3 / 100));
  const [one] = (await identify(groupPhoto(), [cal])).faces;
  expect(faces[0]?.false_match_rate).toBeCloseTo(Math.min(1, 100 * (one?.false_match_rate as number)), 1);
  expect((await identify(groupPhoto(), [cal], { fmr: 1e-4 })).threshold).toBe(thresholdFor(1e-4));
});

test("Lambda's event takes a gallery in place of a model, and answers what Python's eval reads", async () => {
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
  ['a model that cannot be read', { gallery: { eve: Buffer.from('1,2').toString('base64') } }, 'eve: the model'],
])('%s is refused', async (_, event, reason) => {
  const base64_image = groupPhoto().toString('base64');
  await expect(handler({ base64_image, ...event })).rejects.toThrow(reason);
});

test('a name that is there twice is refused', async () => {
  await expect(identify(groupPhoto(), [ann, ann])).rejects.toThrow('twice');
});
