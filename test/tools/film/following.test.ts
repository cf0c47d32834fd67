// Which faces of one frame after the other belong together.
import { expect, test } from 'vitest';
import { shippedCohort } from '../../../handler/shipped-cohort.ts';
import { type Appearance, Following, type Seen } from '../../../tools/film/following.ts';
import { type Look, vectorOf } from '../../planted.ts';

const ANN: Look = { 0: 1 };
/** At right angles to Ann: another person. */
const BEN: Look = { 1: 1 };
/** Ann, seen a little differently. */
const ANN_TOO: Look = { 0: 0.98, 2: 0.199 };

function seen(left: number, look: Look): Seen {
  return { box: { left, top: 100, right: left + 100, bottom: 200 }, vector: vectorOf(look), turn: 0 };
}

interface Shown {
  timeS: number;
  isCut?: boolean;
  faces?: Seen[];
}

/** From, to and frames of each appearance. */
function follow(shown: readonly Shown[], endS: number): [from: number, to: number, frames: number][] {
  const following = new Following<Seen>({ cohort: shippedCohort(), everyS: 0.5, isBetter: () => false });
  const over: Appearance<Seen>[] = shown.flatMap(({ timeS, isCut = false, faces = [] }) =>
    following.add({ timeS, isCut, faces }),
  );
  return [...over, ...following.finish(endS)].map(({ fromS, toS, frames }) => [fromS, toS, frames]);
}

test('a face that moves a little is one appearance, until the frame that shows it no more', () => {
  const shown = [0, 0.5, 1].map((timeS, i) => ({ timeS, faces: [seen(100 + 20 * i, ANN)] }));
  expect(follow([...shown, { timeS: 1.5 }, { timeS: 2 }], 2.5)).toEqual([[0, 1.5, 3]]);
});

test('two faces are followed side by side, also when they change places', () => {
  const shown = [
    { timeS: 0, faces: [seen(0, ANN), seen(300, BEN)] },
    { timeS: 0.5, faces: [seen(0, BEN), seen(300, ANN_TOO)] },
  ];
  expect(follow(shown, 1)).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
});

test('another person at the same place is another appearance, also where no cut was noticed', () => {
  const shown = [
    { timeS: 0, faces: [seen(100, ANN)] },
    { timeS: 0.5, faces: [seen(100, BEN)] },
  ];
  expect(follow(shown, 1)).toEqual([
    [0, 0.5, 1],
    [0.5, 1, 1],
  ]);
});

test('the same person elsewhere after a cut goes on; another one does not', () => {
  const shown = [
    { timeS: 0, faces: [seen(100, ANN)] },
    { timeS: 0.3, isCut: true, faces: [seen(400, ANN_TOO)] },
    { timeS: 0.6, isCut: true, faces: [seen(400, BEN)] },
  ];
  expect(follow(shown, 1)).toEqual([
    [0, 0.6, 2],
    [0.6, 1, 1],
  ]);
});

test('who is away for two seconds goes on; who is away for longer begins anew', () => {
  const away = (backS: number): Shown[] => [
    { timeS: 0, faces: [seen(100, ANN)] },
    ...Array.from({ length: 2 * backS - 1 }, (_, i) => ({ timeS: 0.5 * (i + 1) })),
    { timeS: backS, faces: [seen(100, ANN)] },
  ];
  expect(follow(away(2), 3)).toEqual([[0, 3, 2]]);
  expect(follow(away(3), 4)).toEqual([
    [0, 0.5, 1],
    [3, 4, 1],
  ]);
});

test('appearances are given out in the order in which they began, though an earlier one goes on', () => {
  const following = new Following<Seen>({ cohort: shippedCohort(), everyS: 0.5, isBetter: () => false });
  const numbers = (over: Appearance<Seen>[]) => over.map(({ number }) => number);
  following.add({ timeS: 0, isCut: false, faces: [seen(0, ANN), seen(300, BEN)] });
  for (let timeS = 0.5; timeS < 5; timeS += 0.5) {
    expect(numbers(following.add({ timeS, isCut: false, faces: [seen(0, ANN)] }))).toEqual([]);
  }
  expect(numbers(following.finish(5))).toEqual([1, 2]);
});
