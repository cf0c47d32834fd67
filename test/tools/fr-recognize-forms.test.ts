// fr-recognize's other forms of output: CSV, and a folder of the pictures that match.
import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { formatModel } from '../../handler/matching/vectors.ts';
import { scratchFolder, start } from '../helpers.ts';
import { type PlantedFace, plantedEnvironment, plantFolder, vectorOf } from '../planted.ts';

const ann: PlantedFace = { box: [10, 10, 30, 30], looks: [{ 0: 1 }] };
const bea: PlantedFace = { box: [35, 10, 55, 30], looks: [{ 5: 1 }] };

async function people() {
  const folder = await scratchFolder();
  const pictures = join(folder, 'album');
  plantFolder(pictures, {
    'x/one.png': { faces: [ann] },
    'y/one.png': { faces: [ann, bea] },
    'y/two, "three".png': { faces: [bea] },
    'z/none.png': { faces: [] },
    'z/refused.png': { refused: 'its end, is missing' },
    'people/ann.csv': { faces: [] },
  });
  writeFileSync(join(pictures, 'people/ann.csv'), formatModel([vectorOf({ 0: 1 })]));
  writeFileSync(join(pictures, 'people/bea.csv'), formatModel([vectorOf({ 5: 1 })]));
  return {
    env: plantedEnvironment(folder),
    folder,
    pictures,
    model: join(pictures, 'people/ann.csv'),
    gallery: join(pictures, 'people'),
  };
}

test('--csv prints a row for every face, and one for a picture without any or one that is refused', async () => {
  const { env, pictures, model } = await people();
  const { stdout, exitCode } = await start('fr-recognize', [model, pictures, '--csv', '-q'], { env });
  const rows: Record<string, string>[] = parse(stdout, { columns: true });
  expect(Object.keys(rows[0] ?? {}).join()).toBe(
    'picture,face,verdict,distance,false_match_rate,left,top,right,bottom,error',
  );
  expect(rows.map(({ picture = '', face, verdict }) => [picture.slice(pictures.length + 1), face, verdict])).toEqual([
    ['x/one.png', '1', 'True'],
    ['y/one.png', '1', 'True'],
    ['y/one.png', '2', 'False'],
    ['y/two, "three".png', '1', 'False'],
    ['z/none.png', '', 'False'],
    ['z/refused.png', '', ''],
  ]);
  expect(rows[2]).toMatchObject({ left: '35', top: '10', right: '55', bottom: '30', error: '' });
  expect(Number(rows[0]?.distance)).toBe(0);
  expect(rows[5]?.error).toBe('the picture cannot be used: its end, is missing');
  expect(exitCode).toBe(2);
});

test('--csv with --gallery prints a name for every face', async () => {
  const { env, pictures, gallery } = await people();
  const { stdout } = await start('fr-recognize', ['--gallery', gallery, pictures, '--csv', '-q'], { env });
  const rows: Record<string, string>[] = parse(stdout, { columns: true });
  expect(rows.map(({ name }) => name)).toEqual(['ann', 'ann', 'bea', 'bea', '', '']);
});

test('--csv says the same as --json', async () => {
  const { env, pictures, model } = await people();
  const [csv, json] = await Promise.all(
    ['--csv', '--json'].map((form) => start('fr-recognize', [model, pictures, form, '-q'], { env })),
  );
  const rows: Record<string, string>[] = parse(csv?.stdout ?? '', { columns: true });
  const faces = (json?.stdout ?? '').split('\n').flatMap((line) => JSON.parse(line).faces ?? []);
  const told = rows
    .filter(({ face }) => face !== '')
    .map(({ distance, false_match_rate }) => [distance, false_match_rate]);
  expect(told.map((cells) => cells.map(Number))).toEqual(
    faces.map(({ distance, false_match_rate }) => [distance, false_match_rate]),
  );
});

test('--matches-to links the pictures that match, numbers equal names, and a second run adds nothing', {
  timeout: 120_000,
}, async () => {
  const { env, folder, pictures, model } = await people();
  const place = join(pictures, 'found');
  for (const _ of [1, 2]) {
    const { exitCode } = await start('fr-recognize', [model, pictures, '--matches-to', place, '-q'], { env });
    expect(exitCode).toBe(2);
    expect(readdirSync(place).sort()).toEqual(['one-2.png', 'one.png']);
    expect(readlinkSync(join(place, 'one.png'))).toBe(join(pictures, 'x/one.png'));
    expect(readlinkSync(join(place, 'one-2.png'))).toBe(join(pictures, 'y/one.png'));
  }
  expect(lstatSync(folder).isDirectory()).toBe(true);
});

test('--matches-to overwrites nothing, and with --gallery has a folder for each person', {
  timeout: 120_000,
}, async () => {
  const { env, folder, pictures, gallery } = await people();
  const place = join(folder, 'found');
  plantFolder(place, { 'bea/one.png': { faces: [] } });
  const before = readFileSync(join(place, 'bea/one.png'));
  await start('fr-recognize', ['--gallery', gallery, pictures, '--matches-to', place, '-q'], { env });
  expect(readdirSync(join(place, 'ann')).sort()).toEqual(['one-2.png', 'one.png']);
  expect(readdirSync(join(place, 'bea')).sort()).toEqual(['one-2.png', 'one.png', 'two, "three".png']);
  expect(readFileSync(join(place, 'bea/one.png')).equals(before)).toBe(true);
});

test('a picture of standard input is written into the folder, readable by its owner alone', async () => {
  const { env, folder, pictures, model } = await people();
  const stdin = readFileSync(join(pictures, 'x/one.png'));
  const place = join(folder, 'found');
  await start('fr-recognize', [model, '-', '--matches-to', place, '-q'], { env, stdin });
  expect(readFileSync(join(place, 'standard-input')).equals(stdin)).toBe(true);
  expect(lstatSync(join(place, 'standard-input')).mode & 0o777).toBe(0o600);
});

test('refuses a folder that is a file, and --csv together with --json, each in a line', async () => {
  const { env, pictures, model } = await people();
  const file = await start('fr-recognize', [model, pictures, '--matches-to', model, '-q'], { env });
  expect(file.stderr).toBe(`fr-recognize: ${model}: is not a folder: choose another name for --matches-to`);
  const both = await start('fr-recognize', [model, pictures, '--csv', '--json'], { env });
  expect(both.stderr).toBe('fr-recognize: --csv cannot be used with --json or --null: choose one form');
  expect([file.exitCode, both.exitCode]).toEqual([2, 2]);
});
