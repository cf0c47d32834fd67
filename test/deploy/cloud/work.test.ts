// Where Lambda is told to pull an image from.
import { expect, test } from 'vitest';
import { pulledFrom } from '../../../deploy/cloud/work.ts';

const URI = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/serverless-face-recognition-dev';

test('Lambda pulls from the repository that AWS names', () => {
  expect(pulledFrom(URI, '')).toBe(URI);
});

test.each(['http://127.0.0.1:4566', 'http://127.0.0.1:4566/'])(
  'an emulator that runs images pulls them from its own registry, %s',
  (elsewhere) => {
    expect(pulledFrom(URI, elsewhere)).toBe('127.0.0.1:4566/serverless-face-recognition-dev');
  },
);
