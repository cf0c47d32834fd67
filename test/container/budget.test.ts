// Checks each image's figures against budget.json, so that nothing grows unnoticed. To raise a limit, write the reason there.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName, imageName, localArchitecture } from '../../deploy/names.ts';
import { demoPhoto, start, WOMAN } from '../helpers.ts';
import { describeContainers, packed, theEngine } from './helpers.ts';
import { type Layer, time, trace, weigh } from './measure.ts';

interface Figures {
  compressedMb: number;
  uncompressedMb: number;
  oursCompressedMb: number;
  filesOpened: number;
  mbRead: number;
  /** Processor time to the first wait for an event, over that of `node -e 0`. */
  initRatio: number;
  /** The same to the first answer: on a picture of one person, and on one of three. */
  oneFaceRatio: number;
  threeFacesRatio: number;
}

/** How much a figure may exceed its budget: packages of Debian and Node grow, and times vary. */
const NOISE: Record<keyof Figures, number> = {
  compressedMb: 1.03,
  uncompressedMb: 1.03,
  oursCompressedMb: 1.01,
  filesOpened: 1.05,
  mbRead: 1.02,
  initRatio: 1.15,
  oneFaceRatio: 1.15,
  threeFacesRatio: 1.15,
};

const ROUNDS = 12;
const BUDGET: Record<FunctionName, Figures & { reasons: string[] }> = JSON.parse(
  readFileSync(new URL('./budget.json', import.meta.url), 'utf8'),
);

const megabytes = (bytes: number): number => Math.round(bytes / 1e4) / 100;
const ratio = (a: number, b: number): number => Math.round((100 * a) / b) / 100;

describeContainers('budget.json', () => {
  const layers: Partial<Record<FunctionName, Layer[]>> = {};
  let oneFace = '';
  let threeFaces = '';
  let query_facevectors = '';

  beforeAll(async () => {
    oneFace = readFileSync(WOMAN).toString('base64');
    threeFaces = readFileSync(demoPhoto(3)).toString('base64');
    const { stdout } = await start('fr-train', ['--local', '--face', '2', demoPhoto(3)]);
    query_facevectors = Buffer.from(stdout).toString('base64');
    for (const name of FUNCTIONS) {
      layers[name] = await weigh(theEngine(), imageName(name, localArchitecture()), await packed(name));
    }
  });

  test.each(FUNCTIONS)('the %s keeps within its figures', async (name) => {
    const image = imageName(name, localArchitecture());
    const [one, three] = [oneFace, threeFaces].map((base64_image) =>
      name === 'recognizer' ? { base64_image, query_facevectors } : { base64_image },
    );
    const group = name === 'trainer' ? { ...three, face: 2 } : three;
    const { files, bytes } = await trace(theEngine(), image, group);
    const alone = await time(theEngine(), image, one, { rounds: ROUNDS });
    const together = await time(theEngine(), image, group, { rounds: ROUNDS });
    const all = layers[name] as Layer[];
    const sum = (key: 'bytes' | 'compressedBytes', some = all): number =>
      some.reduce((total, layer) => total + layer[key], 0);
    const figures: Figures = {
      compressedMb: megabytes(sum('compressedBytes')),
      uncompressedMb: megabytes(sum('bytes')),
      oursCompressedMb: megabytes(sum('compressedBytes', all.slice(-3))),
      filesOpened: files,
      mbRead: megabytes(bytes),
      initRatio: ratio(alone.init, alone.node),
      oneFaceRatio: ratio(alone.init + alone.first, alone.node),
      threeFacesRatio: ratio(together.init + together.first, together.node),
    };
    const seconds = [alone, together].map(({ second, node }) => ratio(second, node));
    process.stderr.write(`budget: ${name} ${JSON.stringify({ ...figures, seconds, ms: [alone, together] })}\n`);
    for (const [key, noise] of Object.entries(NOISE) as [keyof Figures, number][]) {
      expect(figures[key], `${name}: ${key}`).toBeLessThanOrEqual(BUDGET[name][key] * noise);
    }
  });

  test('the images share every layer but the last, which is small', () => {
    const { trainer = [], recognizer = [] } = layers;
    expect(trainer.slice(0, -1)).toEqual(recognizer.slice(0, -1));
    expect(trainer.at(-1)?.bytes).toBeLessThan(1_200_000);
    // The cohort, and what reads S3.
    expect(recognizer.at(-1)?.bytes).toBeLessThan(1_900_000);
  });
});
