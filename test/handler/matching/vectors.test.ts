// Reading and writing face vectors as model CSV.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../handler/errors.ts';
import { EMBEDDER } from '../../../handler/matching/embedder.ts';
import {
  type FaceVector,
  formatModel,
  MOST_MODEL_BYTES,
  MOST_ROWS,
  parseModel,
  parseNumber,
  parsePhotos,
  shortestText,
  VECTOR_SIZE,
} from '../../../handler/matching/vectors.ts';
import { portrait, SIDECAR } from '../helpers.ts';

/** Any finite float32: subnormal, -0 and the largest, too. */
const anyFloat = fc.float({ noNaN: true, noDefaultInfinity: true });
const edges = [0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 2 ** -126 - 2 ** -149, (2 - 2 ** -23) * 2 ** 127];
const anyVector = fc
  .array(fc.oneof(anyFloat, fc.constantFrom(...edges)), { minLength: VECTOR_SIZE, maxLength: VECTOR_SIZE })
  .map((values) => Float32Array.from(values))
  .filter((vector) => vector.some((value) => value !== 0));

function bits(vectors: readonly FaceVector[]): number[][] {
  return vectors.map((vector) => Array.from(new Uint32Array(vector.buffer, vector.byteOffset, vector.length)));
}

function row(value: string | number = 0.5, cells = VECTOR_SIZE): string {
  return Array.from({ length: cells }, () => value).join();
}

function failureOf(csv: string): ModelError {
  try {
    parseModel(csv);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).not.toContain('\n');
    return error as ModelError;
  }
  return expect.fail('the model is read');
}

test('a model is read back with the same bits', () => {
  fc.assert(
    fc.property(fc.array(anyVector, { minLength: 1, maxLength: 3 }), (vectors) => {
      expect(bits(parseModel(formatModel(vectors)))).toEqual(bits(vectors));
    }),
    { examples: [[[Float32Array.from({ length: VECTOR_SIZE }, (_, i) => edges[i % edges.length] as number)]]] },
  );
});

test('csv-stringify writes the same model, and csv-parse reads it', () => {
  fc.assert(
    fc.property(fc.array(anyVector, { minLength: 1, maxLength: 2 }), (vectors) => {
      const model = formatModel(vectors);
      const cells = vectors.map((vector) => Array.from(vector, shortestText));
      expect(model).toBe(`# face-vectors 1 ${EMBEDDER}\n${stringify(cells)}`);
      expect(parse(model, { comment: '#' })).toEqual(cells);
    }),
  );
});

test('a model is a comment that names the network, then one row of 128 columns for each vector', () => {
  const lines = formatModel([new Float32Array(VECTOR_SIZE).fill(0.1), new Float32Array(VECTOR_SIZE).fill(-2)]).split(
    '\n',
  );
  expect(lines).toEqual([`# face-vectors 1 ${EMBEDDER}`, row(0.1), row(-2), '']);
});

test('the sidecar writes a number with the same digits as we do, and it is read back unchanged', async () => {
  const input = await (await portrait('ann')).png().toBuffer();
  const { stdout } = await execa(SIDECAR, { input });
  const [row] = parse(stdout, { columns: true }) as Record<string, string>[];
  for (let i = 0; i < VECTOR_SIZE; i += 1) {
    const theirs = row?.[`v${i}`] as string;
    expect(Number(shortestText(Math.fround(Number(theirs))))).toBe(Number(theirs));
  }
});

describe('the shortest text of a number', () => {
  const digits = (text: string): number =>
    text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length;

  /** Fewest digits that read back to the value, by trying the two decimals around it at every length. */
  function fewestDigits(value: number): number {
    for (let count = 1; count < 9; count += 1) {
      const [mantissa, exponent] = value.toExponential(count - 1).split('e') as [string, string];
      const nearest = Number(mantissa.replace('.', ''));
      const around = [nearest - 1, nearest, nearest + 1].map((n) => Number(`${n}e${Number(exponent) - count + 1}`));
      if (around.some((decimal) => Math.fround(decimal) === value)) return count;
    }
    return 9;
  }

  test('has the fewest digits that are read back with the same bits', () => {
    fc.assert(
      fc.property(fc.oneof(anyFloat, fc.constantFrom(...edges.filter((edge) => edge !== 0))), (value) => {
        const text = shortestText(value);
        expect(Object.is(Math.fround(parseNumber(text)), value)).toBe(true);
        if (value !== 0) expect(digits(text)).toBe(fewestDigits(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test('has the fewest digits at every power of two except three, which have one more', () => {
    const exponents = Array.from({ length: 277 }, (_, i) => i - 149);
    for (const exponent of exponents) expect(Math.fround(Number(shortestText(2 ** exponent)))).toBe(2 ** exponent);
    // Below a power of two floats stand closer, so that there the nearest decimal may miss where a further one hits.
    expect(exponents.filter((e) => digits(shortestText(2 ** e)) !== fewestDigits(2 ** e))).toEqual([-96, 87, 90]);
  });

  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [Math.fround(0.1), '0.1'],
    [-(2 ** -149), '-1e-45'],
    [2 ** 24, '16777216'],
  ])('of %d is %s', (value, text) => {
    expect(shortestText(value)).toBe(text);
  });
});

describe('a model is read', () => {
  const comment = `# face-vectors 1 ${EMBEDDER}`;

  test.each([
    ['without its comment, as the original wrote it', `${row()}\n`],
    ['with a byte order mark', `\uFEFF${comment}\n${row()}\n`],
    ['with a byte order mark and no comment', `\uFEFF${row()}\n`],
    ['with CRLF line ends', `${comment}\r\n${row()}\r\n`],
    ['with blank lines', `\n${comment}\n\n\n${row()}\n\n`],
    ['with further comments', `# Ann, 2017\n${comment}\n${row()}\n# the end`],
    ['with spaces around its cells', `${comment}  \n ${row().replaceAll(',', ' ,\t')}  \n`],
    ['without a last line end', `${comment}\n${row()}`],
    ['with quoted cells', `${comment}\n${row('"0.5"')}\n`],
    [
      'as a spreadsheet saves it, its comment filled up with commas',
      `\uFEFF${comment}${','.repeat(127)}\r\n${row()}\r\n`,
    ],
    ['as a spreadsheet saves it that quotes text', `"${comment}"${','.repeat(127)}\r\n${row()}\r\n`],
    ['in any decimal notation', `${comment}\n${row('+5.E-1')}\n`],
  ])('%s', (_, csv) => {
    expect(parseModel(csv)).toEqual([new Float32Array(VECTOR_SIZE).fill(0.5)]);
  });

  test('in the same way whether its cells are quoted or not', () => {
    // Quotes send a model to another reader. What the two must agree on: blank lines, spaces, comments, line numbers.
    const piece = fc.constantFrom('1', ' ', ',', '#', '\t', 'x', '\n', '\r\n', '\uFEFF');
    const outcome = (csv: string): unknown => {
      try {
        return bits(parseModel(csv));
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.constant(row())), { maxLength: 12 }), (pieces) => {
        const csv = pieces.join('');
        const last = `\n${row()}\n`;
        expect(outcome(csv + last)).toEqual(outcome(csv + last.replaceAll('0.5', '"0.5"')));
      }),
      { numRuns: 1_000 },
    );
  });

  test('if two are joined end to end', () => {
    const [one, two] = [new Float32Array(VECTOR_SIZE).fill(1), new Float32Array(VECTOR_SIZE).fill(2)];
    expect(parseModel(formatModel([one]) + formatModel([two, one]))).toEqual([one, two, one]);
  });
});

describe('a model is read as photos', () => {
  const vector = (value: number): FaceVector => new Float32Array(VECTOR_SIZE).fill(value);
  const model = (...rows: number[]): string => formatModel(rows.map(vector));
  const photosOf = (csv: string): number[][] =>
    parsePhotos(csv).map((photo) => photo.map(([first]) => first as number));
  const looks = (value: number): number[] => Array<number>(8).fill(value);

  test('of eight rows each', () => {
    expect(photosOf(model(...looks(1), ...looks(2)))).toEqual([looks(1), looks(2)]);
  });

  test('of any number of rows each, if each begins with a comment', () => {
    expect(photosOf(model(1, 2, 3) + model(...looks(4), ...looks(5)) + model(6))).toEqual([
      [1, 2, 3],
      looks(4),
      looks(5),
      [6],
    ]);
    expect(photosOf(`${model(1)}# Ann\n\n${model(2)}`.replaceAll('\n', '\r\n').replaceAll('1,', '"1",'))).toEqual([
      [1],
      [2],
    ]);
  });

  test('as one photo, if the number of rows is not a multiple of eight', () => {
    expect(photosOf(model(...looks(1), 2))).toEqual([[...looks(1), 2]]);
  });
});

describe('a model is refused', () => {
  const good = `# face-vectors 1 ${EMBEDDER}\n${row()}\n`;

  test.each([
    ['a row has a column too few', `${good}${row(1, 127)}\n`, "the model's line 3 has 127 columns, not 128"],
    ['a row has a column too many', `${good}\n${row(1, 129)}\n`, "the model's line 4 has 129 columns, not 128"],
    ['a row is words', `# Windows\r\n\r\n${row()}\r\nleft,top\r\n`, "the model's line 4 has 2 columns, not 128"],
    ['a cell is NaN', `${good}# a comment\n${row('NaN')}\n`, "the model's line 4 holds something that is not a number"],
    ['a cell is infinite', row('Infinity'), "the model's line 1 holds something"],
    ['a cell is beyond float32', row('1e39'), "the model's line 1 holds something"],
    ['a cell is hexadecimal', row('0x10'), "the model's line 1 holds something"],
    ['a cell is empty', `${row('')}\n`, "the model's line 1 holds something"],
    ['a cell is a word', row('true'), "the model's line 1 holds something"],
    ['all cells are zero', `${good}${row('-0')}\n`, "the model's line 3 is all zeros"],
    ['all cells are too small for float32', row('1e-60'), "the model's line 1 is all zeros"],
    ['a quote never ends', `${good}"${row()}\n`, 'the model is not CSV from line '],
    ['it is empty', '', 'the model holds no face vector'],
    ['it is only a comment', `# face-vectors 1 ${EMBEDDER}\n`, 'the model holds no face vector'],
  ])('when %s', (_, csv, reason) => {
    expect(failureOf(csv)).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining(reason) });
  });

  test.each([
    ['rows', `${row(1)}\n`.repeat(MOST_ROWS + 1), 'the model has more than 10000 rows'],
    ['quoted rows', `${row('"1"')}\n`.repeat(MOST_ROWS + 1), 'the model has more than 10000 rows'],
    ['bytes', `#${'\n'.repeat(MOST_MODEL_BYTES)}`, 'the model is larger than 64 MiB'],
    ['cells in a line', `${good}1${',1'.repeat(100_000)}`, "the model's line 3 is longer than any row of a model"],
    ['cells in a quoted line', `"1"${',1'.repeat(100_000)}\n`, "the model's line 1 is longer than any row of a model"],
  ])('when it has too many %s', (_, csv, reason) => {
    expect(failureOf(csv)).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining(reason) });
  });

  test('as soon as there are too many rows, before a later bad row is read', () => {
    expect(failureOf(`${row(1)}\n`.repeat(MOST_ROWS + 1) + row('x')).message).toContain('more than 10000 rows');
    expect(parseModel(`${row(1)}\n`.repeat(MOST_ROWS))).toHaveLength(MOST_ROWS);
  });

  test('when another network made it; the message quotes the name only if it looks like one', () => {
    const message = failureOf(`# face-vectors 1 Ann_Smith,<b>\n${row()}\n`).message;
    expect(message).toBe(`the model was made by another network and this is ${EMBEDDER}: train it again`);
  });

  const other = '# face-vectors 1 openface-nn4.small2';

  test.each([
    ['made', `${other}\n${row()}\n`],
    ['made, on Windows,', `\uFEFF${other}\r\n${row()}\r\n`],
    ['made, in an indented comment,', ` ${other}\n${row()}\n`],
    ['made in part', `${good}${other}\n${row()}\n`],
  ])('when it was %s by another network', (_, csv) => {
    const error = failureOf(csv);
    expect(error).toMatchObject({ name: 'ModelError', code: 'OTHER_EMBEDDER' });
    expect(error.message).toContain(`openface-nn4.small2 and this is ${EMBEDDER}`);
  });
});
