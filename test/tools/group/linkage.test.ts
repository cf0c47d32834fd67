// Which faces fr-group takes for one person.
import { expect, test } from 'vitest';
import { DEFAULT_FMR, thresholdFor } from '../../../handler/matching/calibration.ts';
import { toCohort } from '../../../handler/matching/cohort.ts';
import { compare, prepare } from '../../../handler/matching/matcher.ts';
import { type Cluster, distanceOf, join, single } from '../../../tools/group/cluster.ts';
import { limitsFor, link } from '../../../tools/group/linkage.ts';
import { neighbours } from '../../../tools/group/neighbours.ts';
import { PLANTED_COHORT, vectorOf } from '../../planted.ts';
import { seededFractions } from '../../seeded.ts';

const cohort = toCohort(PLANTED_COHORT);

/** A face at an angle in the plane of two cells. */
function faceAt(degrees: number, cells: [number, number] = [0, 1]): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return vectorOf({ [cells[0]]: Math.cos(angle), [cells[1]]: Math.sin(angle) });
}

function singles(vectors: readonly Float32Array[], pictures = vectors.map((_, i) => i)): Cluster[] {
  return vectors.map((vector, i) => single(prepare([vector], cohort), i, pictures[i] as number));
}

/** The groups by their faces, ascending. */
function groupsOf(clusters: readonly Cluster[]): number[][] {
  return clusters.map(({ faces }) => [...faces].sort((a, b) => a - b)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

const LIMITS = { alone: 0.4, together: 0.4 };

test('the distance of two faces is the matcher’s', () => {
  const [a, b] = [prepare([faceAt(0)], cohort), prepare([faceAt(30)], cohort, 0.2)];
  expect(distanceOf(single(a, 0, 0), single(b, 1, 1))).toBeCloseTo(compare(a, b).distance, 6);
});

test('the distance of clusters lies between that of their means and the average of their faces', () => {
  const [a, b, c] = singles([faceAt(0), faceAt(40), faceAt(90)]) as [Cluster, Cluster, Cluster];
  const average = Math.sqrt((distanceOf(a, c) ** 2 + distanceOf(b, c) ** 2) / 2);
  const ofMeans = compare(prepare([faceAt(0), faceAt(40)], cohort), prepare([faceAt(90)], cohort)).distance;
  expect(distanceOf(join(a, b), c)).toBeLessThan(average);
  expect(distanceOf(join(a, b), c)).toBeGreaterThan(ofMeans);
});

test('near faces become one group and far ones another, whatever their order', () => {
  const angles = [0, 90, 8, 98, 4, 180];
  expect(groupsOf(link(singles(angles.map((angle) => faceAt(angle))), LIMITS))).toEqual([[0, 2, 4], [1, 3], [5]]);
});

test('two faces of one picture are two people, and so are the groups that they are in', () => {
  const faces = [faceAt(0), faceAt(3), faceAt(1), faceAt(4)];
  expect(groupsOf(link(singles(faces, [0, 0, 1, 1]), LIMITS))).toEqual([
    [0, 2],
    [1, 3],
  ]);
});

test('a chain of near faces does not make one person of its ends', () => {
  const chain = Array.from({ length: 12 }, (_, i) => faceAt(12 * i));
  const groups = groupsOf(link(singles(chain), LIMITS));
  expect(groups.length).toBeGreaterThan(3);
  expect(groups.find((group) => group.includes(0))).not.toContain(11);
});

test('large clusters may be further apart than two faces', () => {
  const apart = 16; // degrees: further than `alone`, nearer than `together`
  const limits = { alone: 0.2, together: 0.5 };
  const two = singles([faceAt(0), faceAt(apart)]);
  expect(groupsOf(link(two, limits))).toHaveLength(2);
  const ten = singles(Array.from({ length: 20 }, (_, i) => faceAt(i < 10 ? 0 : apart)));
  expect(groupsOf(link(ten, limits))).toHaveLength(1);
});

test('joins what trying all pairs at every step joins', () => {
  const random = seededFractions(7);
  const faces = Array.from({ length: 60 }, (_, i) =>
    vectorOf(Object.fromEntries(Array.from({ length: 4 }, (_, k) => [4 * (i % 12) + k, (k === 0 ? 2 : 0) + random()]))),
  );
  expect(groupsOf(link(singles(faces), LIMITS))).toEqual(groupsOf(linkAllPairs(singles(faces), LIMITS.alone)));
});

/** The same by trying every pair at every step. */
function linkAllPairs(clusters: Cluster[], most: number): Cluster[] {
  const pairs = clusters.flatMap((a, i) => clusters.slice(0, i).map((b) => ({ a, b, distance: distanceOf(a, b) })));
  const [nearest] = pairs.sort((one, other) => one.distance - other.distance);
  if (!nearest || nearest.distance > most) return clusters;
  const rest = clusters.filter((cluster) => cluster !== nearest.a && cluster !== nearest.b);
  return linkAllPairs([...rest, join(nearest.a, nearest.b)], most);
}

test('of very many near faces only some are kept as neighbours, and all are still one group', () => {
  const burst = singles(Array.from({ length: 300 }, (_, i) => faceAt(i / 100)));
  expect(neighbours(burst, LIMITS.together).length).toBeLessThan(300 * 60);
  expect(link(burst, LIMITS)).toHaveLength(1);
});

test('the more faces there are, the nearer two of them must be', () => {
  const alone = [2, 1_000, 10_000, 100_000].map((faces) => limitsFor(faces).alone);
  expect(alone).toEqual([...alone].sort((a, b) => b - a));
  expect(alone[0]).toBe(thresholdFor(DEFAULT_FMR));
});

test('nobody is in no groups', () => {
  expect(link([], limitsFor(0))).toEqual([]);
});
