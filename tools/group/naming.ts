// fr-group --xmp: the names that people gave go into the sidecars of the pictures.
import { processConfig } from '../../handler/config.ts';
import { readInput } from '../cli/input.ts';
import { canHoldRegions, type NamedBox, nameFaces } from '../metadata/sidecar.ts';
import type { Found, FoundFace } from './finding.ts';
import { type Group, NUMBERED } from './people.ts';

/** Writes the named faces of each picture. Numbers are not names. HEIC and AVIF are left out (metadata/README.md). */
export async function nameEverybody(
  people: readonly Group[],
  { faces }: Found,
  paths: readonly string[],
): Promise<void> {
  const named = new Map<number, NamedBox[]>();
  for (const { name, cluster } of people) {
    if (NUMBERED.test(name)) continue;
    for (const index of cluster.faces) {
      const { picture, box } = faces[index] as FoundFace;
      named.set(picture, [...(named.get(picture) ?? []), { name, box }]);
    }
  }
  for (const [picture, boxes] of named) {
    const path = paths[picture] as string;
    const image = await readInput(path, processConfig().maxBytes);
    if (canHoldRegions(image)) await nameFaces(path, image, boxes);
  }
}
