// Names as bytes, as text and as shown.
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneLine } from '../../../deploy/shell/one-line.ts';
import { decodeName, encodeName, nameBytes, showName, toJson } from '../../../tools/cli/names.ts';

const bytes = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 12 });

/** What could do something to a terminal, or to the line that it stands on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

test('any bytes read back from their text', () => {
  fc.assert(
    fc.property(bytes, (name) => {
      expect(nameBytes(decodeName(name)).equals(Buffer.from(name))).toBe(true);
      expect(Buffer.from(encodeName(decodeName(name)) as Buffer).equals(Buffer.from(name))).toBe(true);
    }),
    {
      examples: [
        [Buffer.from('é\ud83d\ude00')],
        [Buffer.from([0xff])],
        [Buffer.from('\ufffd')],
        [Buffer.from([0xf0, 0x9f, 0x98])],
      ],
    },
  );
});

test('a name that is text stays text', () => {
  for (const name of ['ann.jpg', 'é ü 漢字 😀.jpg', '\ufffd']) {
    expect(decodeName(Buffer.from(name))).toBe(name);
    expect(showName(name)).toBe(name);
  }
});

test.each([
  ['a\u001b[31m\nb.jpg', "'a'$'\\033''[31m'$'\\n''b.jpg'"],
  ['\u001b', "$'\\033'"],
  ["it's\t.jpg", "'it'\\''s'$'\\t''.jpg'"],
  ['\u202egpj.exe', "$'\\342\\200\\256''gpj.exe'"],
  ['a\u0085', "'a'$'\\302\\205'"],
  ['a\udcffb', "'a'$'\\377''b'"],
])('%j is shown as ls does', (name, shown) => {
  expect(showName(name)).toBe(shown);
});

test('a name that is shown quoted is safe, and a shell reads the name from it', async () => {
  const names = fc.sample(fc.tuple(bytes, fc.constantFrom('\u001b', '\n', "'", '\u202e')), 50).map(([some, one]) => {
    return decodeName(Buffer.concat([some, Buffer.from(one), some]));
  });
  const shown = names.map(showName);
  for (const text of shown) expect(text).not.toMatch(UNSAFE);
  const quoted = shown.filter((text, i) => text !== names[i]);
  const { stdout } = await execa('bash', ['-c', `printf '%s\\0' ${quoted.join(' ')}`], { encoding: 'buffer' });
  const wanted = names
    .filter((name, i) => name !== shown[i])
    .map((name) => Buffer.concat([nameBytes(name), Buffer.from([0])]));
  expect(Buffer.from(stdout).equals(Buffer.concat(wanted))).toBe(true);
});

test('JSON holds any name, in characters that are safe', () => {
  const names = ['a\u001b\u0085\u2028\u202e\udcff', '😀'];
  expect(toJson(names)).not.toMatch(/[\u0080-\u009f\u2028\u202e]/);
  expect(JSON.parse(toJson(names))).toEqual(names);
});

test('a line for people is one line, whatever it quotes', () => {
  expect(oneLine('a\n b\u001b\u202ec\udcff')).toBe('a b??c?');
});
