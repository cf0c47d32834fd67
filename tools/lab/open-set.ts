// Open-set identification: faces and a gallery of people -> whom each face is nearest to, and how many are named. Pure.
import { Histogram } from './metrics.ts';
import { distanceBetween, SHIPPED, type Side } from './trials.ts';

/** A face, and whom of the gallery it is nearest to. */
export interface Nearest {
  /** Index in the gallery; -1 if that is empty. */
  enrolled: number;
  distance: number;
}

/** The nearest of a gallery to each face; the first of equals. */
export function nearestTo(gallery: Side, probe: Side): Nearest[] {
  return probe.map((_, j) => {
    let nearest: Nearest = { enrolled: -1, distance: Number.POSITIVE_INFINITY };
    gallery.forEach((_, i) => {
      const distance = distanceBetween(gallery, i, probe, j, SHIPPED.measure);
      if (distance < nearest.distance) nearest = { enrolled: i, distance };
    });
    return nearest;
  });
}

/** The part of the faces that are given a name at this threshold: of strangers' faces the FPIR (ISO/IEC 19795-1). */
export function namedPart(faces: readonly Nearest[], threshold: number): number {
  return faces.filter(({ distance }) => distance <= threshold).length / faces.length;
}

/** The largest threshold at which at most `fpir` of strangers' faces are given a name. NaN without strangers. */
export function thresholdOf(strangers: readonly Nearest[], fpir: number): number {
  const histogram = new Histogram();
  for (const { distance } of strangers) histogram.add(distance);
  return histogram.thresholdAt(fpir);
}

/**
 * People who are probably enrolled under another name: more than half of their faces are nearest to the same person of the
 * gallery and match at this threshold.
 *
 * @param people the person of each face.
 */
export function enrolledUnawares(faces: readonly Nearest[], people: readonly number[], threshold: number): Set<number> {
  const [all, matches] = [new Map<number, number>(), new Map<string, number>()];
  faces.forEach(({ enrolled, distance }, i) => {
    const person = people[i] as number;
    all.set(person, (all.get(person) ?? 0) + 1);
    if (distance > threshold) return;
    const pair = `${person} ${enrolled}`;
    matches.set(pair, (matches.get(pair) ?? 0) + 1);
  });
  const found = [...matches].filter(([pair, count]) => 2 * count > (all.get(Number.parseInt(pair, 10)) as number));
  return new Set(found.map(([pair]) => Number.parseInt(pair, 10)));
}
