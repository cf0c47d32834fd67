// The folder of people: reads the models that are there, and adds a model and a photo of everybody who is new.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { processConfig } from '../../handler/config.ts';
import { knowPerson } from '../../handler/identifier.ts';
import type { Cohort } from '../../handler/matching/matcher.ts';
import type { Box } from '../../handler/sidecar/faces.ts';
import type { SidecarPool } from '../../handler/sidecar/pool.ts';
import { runMany } from '../batch/run.ts';
import { on } from '../cli/cli.ts';
import { readGallery, readInput } from '../cli/input.ts';
import { encodeName, showName } from '../cli/names.ts';
import { replaceWhole } from '../cli/output.ts';
import { sharpSource } from '../cli/sharp-source.ts';
import type { Found, FoundFace } from './finding.ts';
import { bestFirst, makeModel } from './models.ts';
import type { Group, Known } from './people.ts';

/** Margin of a portrait on each side, as a share of the box's side: hair, chin and shoulders. */
const MARGIN = 0.6;
const PORTRAIT_SIDE = 512;

export interface People {
  found: Found;
  /** Paths of the pictures. */
  paths: readonly string[];
  /** The folder of people. */
  output: string;
  pool: SidecarPool;
  cohort: Cohort;
  thorough?: boolean | undefined;
}

/** The people of the folder, none if it has no model yet. @throws FailureOn when a model cannot be used. */
export async function readKnown(folder: string, cohort: Cohort): Promise<Known[]> {
  const people = await on(showName(folder), () => readGallery(folder));
  const known: Known[] = [];
  for (const person of people) {
    const subject = await on(showName(join(folder, `${person.name}.csv`)), () => knowPerson(person, cohort, true));
    known.push({ name: person.name, subject });
  }
  return known;
}

/** Writes model and photo of every group that is new. Files that are there stay as they are. */
export async function writePeople(groups: readonly Group[], people: People): Promise<void> {
  const fresh = groups.filter(({ isKnown }) => !isKnown);
  const how = { atOnce: () => people.pool.atOnce() };
  for await (const { error } of runMany(fresh, (group) => writePerson(group, people), how)) if (error) throw error;
}

async function writePerson({ name, cluster }: Group, { found, paths, output, pool, ...how }: People): Promise<void> {
  const faces = bestFirst(cluster.faces.map((i) => found.faces[i] as FoundFace));
  const read = ({ picture }: FoundFace) => readInput(paths[picture] as string, processConfig().maxBytes);
  const model = await makeModel(faces, { ...how, finder: pool, read });
  if (model === undefined) return;
  replaceWhole(join(output, `${name}.csv`), model);
  const photo = join(output, `${name}.jpg`);
  if (existsSync(encodeName(photo))) return;
  const [best] = faces as [FoundFace];
  replaceWhole(photo, await cutPortrait(await read(best), best.box));
}

/** The face with its surroundings as JPEG, without metadata. */
async function cutPortrait(image: Uint8Array, box: Box): Promise<Buffer> {
  const { input, options } = await sharpSource(image);
  const upright = await sharp(input, { ...options, failOn: 'none' })
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = upright.info;
  const margin = MARGIN * (box.right - box.left);
  const left = Math.round(Math.max(0, Math.min(box.left - margin, width - 1)));
  const top = Math.round(Math.max(0, Math.min(box.top - margin, height - 1)));
  const right = Math.round(Math.max(left + 1, Math.min(box.right + margin, width)));
  const bottom = Math.round(Math.max(top + 1, Math.min(box.bottom + margin, height)));
  return sharp(upright.data, { raw: { width, height, channels } })
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize({ width: PORTRAIT_SIDE, height: PORTRAIT_SIDE, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 90 })
    .toBuffer();
}
