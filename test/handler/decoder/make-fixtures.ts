// Makes the HEIC files of test/fixtures/heic from drawn pictures with Debian's heif-enc (package libheif-examples). Run it only
// to change them: node test/handler/decoder/make-fixtures.ts (Node 22.18 or newer).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { box, gridData, type Item, irot, ispe, onlyItem, u32, writeHeif } from './heif-file.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const FOLDER = join(FIXTURES, 'heic');
const scratch = mkdtempSync(join(tmpdir(), 'fr-heic-'));
const [width, height] = [440, 480];
const ann = sharp(await sharp(join(FIXTURES, 'ann.jpg')).extract({ left: 20, top: 0, width, height }).png().toBuffer());

async function encode(picture: Sharp, quality = 60): Promise<Buffer> {
  const [png, heic] = [join(scratch, 'picture.png'), join(scratch, 'picture.heic')];
  await picture.png().toFile(png);
  execFileSync('heif-enc', ['-q', String(quality), png, '-o', heic]);
  return readFileSync(heic);
}

/** Like an iPhone's file: a sideways picture of four tiles that are together larger, with preview, depth map and EXIF. */
async function asFromPhone(): Promise<Buffer> {
  const side = Math.ceil(Math.max(width, height) / 2 / 64) * 64;
  const lying = await ann.clone().rotate(-90).png().toBuffer(); // a quarter clockwise makes it upright again
  const canvas = await sharp(lying)
    .extend({ right: 2 * side - height, bottom: 2 * side - width, extendWith: 'copy' })
    .png()
    .toBuffer();
  const items: Item[] = [
    {
      type: 'grid',
      data: gridData(2, 2, height, width),
      properties: [ispe(height, width), irot(3)],
      refers: { as: 'dimg', to: [2, 3, 4, 5] },
    },
  ];
  for (const [top, left] of [
    [0, 0],
    [0, side],
    [side, 0],
    [side, side],
  ] as const) {
    items.push(onlyItem(await encode(sharp(canvas).extract({ left, top, width: side, height: side }))));
  }
  const preview = onlyItem(await encode(sharp(lying).resize(96), 40));
  items.push({ ...preview, properties: [...preview.properties, irot(3)], refers: { as: 'thmb', to: [1] } });
  const depth = onlyItem(await encode(sharp(lying).grayscale().resize(64), 40));
  const auxC = box('auxC', u32(0), 'urn:mpeg:hevc:2015:auxid:2\0');
  items.push({ ...depth, properties: [...depth.properties, auxC], refers: { as: 'auxl', to: [1] } });
  // Orientation 6, as the pixels are stored. A decoder that applied it after irot would turn the picture twice.
  const exif = Buffer.from(
    '00000006457869660000' + '4d4d002a000000080001' + '0112000300000001000600000000' + '0000',
    'hex',
  );
  items.push({ type: 'Exif', data: exif, refers: { as: 'cdsc', to: [1] } });
  return writeHeif('hvc1', items);
}

mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, 'ann.heic'), await encode(ann));
writeFileSync(join(FOLDER, 'ann-phone.heic'), await asFromPhone());
rmSync(scratch, { recursive: true });
