// Text -> outlines: every script that the README promises, and no font of the machine.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ASCENT, canLetter, DESCENT, letter } from '../../tools/lettering.ts';

const SIZE = 32;

/** The text in black on white: dark pixels of each column. */
async function columnsOf(text: string): Promise<number[]> {
  const { svg, width } = await letter(text);
  const [across, down] = [Math.ceil(width * SIZE), Math.ceil((ASCENT + DESCENT) * SIZE)];
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}">
    <rect width="${across}" height="${down}" fill="#fff"/>
    <g transform="translate(0 ${ASCENT * SIZE}) scale(${SIZE})">${svg}</g></svg>`;
  const pixels = await sharp(Buffer.from(picture)).grayscale().raw().toBuffer();
  const isDark = (x: number, y: number) => (pixels[y * across + x] as number) < 128;
  return Array.from({ length: across }, (_, x) => Array.from({ length: down }).filter((_, y) => isDark(x, y)).length);
}

test.each([
  ['Latin', 'José Đỗ Łukasz', 5],
  ['Greek', 'Ελένη', 2],
  ['Cyrillic', 'Ольга', 2],
  ['Han', '陳大文', 2],
  ['kana', 'ひらカナ', 2],
  ['Hangul', '한지민', 2],
  ['Devanagari', 'अमित', 1.5],
  ['Arabic', 'محمد', 1.5],
  ['Hebrew', 'שלום', 1.5],
  ['Thai', 'สมชาย', 1.5],
  ['marks', '✓ × ? … # 0.56', 5],
])('draws %s', async (_, text, ems) => {
  expect(await canLetter(text)).toBe(true);
  const { width } = await letter(text);
  expect(width).toBeGreaterThan(ems);
  const columns = await columnsOf(text);
  expect(columns.filter((dark) => dark > 0).length).toBeGreaterThan(columns.length / 2);
});

test('letters that differ look different, and an accent belongs to its letter', async () => {
  expect(await columnsOf('陳')).not.toEqual(await columnsOf('陣'));
  expect(await columnsOf('José')).not.toEqual(await columnsOf('Jose'));
  expect(await letter('Jose\u0301')).toEqual(await letter('José'));
});

test('Arabic letters are joined, as they are written', async () => {
  const columns = await columnsOf('محمد');
  const inked = columns.slice(columns.findIndex(Boolean), columns.findLastIndex(Boolean) + 1);
  expect(inked.every((dark) => dark > 0)).toBe(true);
});

test('says which text it cannot draw, and leaves out only those characters', async () => {
  expect(await canLetter('Bob \u{1f642}')).toBe(false);
  expect(await letter('Bo\u{1f642}b')).toEqual(await letter('Bob'));
});
