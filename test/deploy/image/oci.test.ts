// Images packed into a layout: equal images have equal digests, no layer is compressed twice, and nothing is left over.
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { blobPath, type Manifest, readImage, sha256 } from '../../../deploy/image/oci.ts';
import { packLayers } from '../../../deploy/image/pack.ts';
import { scratchFolder } from '../../helpers.ts';
import { packed, saveLayers } from '../helpers.ts';

const TEXTS = ['the base '.repeat(50_000), 'the handler'];

test('gives one image one digest, wherever it is packed and whatever engine saved it', async () => {
  const folder = await scratchFolder();
  const plain = saveLayers(join(folder, 'old'), TEXTS);
  const gzipped = saveLayers(join(folder, 'new'), TEXTS, true);
  // Another order of keys and more of them, as engines write.
  const configuration = {
    'moby.buildkit.trace': 'x',
    ...Object.fromEntries(Object.entries(gzipped.configuration).reverse()),
  };
  const first = await packLayers(plain.configuration, plain.paths, 'fr-trainer:amd64', join(folder, 'a'));
  const second = await packLayers(configuration as never, gzipped.paths, 'fr-trainer:amd64', join(folder, 'b'));
  expect(second).toEqual(first);
  // Known beforehand: it must not change with the version of Node or the day.
  expect(first.digest).toBe('sha256:ed978dbbd491ea5f22247b0bf157ed55810ee728283ebebf3fff4e5485a76b66');
});

test('is a layout by the specification: every blob has the digest that names it', async () => {
  const folder = await scratchFolder();
  const image = await packed(folder, 'trainer', TEXTS);
  const layout = join(folder, 'layout');
  expect(JSON.parse(readFileSync(join(layout, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
  const blobs = readdirSync(join(layout, 'blobs/sha256'));
  expect(blobs.length).toBe(4);
  for (const name of blobs) expect(sha256(readFileSync(blobPath(layout, `sha256:${name}`)))).toBe(`sha256:${name}`);
  const { layers, config } = JSON.parse(image.text) as Manifest;
  const { rootfs } = JSON.parse(readFileSync(blobPath(layout, config.digest), 'utf8'));
  const contents = layers.map(({ digest }) => gunzipSync(readFileSync(blobPath(layout, digest))));
  expect(contents.map((bytes) => sha256(bytes))).toEqual(rootfs.diff_ids);
  expect(contents.map(String)).toEqual(TEXTS);
});

test('compresses a layer that two images share only once, and removes blobs that no image needs any more', async () => {
  const folder = await scratchFolder();
  const base = (await packed(folder, 'trainer', TEXTS)).manifest.layers[0]?.digest as string;
  const path = blobPath(join(folder, 'layout'), base);
  utimesSync(path, 1, 1);
  const other = await packed(folder, 'recognizer', [TEXTS[0] as string, 'another handler']);
  expect(other.manifest.layers[0]?.digest).toBe(base);
  const old = (await packed(folder, 'trainer', [TEXTS[0] as string, 'a third'])).digest;
  expect(statSync(path).mtimeMs).toBe(1000);
  await packed(folder, 'trainer', [TEXTS[0] as string, 'a fourth']);
  expect(readdirSync(join(folder, 'layout/blobs/sha256'))).not.toContain(old.slice('sha256:'.length));
  expect(readdirSync(join(folder, 'layout/blobs/sha256'))).toHaveLength(7);
  expect(readdirSync(join(folder, 'layout')).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});

test('refuses a layer that differs from what the image says', async () => {
  const folder = await scratchFolder();
  const { configuration, paths } = saveLayers(folder, TEXTS);
  writeFileSync(paths[1] as string, 'something else');
  await expect(packLayers(configuration, paths, 'x', join(folder, 'layout'))).rejects.toThrow(
    /a layer is sha256:.* build it again/,
  );
});

test('says what is wrong with a layout', async () => {
  const folder = await scratchFolder();
  const { manifest, digest } = await packed(folder, 'trainer', TEXTS);
  const layout = join(folder, 'layout');
  const read = (arch: 'amd64' | 'arm64' = 'amd64', ref = 'fr-trainer:amd64') => readImage(layout, ref, arch);
  await expect(read('amd64', 'fr-recognizer:amd64')).rejects.toThrow(
    'holds no image fr-recognizer:amd64: make it with npm run images',
  );
  await expect(read('arm64')).rejects.toThrow(/is for linux\/amd64 and linux\/arm64 is wanted: give --arch$/);
  rmSync(blobPath(layout, manifest.layers[1]?.digest as string));
  await expect(read()).rejects.toThrow(/lacks a part .*: run npm run images again$/);
  writeFileSync(blobPath(layout, digest), '{}');
  await expect(read()).rejects.toThrow(/the manifest .* is missing or damaged: run npm run images again$/);
  writeFileSync(join(layout, 'index.json'), 'no');
  await expect(read()).rejects.toThrow(/index\.json is not the index of an OCI image layout/);
  await expect(readImage(join(folder, 'nowhere'), 'x', 'amd64')).rejects.toThrow(/holds no image x/);
});

test('refuses an index of several images, which Lambda does not take', async () => {
  const folder = await scratchFolder();
  await packed(folder, 'trainer', TEXTS);
  const path = join(folder, 'layout/index.json');
  const index = JSON.parse(readFileSync(path, 'utf8'));
  index.manifests[0].mediaType = 'application/vnd.oci.image.index.v1+json';
  writeFileSync(path, JSON.stringify(index));
  await expect(readImage(join(folder, 'layout'), 'fr-trainer:amd64', 'amd64')).rejects.toThrow(/is no single image/);
});
