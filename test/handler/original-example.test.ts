// The original project's own example, through both Lambda handlers: trained on john0, john1 and john2 match.
import { readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { handler as recognizer } from '../../handler/recognizer.ts';
import { processSidecar } from '../../handler/sidecar/sidecar.ts';
import { handler as trainer } from '../../handler/trainer.ts';
import { seedPhoto, testWithSeedPhotos } from '../helpers.ts';

afterAll(() => processSidecar().close());

testWithSeedPhotos('a model of john0 gives True for john1 and john2, False for jim-carrey', async () => {
  const base64 = (name: string) => readFileSync(seedPhoto(name)).toString('base64');
  const { facevectors } = await trainer({ base64_image: base64('john0') });
  const query_facevectors = Buffer.from(facevectors).toString('base64');
  const isJohn = async (name: string) => {
    const answer = await recognizer({ base64_image: base64(name), query_facevectors });
    return 'face_present' in answer && answer.face_present;
  };
  expect(await isJohn('john0')).toBe('True');
  expect(await isJohn('john1')).toBe('True');
  expect(await isJohn('john2')).toBe('True');
  expect(await isJohn('jim-carrey')).toBe('False');
});
