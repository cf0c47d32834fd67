// Turns text into outlines. Its fonts are npm packages, so every machine draws the same.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';
import decompress from 'woff2-encoder/decompress';

const { resolve } = createRequire(import.meta.url);

/** Packages of @fontsource-variable (SIL Open Font License). The first that has a character draws it. */
const FAMILIES = [
  'noto-sans', // Latin, Greek, Cyrillic, Devanagari
  'noto-sans-sc', // Han, kana
  'noto-sans-kr', // Hangul
  'noto-sans-arabic',
  'noto-sans-hebrew',
  'noto-sans-thai',
];

/** Semi-bold, because thin strokes are hard to see on a photograph. */
const WEIGHT = 600;

/** Text as outlines. The unit is the em, the origin the left end of the baseline. */
export interface Lettering {
  svg: string;
  width: number;
}

/** Height of every lettering above and below the baseline, in ems: Noto Sans's own (1.069 and 0.293), rounded. */
export const ASCENT = 1.07;
export const DESCENT = 0.3;

/** Whether letter() can draw every character. */
export async function canLetter(text: string): Promise<boolean> {
  const fonts = await Promise.all(charactersOf(text).map(fontFor));
  return !fonts.includes(undefined);
}

/** Splits text into characters as a reader sees them: an accent belongs to its letter. */
export function charactersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text.normalize()), ({ segment }) => segment);
}

/** Draws text. Characters that no family has are left out. */
export async function letter(text: string): Promise<Lettering> {
  const runs: { font: Font; text: string }[] = [];
  for (const segment of charactersOf(text)) {
    const font = await fontFor(segment);
    if (!font) continue;
    const last = runs.at(-1);
    if (last?.font === font) last.text += segment;
    else runs.push({ font, text: segment });
  }
  const paths: string[] = [];
  let width = 0;
  for (const { font, text: part } of runs) {
    const { glyphs, positions } = font.layout(part);
    const scale = 1 / font.unitsPerEm;
    for (const [i, glyph] of glyphs.entries()) {
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[i] ?? {};
      const place = `translate(${width + xOffset * scale} ${-yOffset * scale}) scale(${scale} ${-scale})`;
      paths.push(`<path transform="${place}" d="${glyph.path.toSVG()}"/>`);
      width += xAdvance * scale;
    }
  }
  return { svg: paths.join(''), width };
}

interface Part {
  file: string;
  /** Code points, first and last. */
  ranges: [number, number][];
}

/** A family comes in parts of a few hundred characters; only the parts that a text needs are opened. */
let parts: Promise<Part[]> | undefined;

async function readParts(): Promise<Part[]> {
  const lists = FAMILIES.map(async (family) => {
    const file = locate(`@fontsource-variable/${family}/unicode.json`);
    const list = file === undefined ? {} : JSON.parse(await readFile(file, 'utf8'));
    return Object.entries(list as Record<string, string>).map(([part, ranges]) => ({
      file: `@fontsource-variable/${family}/files/${family}-${part.replace(/[[\]]/g, '')}-wght-normal.woff2`,
      ranges: ranges.split(',').map(readRange),
    }));
  });
  return (await Promise.all(lists)).flat();
}

/** Undefined where the family's package is not installed, which is allowed: its characters are then not drawn. */
function locate(file: string): string | undefined {
  try {
    return resolve(file);
  } catch {
    return undefined;
  }
}

/** `U+20` or `U+0-FF`. */
function readRange(text: string): [number, number] {
  const [first = Number.NaN, last = first] = text
    .slice(2)
    .split('-')
    .map((digits) => Number.parseInt(digits, 16));
  return [first, last];
}

/** The first font that has all of some characters. */
async function fontFor(characters: string): Promise<Font | undefined> {
  const points = Array.from(characters, (character) => character.codePointAt(0) as number);
  parts ??= readParts();
  for (const { file, ranges } of await parts) {
    if (!points.every((point) => ranges.some(([first, last]) => point >= first && point <= last))) continue;
    const font = await openFont(file);
    if (points.every((point) => font.hasGlyphForCodePoint(point))) return font;
  }
  return undefined;
}

const opened = new Map<string, Promise<Font>>();

function openFont(file: string): Promise<Font> {
  const font = opened.get(file) ?? readFont(file);
  opened.set(file, font);
  return font;
}

async function readFont(file: string): Promise<Font> {
  // fontkit reads compressed fonts too, but not their weights.
  const font = create(Buffer.from(await decompress(await readFile(resolve(file))))) as Font;
  return font.getVariation({ wght: WEIGHT });
}
