// Pictures that say which faces they show, and the sidecar that takes their word: figures of them are known beforehand.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { PAIR } from '../handler/matching/curve.ts';
import { VECTOR_SIZE } from '../handler/matching/vectors.ts';
import { Sidecar } from '../handler/sidecar/sidecar.ts';

/** A vector, by the cells that are not 0. */
export type Look = Record<number, number>;

export interface PlantedFace {
  /** Left, top, right, bottom in a picture of SIDE x SIDE pixels. */
  box?: [number, number, number, number];
  /** Of every variant, or one for all of them. */
  looks: Look[];
  /** Found only by a thorough look. */
  hidden?: boolean;
}

/** What a picture says: its faces, or why it cannot be used. */
export type Plant = { faces: PlantedFace[] } | { refused: string };

const SIDE = 60;

const FIXTURE = resolve(import.meta.dirname, 'fixtures/answers-planted.mjs');
const grey = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#888' } })
  .png()
  .toBuffer();

/** A PNG that every decoder reads: what is planted stands behind its end. */
export function planted(plant: Plant): Buffer {
  return Buffer.concat([grey, Buffer.from(`\n${JSON.stringify(plant)}`)]);
}

/** Writes pictures into a folder, by their paths in it. A list of looks is a picture of one face. */
export function plantFolder(folder: string, pictures: Record<string, Plant | Look[]>): void {
  for (const [path, plant] of Object.entries(pictures)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, planted(Array.isArray(plant) ? { faces: [{ looks: plant }] } : plant));
  }
}

/** The environment in which programs use the planted sidecar, and remember faces in a folder of the test's own. */
export function plantedEnvironment(folder: string): { FR_SIDECAR: string; XDG_CACHE_HOME: string } {
  const sidecar = join(mkdtempSync(join(folder, 'sidecar-')), 'fr-sidecar');
  symlinkSync(FIXTURE, sidecar);
  writeFileSync(`${sidecar}.weights`, ''); // by which a build of the sidecar is known, too
  return { FR_SIDECAR: sidecar, XDG_CACHE_HOME: join(folder, 'cache') };
}

/** The vector of a look. */
export function vectorOf(look: Look): Float32Array {
  return Float32Array.from({ length: VECTOR_SIZE }, (_, i) => look[i] ?? 0);
}

/** A client of the planted sidecar. */
export function plantedSidecar(): Sidecar {
  return new Sidecar({ sidecarPath: FIXTURE, timeoutMs: 30_000, maxPixels: SIDE * SIDE, maxBytes: 1_000_000 });
}

/**
 * 160 vectors of which ten are at cell 64, and the others at right angles to it and to all cells below. A vector without
 * cell 64 has everyone at the root of 2: its background is 1.414214 / 1.414214 = 1. A unit vector with .5 there has those
 * ten, which are the nearest sixteenth, at 1: its background is 1 / ((10 x 1 + 150 x 1.414214) / 160) = .720292.
 */
export const PLANTED_COHORT: readonly Float32Array[] = Array.from({ length: 160 }, (_, i) =>
  vectorOf({ [i < 10 ? 64 : 65 + (i % 60)]: 1 }),
);

/** What the matcher divides a distance by, of two faces' backgrounds and turns: said again, as plainly as possible. */
export function pairBackground(a: number, b: number, turns = 0): number {
  const room = (background: number): number => {
    if (background < PAIR.least) return Math.log(PAIR.least / PAIR.typical);
    return Math.log((background > PAIR.most ? PAIR.most : background) / PAIR.typical);
  };
  const exponent = PAIR.room * room(a) + PAIR.room * room(b) + PAIR.both * room(a) * room(b) + PAIR.turn * turns;
  return PAIR.typical * Math.E ** exponent;
}
