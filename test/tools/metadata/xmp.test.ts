// --xmp and --from-xmp, with exiftool as the other program: it reads what we write, and writes what we read.
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { areaOf, boxOf } from '../../../tools/metadata/orientation.ts';
import { readRegions, writeRegions } from '../../../tools/metadata/regions.ts';
import { scratchFolder, start } from '../../helpers.ts';
import { plantedEnvironment, plantFolder } from '../../planted.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const BOX = { left: 30, top: 10, right: 90, bottom: 50 };

let drawn: Buffer;

beforeAll(async () => {
  drawn = await readFile(join(FIXTURES, 'party.jpg'));
});

/** What exiftool says of the regions of a file. */
async function regionsIn(file: string) {
  const { stdout } = await execa('exiftool', ['-json', '-struct', '-XMP-mwg-rs:RegionInfo', '-XMP:Rating', file]);
  const [said] = JSON.parse(stdout);
  return { list: said.RegionInfo?.RegionList ?? [], size: said.RegionInfo?.AppliedToDimensions, rating: said.Rating };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'in orientation %d an area covers the pixels that the box covers',
  async (orientation) => {
    const [width, height] = orientation > 4 ? [100, 160] : [160, 100];
    const stored = { width, height, orientation };
    const area = areaOf(BOX, stored);
    const pixels = Buffer.alloc(width * height);
    for (let y = Math.round((area.y - area.h / 2) * height); y < (area.y + area.h / 2) * height - 0.01; y += 1) {
      for (let x = Math.round((area.x - area.w / 2) * width); x < (area.x + area.w / 2) * width - 0.01; x += 1) {
        pixels[y * width + x] = 255;
      }
    }
    const picture = await sharp(pixels, { raw: { width, height, channels: 1 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const upright = await sharp(picture).autoOrient().toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    expect([upright.info.width, upright.info.height]).toEqual([160, 100]);
    const lit = (x: number, y: number) => (upright.data[y * 160 + x] ?? 0) > 127;
    const corners = [lit(30, 10), lit(89, 49), lit(29, 10), lit(30, 9), lit(90, 49), lit(89, 50)];
    expect(corners).toEqual([true, true, false, false, false, false]);
    expect(boxOf(area, stored)).toEqual(BOX);
  },
);

test('a box that reaches past the picture is cut at its edge', () => {
  const area = areaOf({ left: -20, top: 50, right: 80, bottom: 120 }, { width: 160, height: 100, orientation: 1 });
  expect(area).toEqual({ x: 0.25, y: 0.75, w: 0.5, h: 0.5 });
});

test('exiftool reads the names and boxes that --xmp writes; the picture stays as it is', async () => {
  const folder = await scratchFolder();
  const party = join(folder, 'party.jpg');
  await copyFile(join(FIXTURES, 'party.jpg'), party);
  await start('fr-train', [join(FIXTURES, 'ann.jpg'), '-o', join(folder, 'ann & co.csv')]);
  const { stdout } = await start('fr-recognize', [join(folder, 'ann & co.csv'), party, '--xmp', '--json']);
  const face = JSON.parse(stdout).faces.find(({ verdict }: { verdict: string }) => verdict === 'True');
  const { list, size } = await regionsIn(`${party}.xmp`);
  const { width, height } = await sharp(drawn).metadata();
  expect(size).toEqual({ W: width, H: height, Unit: 'pixel' });
  expect(list).toHaveLength(1);
  expect(list[0]).toMatchObject({ Name: 'ann & co', Type: 'Face', Area: { Unit: 'normalized' } });
  expect(list[0].Area.X * width).toBeCloseTo((face.box.left + face.box.right) / 2, 1);
  expect(list[0].Area.H * height).toBeCloseTo(face.box.bottom - face.box.top, 1);
  expect(await readFile(party)).toEqual(drawn);
  expect((await stat(`${party}.xmp`)).mode & 0o777).toBe(0o600);
  await execa('exiftool', ['-validate', '-warning', '-error', `${party}.xmp`]).then(({ stdout: said }) =>
    expect(said).toMatch(/^Validate +: OK$/m),
  );
});

test('what is in a sidecar stays, a name that somebody gave wins, and the next run replaces only what we wrote', async () => {
  const folder = await scratchFolder();
  const env = plantedEnvironment(folder);
  const boxes: [number, number, number, number][] = [
    [0, 0, 20, 20],
    [30, 0, 50, 20],
  ];
  plantFolder(folder, {
    'people/ann.png': [{ 0: 1 }],
    'people/ben.png': [{ 1: 1 }],
    'party.png': { faces: boxes.map((box, i) => ({ box, looks: [{ [i]: 1, 9: 0.1 }] })) },
  });
  const sidecar = join(folder, 'party.xmp');
  const region = '{Area={X=0.17,Y=0.17,W=0.33,H=0.33,Unit=normalized},Name=Anna,Type=Face}';
  const focus = '{Area={X=0.7,Y=0.7,W=0.1,H=0.1,Unit=normalized},Type=Focus}';
  const info = `-XMP-mwg-rs:RegionInfo={AppliedToDimensions={W=60,H=60,Unit=pixel},RegionList=[${region},${focus}]}`;
  await execa('exiftool', [info, '-XMP:Rating=4', sidecar]);
  const run = (...more: string[]) =>
    start('fr-recognize', ['--gallery', 'people', 'party.png', '--xmp', ...more], { cwd: folder, env });
  const names = async () =>
    (await regionsIn(sidecar)).list.map(({ Name, Type }: { Name?: string; Type: string }) => Name ?? Type);
  expect((await run()).stdout).toBe('ann\nben');
  expect(await names()).toEqual(['Anna', 'Focus', 'ben']);
  expect((await regionsIn(sidecar)).rating).toBe(4);
  await run();
  expect(await names()).toEqual(['Anna', 'Focus', 'ben']);
  await run('--threshold', '1e-6');
  expect(await names()).toEqual(['Anna', 'Focus']);
  expect(await readdir(folder)).not.toContain('party.png.xmp');
});

test('fr-group --xmp writes the names that were given, and no numbers', async () => {
  const folder = await scratchFolder();
  const env = plantedEnvironment(folder);
  plantFolder(folder, {
    'photos/1.png': [{ 0: 1 }],
    'photos/2.png': [{ 0: 1, 5: 0.1 }],
    'photos/3.png': [{ 1: 1 }],
    'photos/4.png': [{ 1: 1, 5: 0.1 }],
    'ann.png': [{ 0: 1 }],
  });
  const run = (program: 'fr-train' | 'fr-group', ...args: string[]) => start(program, args, { cwd: folder, env });
  await run('fr-group', 'photos', '-o', 'people', '--xmp');
  expect((await readdir(join(folder, 'photos'))).filter((name) => name.endsWith('.xmp'))).toEqual([]);
  await run('fr-train', 'ann.png', '-o', 'new.csv');
  await execa('mv', ['people/person-001.csv', 'people/Ann.csv'], { cwd: folder });
  await run('fr-group', 'photos', '-o', 'people', '--xmp');
  expect((await readdir(join(folder, 'photos'))).filter((name) => name.endsWith('.xmp'))).toEqual([
    '1.png.xmp',
    '2.png.xmp',
  ]);
  expect((await regionsIn(join(folder, 'photos/2.png.xmp'))).list[0].Name).toBe('Ann');
});

test.each(['sidecar', 'picture'])(
  'fr-train --from-xmp enrols the face that exiftool named in the %s, also in a photo that lies on its side',
  async (where) => {
    const folder = await scratchFolder();
    const photo = join(folder, 'party.jpg');
    const party = await start('fr-recognize', [join(folder, 'ann.csv'), join(FIXTURES, 'party.jpg'), '--json']);
    expect(party.exitCode).toBe(2); // no model yet
    // Stored turned by a quarter, with the tag that turns it back.
    await sharp(drawn).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toFile(photo);
    await start('fr-train', ['--face', '3', join(FIXTURES, 'party.jpg'), '-o', join(folder, 'wanted.csv')]);
    const { stdout } = await start('fr-recognize', [join(folder, 'wanted.csv'), photo, '--json', '--xmp']);
    const [{ name, area } = { name: '', area: { x: 0, y: 0, w: 0, h: 0 } }] = readRegions(
      await readFile(`${photo}.xmp`, 'utf8'),
    );
    expect([name, JSON.parse(stdout).face_present]).toEqual(['wanted', 'True']);
    await execa('rm', [`${photo}.xmp`]);
    const theirs = `{Area={X=${area.x},Y=${area.y},W=${area.w * 1.3},H=${area.h * 1.3},Unit=normalized},Name=Ann,Type=Face}`;
    const info = `-XMP-mwg-rs:RegionInfo={AppliedToDimensions={W=10,H=10,Unit=pixel},RegionList=[${theirs}]}`;
    await execa('exiftool', ['-overwrite_original', info, where === 'sidecar' ? `${photo}.xmp` : photo]);
    const model = join(folder, 'ann.csv');
    const trained = await start('fr-train', ['--from-xmp', 'Ann', folder, '-o', model]);
    expect(trained.exitCode).toBe(0);
    const again = await start('fr-recognize', [model, join(FIXTURES, 'party.jpg'), '--json']);
    expect(JSON.parse(again.stdout).faces.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'False',
      'False',
      'True',
      'False',
    ]);
  },
);

test('a name that nobody has is refused, with the names that there are', async () => {
  const folder = await scratchFolder();
  const photo = join(folder, 'party.jpg');
  await copyFile(join(FIXTURES, 'party.jpg'), photo);
  const none = await start('fr-train', ['--from-xmp', 'Ann', photo]);
  expect(none.stderr).toBe('fr-train: --from-xmp Ann: nobody has this name: no photo has named faces in its XMP');
  const eve = { name: 'Eve', area: { x: 0.5, y: 0.5, w: 0.1, h: 0.1 } };
  await writeFile(`${photo}.xmp`, writeRegions(undefined, [eve], { width: 10, height: 10, orientation: 1 }));
  const other = await start('fr-train', ['--from-xmp', 'Ann', photo]);
  expect(other.stderr).toBe('fr-train: --from-xmp Ann: nobody has this name: the names there are Eve');
});

test('a sidecar that is no XMP is not touched, and costs one line', async () => {
  const folder = await scratchFolder();
  const env = plantedEnvironment(folder);
  plantFolder(folder, { 'people/ann.png': [{ 0: 1 }], 'a.png': [{ 0: 1 }] });
  await writeFile(join(folder, 'a.png.xmp'), '<not xml');
  const { stderr, exitCode } = await start('fr-recognize', ['-q', '--gallery', 'people', 'a.png', '--xmp'], {
    cwd: folder,
    env,
  });
  expect(stderr).toBe('fr-recognize: a.png.xmp: is no XMP: move it away, or repair it');
  expect(exitCode).toBe(2);
  expect(await readFile(join(folder, 'a.png.xmp'), 'utf8')).toBe('<not xml');
});

test('regions as other programs write them are read: attributes, and a description inside', () => {
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:r="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:a="http://ns.adobe.com/xmp/sType/Area#">
<r:Regions rdf:parseType="Resource"><r:RegionList><rdf:Bag>
<rdf:li><rdf:Description r:Name="Zoë" r:Type="Face"><r:Area a:x="0.5" a:y="0.25" a:w="0.1" a:h="0.2" a:unit="normalized"/></rdf:Description></rdf:li>
<rdf:li><rdf:Description r:Name="Rex" r:Type="Pet"><r:Area a:x="0.5" a:y="0.25" a:w="0.1" a:h="0.2"/></rdf:Description></rdf:li>
</rdf:Bag></r:RegionList></r:Regions></rdf:Description></rdf:RDF></x:xmpmeta>`;
  expect(readRegions(xmp)).toEqual([{ name: 'Zoë', area: { x: 0.5, y: 0.25, w: 0.1, h: 0.2 } }]);
});
