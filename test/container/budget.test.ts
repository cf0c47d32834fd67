// Nothing grows unnoticed: each image's figures against budget.json. To raise one, write the reason beside it there.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName, imageName, localArchitecture } from '../../deploy/names.ts';
import { demoPhoto, start } from '../helpers.ts';
import { describeContainers, theEngine } from './helpers.ts';
import { type Layer, time, trace, weigh } from './measure.ts';

interface Figures {
  compressedMb: number;
  uncompressedMb: number;
  oursCompressedMb: number;
  filesOpened: number;
  mbRead: number;
  /** Processor time to the first wait for an event, over that of `node -e 0`. */
  initRatio: number;
  initAndFirstRatio: number;
}

/** How much a figure may exceed its budget: packages of Debian and Node grow, and times vary. */
const NOISE: Record<keyof Figures, number> = {
  compressedMb: 1.03,
  uncompressedMb: 1.03,
  oursCompressedMb: 1.01,
  filesOpened: 1.05,
  mbRead: 1.02,
  initRatio: 1.15,
  initAndFirstRatio: 1.15,
};

const ROUNDS = 12;
const BUDGET: Record<FunctionName, Figures & { reasons: string[] }> = JSON.parse(
  readFileSync(new URL('./budget.json', import.meta.url), 'utf8'),
);

const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;
const ratio = (a: number, b: number): number => Math.round((100 * a) / b) / 100;

describeContainers('budget.json', () => {
  const layers: Partial<Record<FunctionName, Layer[]>> = {};
  let photo = '';
  let model = '';

  beforeAll(async () => {
    photo = readFileSync(demoPhoto(3)).toString('base64');
    model = (await start('fr-train', ['--local', '--face', '2', demoPhoto(3)])).stdout;
    for (const name of FUNCTIONS) layers[name] = await weigh(theEngine(), imageName(name, localArchitecture()));
  });

  test.each(FUNCTIONS)('holds the figures of the %s', async (name) => {
    const image = imageName(name, localArchitecture());
    const query_facevectors = Buffer.from(model).toString('base64');
    const event = { base64_image: photo, ...(name === 'trainer' ? { face: 2 } : { query_facevectors }) };
    const { files, bytes } = await trace(theEngine(), image, event);
    const { node, init, first, second } = await time(theEngine(), image, event, { rounds: ROUNDS });
    const all = layers[name] as Layer[];
    const sum = (key: 'bytes' | 'compressedBytes', some = all): number =>
      some.reduce((total, layer) => total + layer[key], 0);
    const figures: Figures = {
      compressedMb: megabytes(sum('compressedBytes')),
      uncompressedMb: megabytes(sum('bytes')),
      oursCompressedMb: megabytes(sum('compressedBytes', all.slice(-2))),
      filesOpened: files,
      mbRead: megabytes(bytes),
      initRatio: ratio(init, node),
      initAndFirstRatio: ratio(init + first, node),
    };
    process.stderr.write(`budget: ${name} ${JSON.stringify({ ...figures, secondRatio: ratio(second, node) })}\n`);
    for (const [key, noise] of Object.entries(NOISE) as [keyof Figures, number][]) {
      expect(figures[key], `${name}: ${key}`).toBeLessThanOrEqual(BUDGET[name][key] * noise);
    }
  });

  test('is of images that share every layer but the last, which is below 1 MB', () => {
    const { trainer = [], recognizer = [] } = layers;
    expect(trainer.slice(0, -1)).toEqual(recognizer.slice(0, -1));
    for (const last of [trainer.at(-1), recognizer.at(-1)]) expect(last?.bytes).toBeLessThan(1_000_000);
  });
});
