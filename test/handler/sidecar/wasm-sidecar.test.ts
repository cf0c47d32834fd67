// The WebAssembly sidecar against the native one: the same answers, limits and ends.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Config, readConfig } from '../../../handler/config.ts';
import { parseFaces } from '../../../handler/sidecar/faces.ts';
import { type Answer, type Question, Worker } from '../../../handler/sidecar/worker.ts';
import { DIST } from '../../helpers.ts';
import { groupPhoto, masked, nobody, portrait, residentBytes, sidecarPids } from '../helpers.ts';
import { jpegs } from '../hostile/jpeg.ts';
import { others } from '../hostile/others.ts';
import { pngs } from '../hostile/png.ts';

const WASM = join(DIST, 'native', 'fr-sidecar.mjs');
const NATIVE = join(DIST, 'native', 'fr-sidecar');
/** Of the hostile pictures every so many, since the native sidecar is tested with all of them. */
const EVERY = 12;

const config = (sidecarPath: string, changes: Partial<Config> = {}): Config => ({
  ...readConfig({ FR_SIDECAR: sidecarPath }),
  ...changes,
});
const ask = (worker: Worker, picture: Uint8Array, question: Question = {}): Promise<Answer> =>
  worker.ask(picture, question, AbortSignal.timeout(120_000));

// Not built outside CI unless somebody asks: its tool-chain is 250 MB.
const wasmTest = test.skipIf(!existsSync(WASM) && !process.env.CI); // skipped: npm run wasm has not been run

let wasm: Worker;
let portable: Worker;
let fastest: Worker;
let pictures: Record<string, Buffer>;

beforeAll(async () => {
  if (!existsSync(WASM) && !process.env.CI) return;
  fastest = new Worker(config(NATIVE, { timeoutMs: 120_000 }));
  vi.stubEnv('FR_ISA', 'portable');
  portable = new Worker(config(NATIVE, { timeoutMs: 120_000 }));
  vi.unstubAllEnvs();
  wasm = new Worker(config(WASM, { timeoutMs: 120_000 }));
  const ann = await portrait('ann');
  pictures = {
    'a group': await sharp(groupPhoto()).resize(960).jpeg().toBuffer(),
    'a portrait as PNG': await ann.clone().png().toBuffer(),
    'a portrait as WebP': await ann.clone().webp().toBuffer(),
    'a portrait as GIF': await ann.clone().gif().toBuffer(),
    'a portrait as a progressive JPEG, turned by EXIF': await ann
      .clone()
      .rotate(90)
      .withMetadata({ orientation: 8 })
      .jpeg({ progressive: true })
      .toBuffer(),
    'a masked face': await masked(),
    nobody: await nobody().png().toBuffer(),
  };
});

afterAll(() => {
  for (const worker of [wasm, portable, fastest]) worker?.kill();
});

wasmTest('its answers are byte for byte those of the native portable kernels', async () => {
  for (const [name, picture] of Object.entries(pictures)) {
    expect(await ask(wasm, picture), name).toEqual(await ask(portable, picture));
  }
  const questions: Question[] = [{ probe: true }, { thorough: true }, { face: 2, augment: true }];
  questions.push({ box: { left: 60, top: 60, right: 200, bottom: 200 } });
  for (const question of questions) {
    const picture = pictures['a group'] as Buffer;
    expect(await ask(wasm, picture, question), JSON.stringify(question)).toEqual(
      await ask(portable, picture, question),
    );
  }
});

wasmTest(
  'against the fastest native kernels boxes are the same, landmarks within .1 pixels, vectors within 1e-4',
  async () => {
    const picture = pictures['a group'] as Buffer;
    const [ours, theirs] = await Promise.all([
      ask(wasm, picture, { probe: true }),
      ask(fastest, picture, { probe: true }),
    ]);
    const [found, expected] = [parseFaces(ours.text), parseFaces(theirs.text)];
    expect(found.map(({ box }) => box)).toEqual(expected.map(({ box }) => box));
    expect(found.length).toBeGreaterThan(3);
    for (const [i, face] of found.entries()) {
      const other = expected[i] as (typeof expected)[number];
      const differences = (a: Iterable<number>, b: Iterable<number>): number[] => {
        const values = [...b];
        return [...a].map((value, at) => Math.abs(value - (values[at] as number)));
      };
      expect(Math.max(...differences(face.landmarks.flat(), other.landmarks.flat()))).toBeLessThan(0.1);
      expect(Math.max(...differences(face.vector, other.vector))).toBeLessThan(1e-4);
    }
  },
);

wasmTest(
  'hostile pictures get the native answer, and a good one after them is answered',
  { timeout: 300_000 },
  async () => {
    const seed = await (await portrait('ann', 432)).png().toBuffer();
    const zoo = [...pngs(), ...(await jpegs(seed)), ...(await others())].filter(({ heavy }) => !heavy);
    const wrong: string[] = [];
    for (const { name, make } of zoo.filter((_, i) => i % EVERY === 0)) {
      const picture = await make();
      const [ours, theirs] = await Promise.all([ask(wasm, picture), ask(portable, picture)]);
      if (ours.text !== theirs.text || ours.status !== theirs.status)
        wrong.push(`${name}: ${ours.text} | ${theirs.text}`);
    }
    expect(wrong).toEqual([]);
    const good = pictures['a masked face'] as Buffer;
    expect(await ask(wasm, good)).toEqual(await ask(portable, good));
  },
);

wasmTest('a picture that its limits refuse gets the native reason', async () => {
  const limits = { maxBytes: 40_000, maxPixels: 20_000, timeoutMs: 120_000 };
  const [ours, theirs] = [new Worker(config(WASM, limits)), new Worker(config(NATIVE, limits))];
  try {
    for (const name of ['a group', 'a portrait as a progressive JPEG, turned by EXIF', 'a portrait as GIF']) {
      const answer = await ask(ours, pictures[name] as Buffer);
      expect(answer.status).toBe(2);
      expect(answer).toEqual(await ask(theirs, pictures[name] as Buffer));
    }
  } finally {
    ours.kill();
    theirs.kill();
  }
});

wasmTest('pixels that somebody else decoded are described', async () => {
  const { data, info } = await sharp(pictures['a portrait as PNG'] as Buffer)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = { rgb: data, width: info.width, height: info.height };
  const deadline = AbortSignal.timeout(120_000);
  expect(await wasm.ask(pixels, {}, deadline)).toEqual(await portable.ask(pixels, {}, deadline));
});

wasmTest('memory that a large picture took is given back', async () => {
  const large = await sharp({ create: { width: 5_000, height: 5_000, channels: 3, background: '#406080' } })
    .jpeg({ progressive: true })
    .toBuffer();
  // A box, so that no detector looks: it is the decoder that takes the memory.
  expect((await ask(wasm, large, { box: { left: 100, top: 100, right: 300, bottom: 300 } })).status).toBe(0);
  const good = pictures.nobody as Buffer;
  expect(await ask(wasm, good)).toEqual(await ask(portable, good));
  const pid = sidecarPids().find((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('fr-sidecar.mjs'));
  await vi.waitFor(() => expect(residentBytes(pid as number)).toBeLessThan(300e6), { timeout: 30_000 });
});

wasmTest('it ends when its input ends, and with one line when a request makes no sense', async () => {
  const run = (input: string) => execa(process.execPath, [WASM, '--worker'], { input, reject: false });
  expect(await run('')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  for (const input of ['nonsense\n', '5 --nonsense\nabcde', '10\nabc', 'x'.repeat(300)]) {
    const { exitCode, stderr } = await run(input);
    expect(exitCode, input).toBe(1);
    expect(stderr).toMatch(/^fr-sidecar: [^\n]+$/);
  }
  const { exitCode, stderr } = await execa(process.execPath, [WASM, '--worker', '--weights', 'none'], {
    reject: false,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(/^fr-sidecar: [^\n]*'none'$/) });
});

wasmTest('the core imports nothing, so that a page can load it, and stays below 800 kB', () => {
  const text = readFileSync(join(DIST, 'native', 'fr-core.mjs'), 'utf8');
  expect(text).not.toMatch(/^import |\bimport\(|\brequire\(|\bprocess\b|\bBuffer\b/m);
  expect(readFileSync(join(DIST, 'native', 'fr-core.wasm')).length).toBeLessThan(800_000);
});
