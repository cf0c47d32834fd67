// The accuracy program on a made set of people, small enough to work out every figure on paper.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { thresholdFor } from '../../../handler/matching/calibration.ts';
import { formatModel } from '../../../handler/matching/vectors.ts';
import { start } from '../../helpers.ts';
import {
  type Look,
  PLANTED_COHORT,
  type Plant,
  pairBackground,
  plantedEnvironment,
  plantFolder,
} from '../../planted.ts';

const TIMEOUT_MS = 180_000; // some seconds on an idle machine
const folder = mkdtempSync(join(tmpdir(), 'fr-accuracy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PEOPLE = Array.from({ length: 20 }, (_, person) => person);
const name = (person: number): string => `p${String(person).padStart(2, '0')}`;

async function runAccuracy(people: string, ...options: string[]): Promise<string[]> {
  const cohort = join(folder, 'cohort.csv');
  writeFileSync(cohort, formatModel(PLANTED_COHORT));
  const env = plantedEnvironment(folder);
  const { stdout, stderr, exitCode } = await start('accuracy', [people, '--cohort', cohort, ...options], { env });
  expect([stderr, exitCode]).toEqual(['', 0]);
  return stdout.split('\n');
}

/** What stands below a line that begins so, down to the next line that is not indented. */
function below(lines: readonly string[], title: string): string[] {
  const from = lines.findIndex((line) => line.startsWith(title)) + 1;
  expect(from, title).toBeGreaterThan(0);
  const rest = lines.slice(from);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return rest.slice(0, end === -1 ? rest.length : end);
}

/** The largest threshold below a Euclidean distance, in steps of 1e-4, of what ships. All backgrounds are 1. */
function below1(euclidean: number): string {
  return (1e-4 * (Math.ceil(euclidean / pairBackground(1, 1) / 1e-4) - 1)).toFixed(4);
}

/** A rule's lines when no threshold but this one comes out, and everyone is found. */
function alwaysAt(threshold: string): string[] {
  return ['1e-2', '1e-3', '1e-4', '1e-5', '1e-6'].map(
    (fmr) => `  FMR ${fmr}: TMR 1.0000 +- 0.0000 at threshold ${threshold}`,
  );
}

describe('of twenty people of two photos', () => {
  /** Cosine of a person's two photos: chords .282843, .632456 and 1.2. Persons 8 and 18 are lookalikes. */
  const cosine = (person: number): [number, number] => {
    if (person % 10 === 8) return [0.28, 0.96];
    return person < 10 ? [0.96, 0.28] : [0.8, 0.6];
  };
  /** Lookalikes' second photos turn off to the same side: .96 x .96 is the cosine between, .395980 the chord. */
  const side = (person: number): number => 20 + (person === 18 ? 8 : person);

  /**
   * Looks 0 and 1 lean to the cohort and away from it, and their mean is the person's own cell. Looks 4 and 5 cancel them
   * out. So the mean of all eight is that of looks 2, 3, 6 and 7: halfway between a person's two photos where 6 and 7
   * are the first photo's, as in every second photo but the lookalikes'. The mean of looks 0 to 3 has .866025 of the own cell
   * and one of the closer look.
   */
  function looks(closer: Look, person: number, isLookalike: boolean): Look[] {
    const [to, off] = [Math.sqrt(0.75), 0.5];
    const last = isLookalike ? closer : { [person]: 1 };
    return [
      ...[{ [person]: to, 64: off }, { [person]: to, 64: -off }, closer, closer],
      ...[{ [person]: -to, 64: -off }, { [person]: -to, 64: off }, last, last],
    ];
  }

  const people = join(folder, 'two-photos');
  const files = (file: string): string => join(folder, file);
  let lines: string[];

  beforeAll(async () => {
    const pictures: Record<string, Plant | Look[]> = {};
    for (const person of PEOPLE) {
      const [cos, sin] = cosine(person);
      const closer = { [person]: cos, [side(person)]: sin };
      pictures[`${name(person)}/frontal/a.png`] = looks({ [person]: 1 }, person, false);
      pictures[`${name(person)}/frontal/b.png`] = looks(closer, person, person % 10 === 8);
      pictures[`${name(person)}/profile/c.png`] = [{ 0: 1 }];
    }
    pictures['p09/frontal/none.png'] = { faces: [] };
    pictures['p03/frontal/a.png'] = {
      faces: [
        { box: [0, 0, 10, 10], looks: [{ 5: 1 }] },
        { box: [20, 25, 45, 45], looks: looks({ 3: 1 }, 3, false) },
        { box: [50, 50, 60, 60], looks: [{ 6: 1 }] },
      ],
    };
    plantFolder(people, pictures);
    const pairs = Array.from({ length: 10 }, (_, fold) => [
      `${fold},${name(fold)}/frontal/a.png,${name(fold)}/frontal/b.png,1`,
      `${fold},${name(fold + 10)}/frontal/a.png,${name(fold + 10)}/frontal/b.png,1`,
      fold === 8
        ? '8,p08/frontal/b.png,p18/frontal/b.png,0'
        : `${fold},${name(fold)}/frontal/a.png,${name(fold + 10)}/frontal/a.png,0`,
    ]);
    const missing = '9,p09/frontal/none.png,p09/frontal/a.png,1';
    writeFileSync(files('pairs.csv'), ['fold,a,b,same', ...pairs.flat(), missing, ''].join('\n'));
    writeFileSync(files('groups.csv'), 'person,group\np08,alike\np18,alike\np00,others\np10,others\n');
    lines = await runAccuracy(
      people,
      ...['--only', 'frontal', '--photos', '1', '--pairs', files('pairs.csv'), '--groups', files('groups.csv')],
      ...['--det', files('det.png')],
    );
  }, TIMEOUT_MS);

  test('pictures outside --only do not count, and of several faces the one nearest the centre does', () => {
    expect(lines[0]).toBe(`${people}: 41 pictures, 1 with no face found, 20 people`);
    // 20 people x 2 ordered pairs, and 40 photos x 38 of other people.
    for (const rule of ['one look, dlib, unit length', 'what ships: over the background of the pair']) {
      expect(lines).toContain(`${rule}: 40 genuine pairs, 1520 impostor pairs`);
    }
  });

  test('one look: strangers are at the chord of cosine .25, 1.224745, and the planted cohort divides that by .720292', () => {
    expect(below(lines, 'one look, dlib')).toEqual(alwaysAt('1.2247'));
    expect(below(lines, 'one look, over the mean')).toEqual(alwaysAt('1.7003'));
  });

  test('with its mirror image: strangers are at right angles, 1.414214', () => {
    expect(below(lines, 'and its mirror image')).toEqual(alwaysAt('1.4142'));
  });

  // One in a hundred is 15.2 pairs: the two at .395980 may match, and the 1,518 at 1.414214 may not. One in a thousand is
  // 1.52 pairs: not even the two.
  const twoLevels = (tmr: string, far: string, near: string): string[] => [
    `  FMR 1e-2: TMR 1.0000 +- 0.0000 at threshold ${far}`,
    ...['1e-3', '1e-4', '1e-5', '1e-6'].map((fmr) => `  FMR ${fmr}: TMR ${tmr} at threshold ${near}`),
  ];

  test('before: 18 genuine pairs at .282843, and 9 at .320360 of the gallery halfway between', () => {
    // 27 of 40. Without fold 8, that of the lookalikes, 36 of 36; without another 24 of 36: the jackknife of 1 and nine
    // times .6667: variance 9/10 x (.09 + 9 x .001111) = .09, 2.262 x .3.
    expect(below(lines, 'before: eight looks')).toEqual(twoLevels('0.6750 +- 0.6786', '1.4142', '0.3959'));
  });

  // Second photos as probes lie 8.717, 19.806 and, of lookalikes, 39.952 degrees off. The lookalikes as enrolled are at 73.740,
  // so they come within the root of 2 - 2 x .96 x .642148, .875829, and only the two pairs at 1.2 are further.
  const found = '0.9500 +- 0.1131'; // 38 of 40; without fold 8 all, without another 34 of 36

  test('four looks to judge: lookalikes are .875829 apart', () => {
    expect(below(lines, 'four looks to judge')).toEqual(twoLevels(found, '1.4142', '0.8758'));
  });

  test('what ships has the same pairs, each distance over the background of two faces of background 1', () => {
    const levels = twoLevels(found, below1(Math.SQRT2), below1(0.875829));
    expect(below(lines, 'what ships').slice(0, 5)).toEqual(levels);
  });

  test('what ships finds 11 pairs more than before: one of each person from 10 on and of the first lookalike', () => {
    const more = 'before finds 0 pairs alone and what ships 11; more of 0 and 11 people: z = 3.3';
    expect(below(lines, 'what ships').slice(9, 12)).toEqual(
      ['0.001', '0.0001', '0.00001'].map((fmr) => `  at FMR ${fmr} ${more}`),
    );
  });

  test('at the thresholds that ship no stranger matches, and of two tenths the lookalike is missed', () => {
    expect(lines).toContain('realised over nominal at 0.0001: 0.00 (0.00 to 0.00)');
    const tenths = Array(10).fill('0.00').with(4, '0.50').with(9, '0.50').join(' ');
    expect(below(lines, 'realised over nominal at 0.0001')[1]).toBe(`  missed in these tenths: ${tenths}`);
  });

  test('thresholds of nine folds let 2 of the 8 pairs of the lookalikes pass, in the tenth', () => {
    const fold = 'from nine folds of people, on the tenth: FMR 2.50e-2 (0.0e+0 to 2.5e-1)';
    expect(below(lines, 'what ships').slice(5, 8)).toEqual([
      `  threshold for 0.001 ${fold}`,
      `  threshold for 0.0001 ${fold}`,
      `  threshold for 0.00001 ${fold}`,
    ]);
  });

  test('at the threshold that ships all but the four of the lookalikes match', () => {
    const line = `  shipped threshold ${thresholdFor(1e-4)}: TMR 0.9000, FMR 0.00e+0`;
    expect(below(lines, 'what ships')[8]).toBe(line);
  });

  test('people enrolled from their first photo are judged by the other, and by everyone else', () => {
    expect(lines).toContain('enrolled from 1 photos: 20 genuine pairs, 760 impostor pairs');
    expect(below(lines, 'enrolled from 1 photos')).toEqual(alwaysAt(below1(Math.SQRT2)));
  });

  test('ten-fold verification: fold 8 has one of three right, fold 9 three of four for a picture without a face', () => {
    // 8 x 100, 33.33 and 75 %: mean 90.83, variance 4,229.17 / 9, and 2.262 x sqrt(469.91 / 10) = 15.51.
    expect(lines).toContain('ten-fold verification, 31 pairs: 90.83 +- 15.51 % decided rightly');
  });

  test('a group has the pairs within it', () => {
    // The lookalikes: genuine pairs at .683 and 1.2, strangers at .876. The others: .152, .142, .344 and .320, all within
    // .363, the threshold times the background of such a pair.
    expect(lines).toContain('group alike: 2 people, 4 photos: TMR 0.0000, FMR 0.00e+0, pairs within the group');
    expect(lines).toContain('group others: 2 people, 4 photos: TMR 1.0000, FMR 0.00e+0, pairs within the group');
  });

  test('the DET curve runs at a false non-match rate of .05 up to 2 in 1,520, and then is off the picture', async () => {
    const { data, info } = await sharp(files('det.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([720, 720]);
    const isCurve = (x: number, y: number): boolean => {
      const [red, green, blue] = data.subarray((y * 720 + x) * 3) as unknown as [number, number, number];
      return red < 40 && green > 80 && blue > 140;
    };
    // Axes from 90 to 630: six powers of ten across, three down. -1.301 of -3 is 306 of 540 pixels up.
    const columns = Array.from({ length: 540 }, (_, i) => 90 + i).filter((x) => isCurve(x, 324));
    expect(columns[0]).toBe(90);
    expect(columns).toHaveLength((columns.at(-1) as number) - 89);
    // log10(2 / 1,520) is -2.88: the last of the twenty steps a power before it is -2.9, at 90 + 3.1 x 90.
    expect(columns.at(-1)).toBeGreaterThanOrEqual(367);
    expect(columns.at(-1)).toBeLessThanOrEqual(371);
    for (const y of [160, 170, 186, 300, 500]) expect(isCurve(200, y)).toBe(false);
  });
});

test(
  'a thorough look finds every face, and a picture directly in the folder is a person of its own',
  async () => {
    const some = join(folder, 'thorough');
    plantFolder(some, {
      'a/1.png': [{ 0: 1 }],
      'a/2.png': { faces: [{ looks: [{ 0: 1 }], hidden: true }] },
      'b.png': [{ 1: 1 }],
    });
    const [first] = await runAccuracy(some, '--thorough');
    expect(first).toBe(`${some}: 3 pictures, 0 with no face found, 2 people`);
  },
  TIMEOUT_MS,
);

test('refuses --jobs that is no number of pictures', async () => {
  const few = join(folder, 'few');
  plantFolder(few, { 'a/1.png': [{ 0: 1 }] });
  const { stderr, exitCode } = await start('accuracy', [few, '--jobs', '0'], { env: plantedEnvironment(folder) });
  expect([stderr, exitCode]).toEqual(['accuracy: --jobs needs a whole number from 1 to 256', 2]);
});
