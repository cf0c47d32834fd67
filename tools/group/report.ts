// The page of fr-group: a row for each person, the largest group first, then faces that are alone.
import { dirname, join } from 'node:path';
import { processConfig } from '../../handler/config.ts';
import { overPictures } from '../batch/pictures.ts';
import { showName } from '../cli/names.ts';
import { replaceWhole } from '../cli/output.ts';
import { shownName } from '../cli/paths.ts';
import { CROP_SIDE, cutCrops } from '../report/crops.ts';
import { BIOMETRIC_BANNER, documentHtml } from '../report/document.ts';
import { escapeHtml, hrefFrom, nameHtml } from '../report/markup.ts';
import { image } from '../report/tiles.ts';
import { count } from '../report/words.ts';
import type { Found, FoundFace } from './finding.ts';
import { bestFirst } from './models.ts';
import type { Group } from './people.ts';

/** Faces of a person that are shown, the best first. */
const MOST_SHOWN = 30;
/** Faces of nobody's group that are shown. */
const MOST_OTHERS = 300;

export interface GroupReport {
  /** People with a row of their own, the largest group first. */
  people: readonly Group[];
  /** Groups of too few faces. */
  others: readonly Group[];
  found: Found;
  paths: readonly string[];
  /** The page's file. */
  file: string;
}

/** Writes the page. @throws RequestError when it cannot be written. */
export async function writeReport(report: GroupReport): Promise<void> {
  const facesOf = ({ cluster }: Group) => bestFirst(cluster.faces.map((i) => report.found.faces[i] as FoundFace));
  const rows = report.people.map((group) => ({ group, faces: facesOf(group).slice(0, MOST_SHOWN) }));
  const others = report.others.flatMap(facesOf).slice(0, MOST_OTHERS);
  const crops = await cutAll([...rows.flatMap(({ faces }) => faces), ...others], report.paths);
  const list = (faces: readonly FoundFace[]): string =>
    `<ul class="faces">${faces.map((face) => tile(face, crops.get(face), report)).join('')}</ul>`;
  const sections = rows.map(({ group, faces }) => personHtml(group, list(faces)));
  const { people, found, paths } = report;
  const body = `<header>
${BIOMETRIC_BANNER}
<h1>Who is in these pictures? ${count(people.length, 'person').replace('persons', 'people')}</h1>
<p>${count(paths.length, 'picture')}, ${count(found.faces.length + found.poor, 'face')}; ${found.poor} too small or too blurred to tell; ${found.refused.length} refused.
To name a person, rename both files, such as <code>person-001.csv</code> and <code>person-001.jpg</code>: then <code>fr-recognize --gallery</code> knows the name.</p>
</header>
<main>
${sections.join('\n')}
${othersHtml(report, others.length, list(others))}
${refusedHtml(found)}
</main>`;
  replaceWhole(report.file, documentHtml({ title: 'Who is in these pictures?', body }));
}

function personHtml({ name, cluster }: Group, faces: string): string {
  const size = cluster.faces.length;
  const more = size > MOST_SHOWN ? `; the best ${MOST_SHOWN} are shown` : '';
  return `<section class="person"><h2>${nameHtml(name)} <span class="count">${count(size, 'face')}${more}</span></h2>${faces}</section>`;
}

function othersHtml({ others }: GroupReport, shown: number, faces: string): string {
  const all = others.reduce((sum, { cluster }) => sum + cluster.faces.length, 0);
  if (all === 0) return '';
  const more = shown < all ? `; ${shown} are shown` : '';
  return `<section class="person"><h2>Everybody else <span class="count">${count(all, 'face')}${more}</span></h2>${faces}</section>`;
}

function refusedHtml({ refused }: Found): string {
  if (refused.length === 0) return '';
  const rows = refused.map(({ path, message }) => `<li>${nameHtml(path)}: ${escapeHtml(message)}</li>`);
  return `<section class="person"><h2>Refused</h2><ul class="refused">${rows.join('')}</ul></section>`;
}

function tile(face: FoundFace, crop: Buffer | undefined, { paths, file }: GroupReport): string {
  const path = paths[face.picture] as string;
  const shown = showName(path);
  const inside = `${image(crop, CROP_SIDE)}<span class="file" title="${escapeHtml(shown)}"><span class="unseen">face ${face.face} of </span><bdi>${escapeHtml(shownName(shown))}</bdi></span>`;
  return `<li><a class="face" href="${escapeHtml(hrefFrom(dirname(file), path))}">${inside}</a></li>`;
}

/** Small pictures of faces, each picture read once. Faces of a picture that cannot be read any more have none. */
async function cutAll(faces: readonly FoundFace[], paths: readonly string[]): Promise<Map<FoundFace, Buffer>> {
  const byPicture = new Map<number, FoundFace[]>();
  for (const face of faces) byPicture.set(face.picture, [...(byPicture.get(face.picture) ?? []), face]);
  const crops = new Map<FoundFace, Buffer>();
  const how = {
    maxBytes: processConfig().maxBytes,
    atOnce: () => 2,
    pathOf: ([picture]: readonly [number, FoundFace[]]) => paths[picture] as string,
  };
  const cut = async ({ item: [, some], read }: { item: readonly [number, FoundFace[]]; read: () => Promise<Buffer> }) =>
    cutCrops(
      await read(),
      some.map(({ box }) => box),
    );
  for await (const { item, result } of overPictures(byPicture, cut, how))
    result?.forEach((crop, i) => {
      crops.set(item[1][i] as FoundFace, crop);
    });
  return crops;
}

/** Where the page of a folder of people is. */
export function reportIn(folder: string): string {
  return join(folder, 'report.html');
}
