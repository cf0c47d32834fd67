// Faults of layers that Lambda refuses and Docker accepts: each is refused in one line before anything is pushed.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { checkLayers } from '../../../deploy/image/layers.ts';
import { blobPath, type StoredImage } from '../../../deploy/image/oci.ts';
import { scratchFolder } from '../../helpers.ts';

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker';
const KINDS = {
  oci: { manifest: `${OCI}.manifest.v1+json`, layer: `${OCI}.layer.v1.tar+gzip` },
  docker: { manifest: `${DOCKER}.distribution.manifest.v2+json`, layer: `${DOCKER}.image.rootfs.diff.tar.gzip` },
};

/** An archive that tar makes of these entries, in their order; a name that ends in / is a folder. */
async function archive(names: string[], options: string[] = []): Promise<Buffer> {
  const folder = await scratchFolder();
  for (const name of names) {
    mkdirSync(join(folder, name.endsWith('/') ? name : dirname(name)), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(join(folder, name), `it is ${name}`.repeat(100));
  }
  const words = ['--create', '--no-recursion', ...options, '-C', folder, '--', ...names];
  const { stdout } = await execa('tar', words, { encoding: 'buffer' });
  return Buffer.from(stdout);
}

async function image(
  bytes: Buffer,
  kind: keyof typeof KINDS = 'oci',
  mediaType = KINDS[kind].layer,
): Promise<StoredImage> {
  const folder = await scratchFolder();
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  writeFileSync(blobPath(folder, digest), bytes);
  const layer = { mediaType, digest, size: bytes.length };
  const manifest = { schemaVersion: 2 as const, mediaType: KINDS[kind].manifest, config: layer, layers: [layer] };
  return { folder, ref: 'fr-trainer:amd64', digest, mediaType: manifest.mediaType, text: '', manifest };
}

const LONG = `${'long/'.repeat(40)}`;
const TREES: [string, string[], string[]][] = [
  ['folders before their files', ['a/', 'a/b/', 'a/b/file', 'file'], []],
  ['names from ./', ['./', './a/', './a/file'], []],
  ['names from /', ['a/', 'a/file'], ['--transform=s,^,/,', '--absolute-names']],
  [
    'long names in pax headers',
    [
      ...LONG.split('/')
        .slice(0, -1)
        .map((_, i) => 'long/'.repeat(i + 1)),
      `${LONG}file`,
    ],
    ['--format=pax'],
  ],
  [
    'long names in GNU headers',
    [
      ...LONG.split('/')
        .slice(0, -1)
        .map((_, i) => 'long/'.repeat(i + 1)),
      `${LONG}file`,
    ],
    ['--format=gnu'],
  ],
];

test.each(TREES)('takes %s', async (_what, names, options) => {
  await checkLayers(await image(gzipSync(await archive(names, options))));
  await checkLayers(await image(gzipSync(await archive(names, options)), 'docker'));
});

test.each([
  ['a file whose folder is no entry', ['a/b/file'], 'a/b/file'],
  ['a file whose folder comes after it', ['a/', 'a/b/file', 'a/b/'], 'a/b/file'],
  ['a folder whose folder is no entry', ['a/b/'], 'a/b'],
  ['a file beside a folder of a like name', ['a/', 'ab/c'], 'ab/c'],
])('refuses %s, and names it', async (_what, names, orphan) => {
  const { folder, manifest, ...rest } = await image(gzipSync(await archive(names)));
  await expect(checkLayers({ folder, manifest, ...rest })).rejects.toThrow(
    `layer 1 of fr-trainer:amd64 in ${folder} (${manifest.layers[0]?.digest.slice(0, 19)}) has ${orphan} before or ` +
      'without its folder, which Lambda refuses: build it with an entry for every folder',
  );
});

test.each([
  ['docker', `${DOCKER}.image.rootfs.diff.tar`],
  ['docker', `${OCI}.layer.v1.tar+gzip`],
  ['oci', `${OCI}.layer.v1.tar`],
  ['oci', `${OCI}.layer.v1.tar+zstd`],
  ['oci', `${DOCKER}.image.rootfs.diff.tar.gzip`],
] as const)('refuses under a manifest of %s a layer of the type %s', async (kind, mediaType) => {
  const bytes = gzipSync(await archive(['file']));
  await expect(checkLayers(await image(bytes, kind, mediaType))).rejects.toThrow(
    `is of the type ${mediaType}, and Lambda takes ${KINDS[kind].layer}: build it with gzip`,
  );
});

test('refuses a layer that is not what its type says', async () => {
  const bytes = await archive(['file']);
  await expect(checkLayers(await image(bytes))).rejects.toThrow(/ is not compressed by gzip: build it again$/);
  const packed = gzipSync(bytes);
  await expect(checkLayers(await image(packed.subarray(0, packed.length - 20)))).rejects.toThrow(/ is damaged \(.+\)/);
  await expect(checkLayers(await image(gzipSync(bytes.subarray(0, 700))))).rejects.toThrow(/ is damaged \(.+\)/);
  await expect(checkLayers(await image(gzipSync(Buffer.alloc(2000, 'no archive'))))).rejects.toThrow(
    / is damaged \(.+\)/,
  );
});

test('shows a name with control characters as text', async () => {
  const packed = gzipSync(await archive(['a/\u001b[31mred\n']));
  await expect(checkLayers(await image(packed))).rejects.toThrow(
    'has a/\\u001b[31mred\\n before or without its folder',
  );
});
