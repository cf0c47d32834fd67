// Requests: what is taken, and how the rest is refused.
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

describe('a training request is taken', () => {
  test('with a picture', () => {
    expect(parseRequest(TrainRequest, { base64_image })).toEqual({ base64_image: picture });
  });

  test('with the number of a face', () => {
    expect(parseRequest(TrainRequest, { base64_image, face: 2 })).toEqual({ base64_image: picture, face: 2 });
  });

  test('with fields that it does not know', () => {
    expect(parseRequest(TrainRequest, { base64_image, colour: 'red' })).toEqual({ base64_image: picture });
  });

  test.each([
    ['line breaks every 76 characters, as of Python', base64_image.replace(/.{76}/g, '$&\n')],
    ['CRLF line breaks', base64_image.replace(/.{64}/g, '$&\r\n')],
    ['spaces around it', `  ${base64_image}\n`],
  ])('with base64 that has %s', (_, text) => {
    expect(parseRequest(TrainRequest, { base64_image: text })).toEqual({ base64_image: picture });
  });

  test('with a picture as large as Lambda takes', () => {
    const large = Buffer.alloc(6 * 2 ** 20, 'picture');
    expect(large.equals(parseRequest(TrainRequest, { base64_image: large.toString('base64') }).base64_image)).toBe(
      true,
    );
  });
});

describe('a recognition request is taken', () => {
  test('with a model and a picture', () => {
    const request = parseRequest(RecognizeRequest, { base64_image, query_facevectors });
    expect(request).toEqual({ base64_image: picture, query_facevectors: Buffer.from('1,2\n') });
  });

  test('with a threshold and the wish for an explanation', () => {
    const request = { base64_image, query_facevectors, threshold: 0.5, explain: true };
    expect(parseRequest(RecognizeRequest, request)).toMatchObject({ threshold: 0.5, explain: true });
  });
});

describe('a request is refused, and the field named,', () => {
  test.each([undefined, null, 'text', 7, [], [base64_image]])('when the event is %j', (event) => {
    expect(refusalOf(TrainRequest, event)).toContain('the event: ');
  });

  test.each([
    ['missing', {}],
    ['null', { base64_image: null }],
    ['a number', { base64_image: 7 }],
    ['an object', { base64_image: { data: base64_image } }],
    ['empty', { base64_image: '' }],
    ['only spaces', { base64_image: ' \n' }],
    ['not base64', { base64_image: 'a picture!!!' }],
    ['base64 with a character too few', { base64_image: base64_image.slice(0, -1) }],
    ['base64 with something behind its end', { base64_image: `${base64_image}AAAA` }],
    ['URL-safe base64', { base64_image: picture.toString('base64url') }],
    ['a data URL', { base64_image: `data:image/png;base64,${base64_image}` }],
  ])('when the picture is %s', (_, event) => {
    expect(refusalOf(TrainRequest, event)).toContain(': base64_image: ');
    expect(refusalOf(RecognizeRequest, { ...event, query_facevectors })).toContain(': base64_image: ');
  });

  test.each([0, -1, 1.5, 2 ** 31, Number.NaN, '1', null])('when the number of the face is %j', (face) => {
    expect(refusalOf(TrainRequest, { base64_image, face })).toContain(': face: ');
  });

  test.each(['', 'no base64!', 7])('when the model is %j', (model) => {
    const event = { base64_image, query_facevectors: model };
    expect(refusalOf(RecognizeRequest, event)).toContain(': query_facevectors: ');
  });

  test.each([0, -0.5, Number.NaN, Number.POSITIVE_INFINITY, '0.5', null])('when the threshold is %d', (threshold) => {
    const event = { base64_image, query_facevectors, threshold };
    expect(refusalOf(RecognizeRequest, event)).toContain(': threshold: ');
  });

  test.each(['yes', 1, null])('when the wish for an explanation is %j', (explain) => {
    const event = { base64_image, query_facevectors, explain };
    expect(refusalOf(RecognizeRequest, event)).toContain(': explain: ');
  });
});
