// WebVTT chapters of who is seen when.
import { expect, test } from 'vitest';
import { formatVtt } from '../../../tools/film/vtt.ts';

test('people who are seen together share a chapter, and chapters do not overlap', () => {
  const spans = [
    { name: 'ann', from: 1, to: 5 },
    { name: 'ben', from: 3, to: 7 },
  ];
  expect(formatVtt(spans)).toBe(
    [
      'WEBVTT',
      '1\n00:00:01.000 --> 00:00:03.000\nann',
      '2\n00:00:03.000 --> 00:00:05.000\nann, ben',
      '3\n00:00:05.000 --> 00:00:07.000\nben\n',
    ].join('\n\n'),
  );
});

test('two appearances of one person that touch or overlap are one chapter', () => {
  const spans = [
    { name: 'ann', from: 1, to: 5 },
    { name: 'ann', from: 2, to: 3 },
    { name: 'ann', from: 5, to: 3661.5 },
  ];
  expect(formatVtt(spans)).toBe('WEBVTT\n\n1\n00:00:01.000 --> 01:01:01.500\nann\n');
});

test('a name cannot end its cue or add markup', () => {
  const name = 'a\n\n--> <b>&';
  expect(formatVtt([{ name, from: 0, to: 1 }])).toBe(
    'WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\na --&gt; &lt;b&gt;&amp;\n',
  );
});

test('nobody gives a file without chapters', () => {
  expect(formatVtt([])).toBe('WEBVTT\n');
});
