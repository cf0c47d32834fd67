// fr-model's work: shows, joins and splits models.
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ModelError, RequestError } from '../handler/errors.ts';
import { EMBEDDER } from '../handler/matching/embedder.ts';
import { compare, prepare } from '../handler/matching/matcher.ts';
import { findRift, STRANGER_DISTANCE } from '../handler/matching/rift.ts';
import { type FaceVector, formatModel, parsePhotos } from '../handler/matching/vectors.ts';
import { textBeside } from '../handler/numbers.ts';
import { shippedCohort } from '../handler/shipped-cohort.ts';
import { displayName, EXIT, on, say } from './cli/cli.ts';
import { readModel } from './cli/input.ts';
import { encodeName, showName, toJson } from './cli/names.ts';
import { replaceWhole, saveWhole } from './cli/output.ts';

export interface ModelOptions {
  output?: string | undefined;
  photos?: boolean | undefined;
  json?: boolean | undefined;
  onePerson?: boolean | undefined;
  quiet?: boolean | undefined;
}

/** The rows of a photo. */
type Photo = FaceVector[];

/** Prints what each model holds. */
export async function showModels(paths: readonly string[], { json }: ModelOptions): Promise<number> {
  for (const path of paths) {
    const shown = describe(path, await readPhotos(path));
    process.stdout.write(json ? `${toJson(shown)}\n` : `${asText(shown)}\n`);
  }
  return EXIT.match;
}

/** What a model holds. */
interface Shown {
  model: string;
  rows: number;
  photos: number;
  embedder: string;
  /** When its file was changed last; missing for standard input. */
  changed?: string | undefined;
  /** Distances of all pairs of its photos; missing if there is one photo. */
  spread?: { least: number; median: number; most: number } | undefined;
  /** Distance of each photo to all others together. */
  to_others: number[];
  /** Whether they seem to show one person. */
  one_person: 'True' | 'False';
}

function describe(model: string, photos: readonly Photo[]): Shown {
  const cohort = shippedCohort();
  const subjects = photos.map((photo) => prepare(photo, cohort));
  const pairs = subjects.flatMap((a, i) => subjects.slice(0, i).map((b) => compare(a, b).distance));
  const changed = model === '-' ? undefined : statSync(encodeName(model), { throwIfNoEntry: false })?.mtime;
  const toOthers = subjects.map((subject, i) => {
    const others = photos.filter((_, j) => j !== i).flat();
    return others.length > 0 ? round(compare(subject, prepare(others, cohort)).distance) : 0;
  });
  return {
    model,
    rows: photos.flat().length,
    photos: photos.length,
    embedder: EMBEDDER,
    ...(changed && { changed: changed.toISOString() }),
    ...(pairs.length > 0 && { spread: spreadOf(pairs) }),
    to_others: pairs.length > 0 ? toOthers : [],
    one_person: photos.length > 1 && findRift(photos, cohort) ? 'False' : 'True',
  };
}

function spreadOf(distances: readonly number[]): NonNullable<Shown['spread']> {
  const sorted = [...distances].sort((a, b) => a - b);
  const at = (index: number): number => round(sorted[index] as number);
  return { least: at(0), median: at(Math.floor((sorted.length - 1) / 2)), most: at(sorted.length - 1) };
}

function round(distance: number): number {
  return Math.round(distance * 1e4) / 1e4;
}

function asText({ model, rows, photos, embedder, changed, spread, to_others, one_person }: Shown): string {
  const apart = spread && `photos apart\t${spread.least} to ${spread.most}, half of all pairs up to ${spread.median}`;
  const each = to_others.map((distance, i) => `photo ${i + 1}\t${distance} from the others together`);
  const two = one_person === 'False' ? ['two people?\tits photos seem to show two: see fr-model split'] : [];
  const facts = [
    `rows\t${rows}`,
    `photos\t${photos}`,
    `network\t${embedder}`,
    ...(changed ? [`changed\t${changed}`] : []),
  ];
  return [displayName(model), ...facts, ...(apart ? [apart] : []), ...each, ...two].join('\n');
}

/** Makes one model of several of one person. @throws ModelError when they seem to show two people. */
export async function joinModels(
  paths: readonly string[],
  { output, onePerson, quiet }: ModelOptions,
): Promise<number> {
  const photos: { photo: Photo; path: string }[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const photo of await readPhotos(path)) {
      const text = formatModel(photo);
      if (!seen.has(text)) photos.push({ photo, path });
      else if (!quiet) say(`fr-model: ${displayName(path)}: a photo of it is in another model, too, and is taken once`);
      seen.add(text);
    }
  }
  if (!onePerson) refuseTwoPeople(photos);
  const model = formatAll(photos.map(({ photo }) => photo));
  if (output === undefined || output === '-') process.stdout.write(model);
  else await saveWhole(output, model);
  return EXIT.match;
}

function refuseTwoPeople(photos: readonly { photo: Photo; path: string }[]): void {
  const all = photos.map(({ photo }) => photo);
  const rift = all.length > 1 ? findRift(all, shippedCohort()) : undefined;
  if (!rift) return;
  const [one, other] = rift.pair.map((index) => displayName(photos[index]?.path as string));
  const apart = `${textBeside(rift.distance, STRANGER_DISTANCE, 2)} apart, where one person's photos are at most ${STRANGER_DISTANCE}`;
  const what =
    one === other ? `${one}: its photos seem to show two people` : `${one}: shows a different person from ${other}`;
  throw new ModelError(`${what}, ${apart}: leave one out, or insist with --one-person`, 'OTHER_PERSON');
}

/** Writes a model for each person, or each photo. Prints the files. */
export async function splitModel(path: string, { output, photos: byPhoto }: ModelOptions): Promise<number> {
  if (output === undefined || !statSync(encodeName(output), { throwIfNoEntry: false })?.isDirectory()) {
    throw new RequestError(
      `${output === undefined ? '-o' : showName(output)}: split needs a folder to write into: make it, and name it with -o`,
    );
  }
  const photos = await readPhotos(path);
  const parts = byPhoto ? photos.map((photo) => [photo]) : peopleOf(photos);
  if (parts.length === 1) {
    const advice = photos.length === 1 ? 'there is nothing to split' : '--photos splits it by photo';
    throw new RequestError(
      `${displayName(path)}: seems to show one person${photos.length === 1 ? ' in one photo' : ''}: ${advice}`,
    );
  }
  const stem = path === '-' ? 'model' : basename(path).replace(/\.csv$/i, '');
  const files = parts.map((_, i) => join(output, `${stem}-${i + 1}.csv`));
  const taken = files.find((file) => existsSync(encodeName(file)));
  if (taken !== undefined) throw new RequestError(`${showName(taken)}: is there already: choose another folder`);
  parts.forEach((part, i) => {
    replaceWhole(files[i] as string, formatAll(part));
    process.stdout.write(`${showName(files[i] as string)}\n`);
  });
  return EXIT.match;
}

/** Cuts at the widest gap, and each side again, until every part seems to show one person. The largest part comes first. */
function peopleOf(photos: readonly Photo[]): Photo[][] {
  const rift = photos.length > 1 ? findRift(photos, shippedCohort()) : undefined;
  if (!rift) return [[...photos]];
  const odd = new Set(rift.odd);
  const sides = [photos.filter((_, i) => !odd.has(i)), photos.filter((_, i) => odd.has(i))];
  return sides.flatMap(peopleOf).sort((a, b) => b.length - a.length);
}

/** Each photo begins with a comment, so that it stays a photo of its own whatever its number of rows. */
function formatAll(photos: readonly Photo[]): string {
  return photos.map(formatModel).join('');
}

function readPhotos(path: string): Promise<Photo[]> {
  return on(displayName(path), async () => parsePhotos(await readModel(path)));
}
