// Numbers and names that stand in two languages, or in two folders that may not import each other, are the same in both.
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { execa } from 'execa';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { MODEL_ROWS, stranger } from '../deploy/cloud/verify.ts';
import { readConfig } from '../handler/config.ts';
import { COHORT_SCALE } from '../handler/matching/cohort-distances.ts';
import { formatModel, parseModel, VECTOR_SIZE } from '../handler/matching/vectors.ts';
import { train } from '../handler/trainer.ts';
import { PROBE, SHIPPED } from '../tools/lab/trials.ts';
import { header } from './fixtures/protocol.mjs';
import { newSidecar, portrait, SIDECAR } from './handler/helpers.ts';
import { ROOT, scratchFolder } from './helpers.ts';

const variantsOf = (rows: readonly { variant: number }[]): number[] => rows.map(({ variant }) => variant);

test('the sidecar, the trainer, the measuring and the deployer agree on the rows of a model', async () => {
  const ann = await (await portrait('ann')).png().toBuffer();
  const sidecar = newSidecar();
  try {
    const rows = await sidecar.describe(ann, { augment: true });
    expect(variantsOf(rows)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(SHIPPED.gallery).toEqual(variantsOf(rows));
    expect(MODEL_ROWS).toBe(rows.length);
    expect(parseModel((await train(ann, {}, sidecar)).facevectors)).toHaveLength(MODEL_ROWS);
  } finally {
    sidecar.close();
  }
});

test('the sidecar and the measuring agree on the looks at a probe', async () => {
  const sidecar = newSidecar();
  try {
    const looks = await sidecar.describe(await (await portrait('ann')).png().toBuffer(), { probe: true });
    expect(variantsOf(looks)).toEqual([0, 3, 4, 7]);
    expect(PROBE).toEqual(variantsOf(looks));
    expect(SHIPPED.probe).toEqual(variantsOf(looks));
  } finally {
    sidecar.close();
  }
});

test("the sidecar's columns are those that the tests' own sidecars answer, and hold a vector of the handler's size", async () => {
  const input = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
  const { stdout } = await execa(SIDECAR, { input });
  expect(stdout).toBe(header.join());
  expect(header.filter((column) => /^v\d+$/.test(column))).toHaveLength(VECTOR_SIZE);
});

test("the deployer's models are of the handler's size and network", () => {
  const trained = formatModel([new Float32Array(VECTOR_SIZE).fill(1)]);
  expect(parseModel(stranger(trained))).toHaveLength(1);
  // precompile.ts is bundled into an image by itself, and tries out the recognizer with rows of its own.
  const [, width] =
    /Array\.from\(\{ length: (\d+) \}/.exec(readFileSync(join(ROOT, 'deploy/image/precompile.ts'), 'utf8')) ?? [];
  expect(Number(width)).toBe(VECTOR_SIZE);
});

test('a cohort value fills 16 bits with a sign', () => {
  expect(COHORT_SCALE).toBe(2 ** 15 - 1);
});

test('the sidecar by itself has the same limits of bytes and of pixels as the handler gives it', async () => {
  const { maxBytes, maxPixels } = readConfig({});
  const folder = await scratchFolder();
  const refusal = async (path: string) => (await execa(SIDECAR, [path], { reject: false })).stderr;

  const large = join(folder, 'large.png');
  writeFileSync(large, '');
  truncateSync(large, maxBytes + 1);
  expect(await refusal(large)).toContain(`above the limit of ${maxBytes} bytes`);
  truncateSync(large, maxBytes);
  expect(await refusal(large)).not.toContain('above the limit');

  // Only the header of a PNG is read before it is refused.
  const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
  const sized = (width: number, height: number): Buffer => {
    const copy = Buffer.from(png);
    copy.writeUInt32BE(width, 16);
    copy.writeUInt32BE(height, 20);
    copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29);
    return copy;
  };
  const side = 10_000;
  const wide = join(folder, 'wide.png');
  writeFileSync(wide, sized(side, maxPixels / side + 1));
  expect(await refusal(wide)).toContain('above the limit');
  writeFileSync(wide, sized(side, maxPixels / side));
  expect(await refusal(wide)).not.toContain('above the limit');
});
