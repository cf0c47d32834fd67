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
   * Looks 0 and 1 lean to the cohort and away from it, and their mean is the person's own cell. So does look 4, like look 1.
   * Looks 5 and 6 cancel these three out, so the mean of all eight is the closer look, that of looks 2, 3 and 7. The mean of
   * looks 0, 3, 4 and 7 has .6 of the own cell and one of the closer look.
   */
  function looks(closer: Look, person: number): Look[] {
    const [to, away] = [
      { [person]: 0.6, 64: 0.8 },
      { [person]: 0.6, 64: -0.8 },
    ];
    const [back, alsoBack] = [1, -1].map((sign) => ({ [person]: -0.9, 64: 0.4, 126: sign * Math.sqrt(0.03) }));
    return [to, away, closer, closer, away, back as Look, alsoBack as Look, closer];
  }

  const people = join(folder, 'two-photos');
  const files = (file: string): string => join(folder, file);
  let lines: string[];

  beforeAll(async () => {
    const pictures: Record<string, Plant | Look[]> = {};
    for (const person of PEOPLE) {
      const [cos, sin] = cosine(person);
      const closer = { [person]: cos, [side(person)]: sin };
      pictures[`${name(person)}/frontal/a.png`] = looks({ [person]: 1 }, person);
      pictures[`${name(person)}/frontal/b.png`] = looks(closer, person);
      pictures[`${name(person)}/profile/c.png`] = [{ 0: 1 }];
    }
    pictures['p09/frontal/none.png'] = { faces: [] };
    pictures['p03/frontal/a.png'] = {
      faces: [
        { box: [0, 0, 10, 10], looks: [{ 5: 1 }] },
        { box: [20, 25, 45, 45], looks: looks({ 3: 1 }, 3) },
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

  // With .8 at cell 64, ten of the cohort are at .632456, and the background is .632456 / ((10 x .632456 + 150 x 1.414214) / 160).
  test('one look: strangers are at the chord of cosine .64, .848528, and the planted cohort divides that by .463217', () => {
    expect(below(lines, 'one look, dlib')).toEqual(alwaysAt('0.8485'));
    expect(below(lines, 'one look, over the mean')).toEqual(alwaysAt('1.8318'));
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

  test('before: 18 genuine pairs at .282843, and those at .632456 and 1.2 are further than lookalikes', () => {
    // 18 of 40. Without fold 8, that of the lookalikes, no strangers are nearer than a right angle, and all 36 are found; without
    // another 16 of 36: the jackknife of 1 and nine times .4444: variance 9/10 x (.25 + 9 x .003086) = .25, 2.262 x .5.
    expect(below(lines, 'before: eight looks')).toEqual(twoLevels('0.4500 +- 1.1310', '1.4142', '0.3959'));
  });

  // Second photos as probes lie 10.175, 23.199 and, of lookalikes, 47.490 degrees off: .177357, .402129 and .805333. The lookalikes as
  // enrolled are at 73.740, so strangers come within the root of 2 - 2 x .96 x .737154, .764633: the lookalikes' own pairs are further.
  const found = '0.9000 +- 0.2262'; // 36 of 40; without fold 8 all, without another 32 of 36

  test('four looks to judge: lookalikes are .764633 apart', () => {
    expect(below(lines, 'four looks to judge')).toEqual(twoLevels(found, '1.4142', '0.7646'));
  });

  test('what ships has the same pairs, each distance over the background of two faces of background 1', () => {
    const levels = twoLevels(found, below1(Math.SQRT2), below1(0.764633));
    expect(below(lines, 'what ships').slice(0, 5)).toEqual(levels);
  });

  test('what ships finds 18 pairs more than before: both of each person from 10 on but the lookalike', () => {
    const more = 'before finds 0 pairs alone and what ships 18; more of 0 and 9 people: z = 3.0';
    expect(below(lines, 'what ships').slice(9, 12)).toEqual(
      ['0.001', '0.0001', '0.00001'].map((fmr) => `  at FMR ${fmr} ${more}`),
    );
  });

  test('at the thresholds that ship no stranger matches, and the lookalikes and all from 10 on are missed', () => {
    expect(lines).toContain('realised over nominal at 0.0001: 0.00 (0.00 to 0.00)');
    const tenths = [...Array(4).fill('0.00'), '0.50', ...Array(5).fill('1.00')].join(' ');
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

  test('at the threshold that ships the pairs at .177357 and .282843 match, and those at .402129 and more do not', () => {
    const line = `  shipped threshold ${thresholdFor(1e-4)}: TMR 0.4500, FMR 0.00e+0`;
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
    // The lookalikes: genuine pairs at .805 and 1.2, strangers at .765. The others: .177, .283, .402 and .632. The threshold times the
    // background of such a pair is .363.
    expect(lines).toContain('group alike: 2 people, 4 photos: TMR 0.0000, FMR 0.00e+0, pairs within the group');
    expect(lines).toContain('group others: 2 people, 4 photos: TMR 0.5000, FMR 0.00e+0, pairs within the group');
  });

  test('the DET curve runs at a false non-match rate of .1 up to 2 in 1,520, and then is off the picture', async () => {
    const { data, info } = await sharp(files('det.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([720, 720]);
    const isCurve = (x: number, y: number): boolean => {
      const [red, green, blue] = data.subarray((y * 720 + x) * 3) as unknown as [number, number, number];
      return red < 40 && green > 80 && blue > 140;
    };
    // Axes from 90 to 630: six powers of ten across, three down. -1 of -3 is 360 of 540 pixels up.
    const columns = Array.from({ length: 540 }, (_, i) => 90 + i).filter((x) => isCurve(x, 270));
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
