// How much nearer strangers come to an appearance, fitted on distances that are made up.
import { expect, test } from 'vitest';
import { thresholdFor } from '../../../handler/matching/calibration.ts';
import { nearness } from '../../../tools/film/nearness.ts';
import { fitNearer, type Nearer, NO_NEARER, realised, type Shown, split } from '../../../tools/lab/appearance-fit.ts';

/** A million pairs: at a rate of 1e-4 a hundred match, too many for chance to matter. */
const PEOPLE = 1000;
/** Frames and widths of appearances, mixed. */
const [FRAMES, WIDTHS] = [
  [1, 2, 6, 12],
  [55, 80, 150],
];

/** Strangers whose rates are the calibration's, come nearer. Everybody is at 0.1 to their own model. */
function film(nearer: Nearer): Shown[] {
  return Array.from({ length: PEOPLE }, (_, person) => {
    const looks = { frames: FRAMES[person % 4] as number, width: WIDTHS[person % 3] as number };
    const by = nearness(looks, nearer);
    const distances = Array.from({ length: PEOPLE }, (_, other) =>
      other === person ? 0.1 : by * strangerOf(person, other),
    );
    return { person, ...looks, distances };
  });
}

/** Ranks all pairs by a walk that visits each once, so every part of them is spread over the rates. */
function strangerOf(person: number, other: number): number {
  const rank = ((person * PEOPLE + other) * 73_939) % PEOPLE ** 2;
  return thresholdFor(Math.min(0.1, (rank + 0.5) / PEOPLE ** 2));
}

test('finds by how much strangers come nearer, and then the rate holds', () => {
  const shown = film({ many: 0.02, small: 0.06 });
  const nearer = fitNearer([shown]);
  expect(Math.abs(nearer.many - 0.02)).toBeLessThan(0.006);
  expect(Math.abs(nearer.small - 0.06)).toBeLessThan(0.011);
  expect(realised(split(shown, NO_NEARER), 1e-3)).toBeGreaterThan(1.3);
  expect(realised(split(shown, nearer), 1e-3)).toBeCloseTo(1, 0);
});

test('where nobody comes nearer, it finds next to nothing', () => {
  const { many, small } = fitNearer([film(NO_NEARER)]);
  expect(many).toBeLessThan(0.003);
  expect(small).toBeLessThan(0.006);
});

test('only pairs of chosen people count', () => {
  const { genuine, strangers } = split(film(NO_NEARER), NO_NEARER, (person) => person < 10);
  expect([genuine.total, strangers.total]).toEqual([10, 90]);
  expect(genuine.rateAt(0.1)).toBe(1);
});

test('strangers come nearer to more frames and to smaller faces, and not to one large face', () => {
  expect(nearness({ frames: 1, width: 200 })).toBe(1);
  expect(nearness({ frames: 2, width: 200 })).toBeLessThan(1);
  expect(nearness({ frames: 20, width: 200 })).toBeLessThan(nearness({ frames: 2, width: 200 }));
  expect(nearness({ frames: 20, width: 50 })).toBeLessThan(nearness({ frames: 20, width: 100 }));
});
