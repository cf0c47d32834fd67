// Requests: which are accepted, and how the others are refused.
import { describe, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { RequestError } from '../../handler/errors.ts';
import { parseRequest, RecognizeRequest, TrainRequest } from '../../handler/protocol.ts';

const picture = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const base64_image = picture.toString('base64');
const query_facevectors = Buffer.from('1,2\n').toString('base64');

function refusalOf(schema: z.ZodMiniType, event: unknown): string {
  try {
    parseRequest(schema, event);
  } catch (error) {
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ name: 'RequestError', code: 'BAD_REQUEST' });
    const { message } = error as RequestError;
    expect(message).toMatch(/^the request cannot be used: [^\n]+$/);
    return message;
  }
  return expect.fail('the request is taken');
}

describe('a training request is accepted', () => {
  test('with a picture', () => {
    expect(parseRequest(TrainRequest, { base64_image })).toEqual({ base64_image: picture });
  });

  test('with the number of a face', () => {
    expect(parseRequest(TrainRequest, { base64_image, face: 2 })).toEqual({ base64_image: picture, face: 2 });
  });

  test.each([
    [{ left: 5, top: 5, right: 5, bottom: 9 }, 'box is empty'],
    [{ left: 1.5, top: 0, right: 9, bottom: 9 }, 'box.left: 1.5 is not a whole number of pixels'],
    [{ left: 0, top: 0, right: 9 }, 'box.bottom: nothing is not a whole number of pixels'],
    ['0,0,9,9', 'box: text is not an object with left, top, right and bottom'],
  ])('refuses the box %j', (box, why) => {
    expect(() => parseRequest(TrainRequest, { base64_image, box })).toThrow(`the request cannot be used: ${why}`);
  });

  test('with unknown fields', () => {
    expect(parseRequest(TrainRequest, { base64_image, colour: 'red' })).toEqual({ base64_image: picture });
  });

  test.each([
    ['line breaks every 76 characters, as of Python', base64_image.replace(/.{76}/g, '$&\n')],
    ['CRLF line breaks', base64_image.replace(/.{64}/g, '$&\r\n')],
    ['spaces around it', `  ${base64_image}\n`],
  ])('with base64 that has %s', (_, text) => {
    expect(parseRequest(TrainRequest, { base64_image: text })).toEqual({ base64_image: picture });
  });

  test('with the largest picture that Lambda allows', () => {
    const large = Buffer.alloc(6 * 2 ** 20, 'picture');
    expect(large.equals(parseRequest(TrainRequest, { base64_image: large.toString('base64') }).base64_image)).toBe(
      true,
    );
  });
});

describe('a recognition request is accepted', () => {
  test('with a model and a picture', () => {
    const request = parseRequest(RecognizeRequest, { base64_image, query_facevectors });
    expect(request).toEqual({ base64_image: picture, query_facevectors: Buffer.from('1,2\n') });
  });

  test('with a threshold and a request to explain', () => {
    const request = { base64_image, query_facevectors, threshold: 0.5, explain: true };
    expect(parseRequest(RecognizeRequest, request)).toMatchObject({ threshold: 0.5, explain: true });
  });
});

describe('a request is refused, and the field named,', () => {
  test.each([undefined, null, 'text', 7, [], [base64_image]])('when the event is %j', (event) => {
    expect(refusalOf(TrainRequest, event)).toContain('the event: ');
  });

  test.each([
    ['missing', {}, 'base64_image is missing'],
    ['null', { base64_image: null }, 'base64_image: null is not base64'],
    ['a number', { base64_image: 7 }, 'base64_image: 7 is not base64'],
    ['an object', { base64_image: { data: base64_image } }, 'base64_image: an object is not base64'],
    ['empty', { base64_image: '' }, 'base64_image is empty'],
    ['only spaces', { base64_image: ' \n' }, 'base64_image is not base64'],
    ['not base64', { base64_image: 'a picture!!!' }, 'base64_image is not base64'],
    ['base64 with a character too few', { base64_image: base64_image.slice(0, -1) }, 'base64_image is not base64'],
    ['base64 with something behind its end', { base64_image: `${base64_image}AAAA` }, 'base64_image is not base64'],
    ['URL-safe base64', { base64_image: picture.toString('base64url') }, 'base64_image is not base64'],
    ['a data URL', { base64_image: `data:image/png;base64,${base64_image}` }, 'base64_image is not base64'],
  ])('when the picture is %s', (_, event, why) => {
    expect(refusalOf(TrainRequest, event)).toBe(`the request cannot be used: ${why}`);
    expect(refusalOf(RecognizeRequest, { ...event, query_facevectors })).toBe(`the request cannot be used: ${why}`);
  });

  test.each([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [2 ** 31, '2147483648'],
    [Number.NaN, 'NaN'],
    ['1', 'text'],
    [null, 'null'],
  ])('when the number of the face is %j', (face, shown) => {
    expect(refusalOf(TrainRequest, { base64_image, face })).toBe(
      `the request cannot be used: face: ${shown} is not a whole number from 1 up`,
    );
  });

  test.each([
    ['', 'query_facevectors is empty'],
    ['no base64!', 'query_facevectors is not base64'],
    [7, 'query_facevectors: 7 is not base64'],
  ])('when the model is %j', (model, why) => {
    const event = { base64_image, query_facevectors: model };
    expect(refusalOf(RecognizeRequest, event)).toBe(`the request cannot be used: ${why}`);
  });

  test.each([
    [5, '5'],
    [0, '0'],
    [1e-7, '1e-7'],
    [Number.NaN, 'NaN'],
    ['0.01', 'text'],
    [[0.01], 'a list'],
  ])('when the false match rate is %j', (fmr, shown) => {
    expect(refusalOf(RecognizeRequest, { base64_image, query_facevectors, fmr })).toBe(
      `the request cannot be used: fmr: ${shown} is not between 1e-6 and 0.1`,
    );
  });

  test.each([
    [0, '0'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['0.5', 'text'],
    [null, 'null'],
  ])('when the threshold is %j', (threshold, shown) => {
    expect(refusalOf(RecognizeRequest, { base64_image, query_facevectors, threshold })).toBe(
      `the request cannot be used: threshold: ${shown} is not a number above 0`,
    );
  });

  test.each([
    ['yes', 'text'],
    [1, '1'],
    [null, 'null'],
  ])('when a wish is %j', (wish, shown) => {
    for (const field of ['explain', 'unsure', 'thorough', 'vectors', 'one_person']) {
      expect(refusalOf(RecognizeRequest, { base64_image, query_facevectors, [field]: wish })).toBe(
        `the request cannot be used: ${field}: ${shown} is not true or false`,
      );
    }
  });
});

describe('a gallery', () => {
  test('may hold people of any name', () => {
    const gallery = JSON.parse(`{"__proto__": "${query_facevectors}", "a\\nb": "${query_facevectors}"}`);
    const request = parseRequest(RecognizeRequest, { base64_image, gallery });
    expect(request.gallery?.map(([name]) => name)).toEqual(['__proto__', 'a\nb']);
  });

  test.each([
    [{ ann: query_facevectors, 'Bea Bauer': 7 }, 'gallery: entry 2: 7 is not base64'],
    [{ ann: query_facevectors, 'Bea Bauer': 'Bea!' }, 'gallery: entry 2 is not base64'],
    [{ 'Bea Bauer': '' }, 'gallery: entry 1 is empty'],
    [{ '': query_facevectors }, 'gallery: the name of entry 1 is empty'],
    [[query_facevectors], 'gallery: a list is not an object of models'],
    ['Bea Bauer', 'gallery: text is not an object of models'],
    [null, 'gallery: null is not an object of models'],
  ])('%j is refused, and nobody named', (gallery, why) => {
    expect(refusalOf(RecognizeRequest, { base64_image, gallery })).toBe(`the request cannot be used: ${why}`);
  });

  test('of 200,000 bad entries is refused because of the first', () => {
    const gallery = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`person ${i}`, 1]));
    expect(refusalOf(RecognizeRequest, { base64_image, gallery })).toBe(
      'the request cannot be used: gallery: entry 1: 1 is not base64',
    );
  });
});
