// Groups of faces -> people with names: those of models that are there already, and new numbers for the others.

import { DEFAULT_IDENTIFICATION_FMR } from '../../handler/identifier.ts';
import { thresholdFor } from '../../handler/matching/calibration.ts';
import { type Cohort, compare, prepare, type Subject } from '../../handler/matching/matcher.ts';
import type { Cluster } from './cluster.ts';

/** A name that nobody gave. */
export const NUMBERED = /^person-(\d{1,9})$/;

/** The faces of one person. */
export interface Group {
  name: string;
  cluster: Cluster;
  /** Whether a model of that name was there before. */
  isKnown: boolean;
}

/** Somebody of whom there is a model. */
export interface Known {
  name: string;
  subject: Subject;
}

/**
 * Names groups, the largest first. A group gets the name of the model that it matches as in fr-recognize --gallery: the nearest pair
 * first, each model once. The others are numbered on from the highest number that is taken.
 */
export function nameGroups(clusters: readonly Cluster[], known: readonly Known[], cohort: Cohort): Group[] {
  const names = matchModels(clusters, known, cohort);
  let number = Math.max(0, ...known.map(({ name }) => Number(NUMBERED.exec(name)?.[1] ?? 0)));
  return [...clusters]
    .sort((a, b) => b.faces.length - a.faces.length || (a.faces[0] as number) - (b.faces[0] as number))
    .map((cluster) => {
      const name = names.get(cluster);
      if (name !== undefined) return { name, cluster, isKnown: true };
      number += 1;
      return { name: `person-${String(number).padStart(3, '0')}`, cluster, isKnown: false };
    });
}

function matchModels(clusters: readonly Cluster[], known: readonly Known[], cohort: Cohort): Map<Cluster, string> {
  const names = new Map<Cluster, string>();
  if (known.length === 0) return names;
  const threshold = thresholdFor(DEFAULT_IDENTIFICATION_FMR / known.length);
  const matches: { cluster: Cluster; name: string; distance: number }[] = [];
  for (const cluster of clusters) {
    const subject = prepare([Float32Array.from(cluster.mean)], cohort);
    for (const { name, subject: model } of known) {
      const { distance } = compare(subject, model);
      if (distance <= threshold) matches.push({ cluster, name, distance });
    }
  }
  const taken = new Set<string>();
  for (const { cluster, name } of matches.sort((a, b) => a.distance - b.distance)) {
    if (names.has(cluster) || taken.has(name)) continue;
    names.set(cluster, name);
    taken.add(name);
  }
  return names;
}
