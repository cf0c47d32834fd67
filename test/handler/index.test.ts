// The library, as a program uses it: pictures in every form, giving up, closing, and ending by itself.
import { createReadStream, openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ImageError,
  identify,
  ManyFacesError,
  ModelError,
  type OpenSidecar,
  openSidecar,
  type Picture,
  RequestError,
  readCohort,
  recognize,
  train,
} from '../../handler/index.ts';
import { demoPhoto, ROOT, scratchFolder } from '../helpers.ts';

const GROUP = demoPhoto(3); // the woman in the middle is on the right of sample1 too
const OTHER = demoPhoto(1);

let model: string;

beforeAll(async () => {
  ({ facevectors: model } = await train(GROUP, { face: 2 }));
});

test.each<[string, (path: string) => Picture | Promise<Picture>]>([
  ['a path', (path) => path],
  ['a file: URL', (path) => pathToFileURL(path)],
  ['a Buffer', (path) => readFile(path)],
  ['a Uint8Array', async (path) => new Uint8Array(await readFile(path))],
  ['an ArrayBuffer', async (path) => new Uint8Array(await readFile(path)).buffer],
  ['a Blob', (path) => openAsBlob(path)],
  ['a stream of Node', (path) => createReadStream(path)],
  ['a stream of the web', (path) => Readable.toWeb(createReadStream(path)) as AsyncIterable<Uint8Array>],
])('%s is a picture', async (_, make) => {
  const { face_present, faces } = await recognize(await make(OTHER), model);
  expect({ face_present, faces: faces.length }).toEqual({ face_present: 'True', faces: 3 });
});

test('identify names the person, and a model may be bytes', async () => {
  const { faces } = await identify(OTHER, [{ name: 'Ann', model: Buffer.from(model) }]);
  expect(faces.map(({ name }) => name)).toEqual(['unknown', 'unknown', 'Ann']);
});

test.each<[string, () => Promise<unknown>, new (...words: never[]) => Error, RegExp]>([
  [
    'no such file',
    () => train('/nowhere/ann.jpg'),
    RequestError,
    /^the picture cannot be read \(ENOENT\): check the path$/,
  ],
  ['a folder', () => train(ROOT), RequestError, /is a folder/],
  ['a number', () => train(7 as never), RequestError, /give bytes, a path, a Blob or a stream of bytes$/],
  ['a stream of text', () => train(Readable.from(['text'])), RequestError, /gives text, not bytes$/],
  ['no picture', () => train(new Uint8Array(3)), ImageError, /^the picture cannot be used/],
  ['many faces', () => train(GROUP), ManyFacesError, /3 faces found and one is needed/],
  ['face 1.5', () => train(GROUP, { face: 1.5 }), RequestError, /face: 1.5 is not a whole number from 1 up$/],
  ['fmr 5', () => recognize(GROUP, '', { fmr: 5 }), RequestError, /fmr: 5 is not between 1e-6 and 0.1$/],
  ['no model', () => recognize(GROUP, '1,2,3'), ModelError, /./],
  ['a model that is none', () => recognize(GROUP, 3 as never), RequestError, /^the model cannot be read/],
])('%s is refused in one line', async (_, call, type, message) => {
  const error = await call().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(type);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toMatch(/\n|ann\.jpg/);
});

test('a cohort is checked when it is read', () => {
  expect(() => readCohort('1,2,3')).toThrow(ModelError);
});

describe('a sidecar of its own', () => {
  const opened: OpenSidecar[] = [];
  const open = (...words: Parameters<typeof openSidecar>): OpenSidecar => {
    const sidecar = openSidecar(...words);
    opened.push(sidecar);
    return sidecar;
  };
  afterAll(() => Promise.all(opened.map((sidecar) => sidecar.close())));

  test('works beside others', async () => {
    const several = [open(), open({ threads: 1 })];
    const answers = await Promise.all(several.map((sidecar) => sidecar.recognize(OTHER, model)));
    expect(answers.map(({ face_present }) => face_present)).toEqual(['True', 'True']);
  });

  test('keeps to limits of its own', async () => {
    const small = open({ maxBytes: 1000 });
    const tooLarge = /^the picture is larger than 1000 bytes/;
    await expect(small.train(OTHER)).rejects.toThrow(tooLarge);
    await expect(small.train(await readFile(OTHER))).rejects.toThrow(tooLarge);
    await expect(small.train(createReadStream(OTHER))).rejects.toThrow(tooLarge);
    await expect(open({ maxPixels: 1000 }).train(OTHER)).rejects.toThrow(/above the limit of 1000/);
    expect(() => openSidecar({ timeoutMs: 0 })).toThrow(/^FR_TIMEOUT_MS=0 cannot be used/);
  });

  test('gives a picture up, waiting or at work, and answers the next', async () => {
    const sidecar = open();
    const calls = [new AbortController(), new AbortController()].map((controller) => ({
      controller,
      answer: sidecar.recognize(OTHER, model, { signal: controller.signal, thorough: true }).catch((reason) => reason),
    }));
    for (const { controller } of calls.reverse()) controller.abort(new Error('enough'));
    for (const { answer } of calls) expect(await answer).toMatchObject({ message: 'enough' });
    await expect(sidecar.recognize(OTHER, model, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect((await sidecar.recognize(OTHER, model)).face_present).toBe('True');
  });

  test('gives up a stream that never ends', async () => {
    const stream = new Readable({ read() {} });
    const call = open().train(stream, { signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toThrow('timeout');
    expect(stream.destroyed).toBe(true);
  });

  test('answers nothing once it is closed', async () => {
    const sidecar = open();
    const late = sidecar.recognize(OTHER, model);
    await sidecar[Symbol.asyncDispose]();
    await expect(late).rejects.toThrow('this sidecar is closed');
    await expect(sidecar.train(GROUP)).rejects.toThrow('this sidecar is closed: open another with openSidecar()');
  });
});

describe('a program ends by itself', () => {
  const library = JSON.stringify(join(ROOT, 'dist/handler/index.js'));

  test.each([
    ['that only imported the library', ''],
    ['that opened a sidecar and did nothing', 'openSidecar();'],
    ['that used the shared sidecar', `await recognize(picture, model);`],
    ['that closed its sidecar', `const own = openSidecar(); await own.recognize(picture, model); await own.close();`],
  ])('%s', async (_, work) => {
    const path = join(await scratchFolder(), 'model.csv');
    await writeFile(path, model);
    const script = `import { openSidecar, recognize } from ${library};
      import { readFileSync } from 'node:fs';
      const [picture, model] = [${JSON.stringify(OTHER)}, readFileSync(${JSON.stringify(path)}, 'utf8')];
      ${work} console.log('done');`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 });
    expect(stdout).toBe('done');
  });

  test('that calls require()', async () => {
    const script = `const { openSidecar, FaceError } = require(${library}); console.log(typeof openSidecar, FaceError.name);`;
    const { stdout } = await execa(process.execPath, ['-e', script], { timeout: 30_000 });
    expect(stdout).toBe('function FaceError');
  });
});
