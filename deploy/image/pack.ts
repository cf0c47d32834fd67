// An image of the engine -> an OCI image layout. The same image gets the same manifest digest wherever it is packed.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { interrupted } from '../shell/interrupt.ts';
import { replaceFile } from '../shell/save.ts';
import { type Configuration, configurationText, saveImage, withFolder } from './archive.ts';
import type { Engine } from './engine.ts';
import { blobPath, type Descriptor, type Manifest, MEDIA, REF_NAME, readIndex, sha256 } from './oci.ts';

/** Docker's own level. Another level would give another digest. */
const GZIP_LEVEL = 6;
/** The byte in which gzip's header names the system that wrote it. We write "unknown" on every system. */
const GZIP_SYSTEM = { offset: 9, value: 255 };

/** Writes an image of the engine into a layout, unless it is there already. Returns its manifest's descriptor. */
export async function packImage(engine: Engine, id: string, ref: string, folder: string): Promise<Descriptor> {
  const here = (await readIndex(folder)).find(({ annotations }) => annotations?.[REF_NAME] === ref);
  if (here && (await isComplete(folder, here, id))) return here;
  return withFolder(async (saved) => {
    const { configuration, layers } = await saveImage(engine, ref, saved);
    const paths = layers.map((layer) => join(saved, layer));
    return packLayers(configuration, paths, ref, folder);
  });
}

async function isComplete(folder: string, { digest }: Descriptor, configDigest: string): Promise<boolean> {
  if (!existsSync(blobPath(folder, digest))) return false;
  const { config, layers } = JSON.parse(await readFile(blobPath(folder, digest), 'utf8')) as Manifest;
  return (
    config.digest === configDigest && [config, ...layers].every((blob) => existsSync(blobPath(folder, blob.digest)))
  );
}

/**
 * Writes an image made of tar files, which may be compressed. A layer that the layout already has is not compressed
 * again. Blobs that no image of the layout needs any more are removed.
 */
export async function packLayers(
  configuration: Configuration,
  paths: readonly string[],
  ref: string,
  folder: string,
): Promise<Descriptor> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const known = await knownLayers(folder);
  const layers: Descriptor[] = [];
  for (const [i, diffId] of configuration.rootfs.diff_ids.entries()) {
    layers.push(known.get(diffId) ?? (await packLayer(paths[i] as string, diffId, folder)));
  }
  const config = await writeBlob(folder, MEDIA.config, configurationText(configuration));
  const manifest: Manifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config, layers };
  const descriptor = {
    ...(await writeBlob(folder, MEDIA.manifest, JSON.stringify(manifest))),
    annotations: { [REF_NAME]: ref },
  };
  await writeIndex(folder, descriptor);
  return descriptor;
}

/** The layers of the layout's images, by the digest of their uncompressed content. */
async function knownLayers(folder: string): Promise<Map<string, Descriptor>> {
  const known = new Map<string, Descriptor>();
  for (const { digest } of await readIndex(folder)) {
    try {
      const { config, layers } = JSON.parse(await readFile(blobPath(folder, digest), 'utf8')) as Manifest;
      const { rootfs } = JSON.parse(await readFile(blobPath(folder, config.digest), 'utf8')) as Configuration;
      for (const [i, layer] of layers.entries()) {
        const { size } = await stat(blobPath(folder, layer.digest));
        if (size === layer.size) known.set(rootfs.diff_ids[i] as string, layer);
      }
    } catch {
      // The image is incomplete: its layers cannot be reused.
    }
  }
  return known;
}

async function packLayer(path: string, diffId: string, folder: string): Promise<Descriptor> {
  const draft = draftPath(folder);
  try {
    const plain = createHash('sha256');
    const packed = createHash('sha256');
    let size = 0;
    await pipeline(
      await uncompressed(path),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          plain.update(chunk);
          yield chunk;
        }
      },
      createGzip({ level: GZIP_LEVEL }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          if (size === 0) chunk[GZIP_SYSTEM.offset] = GZIP_SYSTEM.value;
          size += chunk.length;
          packed.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(draft),
      { signal: interrupted },
    );
    const found = `sha256:${plain.digest('hex')}`;
    if (found !== diffId) throw new Error(`a layer is ${found} where its image says ${diffId}: build it again`);
    const digest = `sha256:${packed.digest('hex')}`;
    await rename(draft, blobPath(folder, digest));
    return { mediaType: MEDIA.layer, digest, size };
  } finally {
    await rm(draft, { force: true });
  }
}

/** The layer's bytes. Newer engines save layers compressed. */
async function uncompressed(path: string): Promise<Readable> {
  const start = createReadStream(path, { end: 1 });
  const head: Buffer[] = [];
  for await (const chunk of start) head.push(chunk as Buffer);
  const isGzip = Buffer.concat(head).equals(Buffer.from([0x1f, 0x8b]));
  const stream = createReadStream(path);
  return isGzip ? stream.pipe(createGunzip()) : stream;
}

async function writeBlob(folder: string, mediaType: string, text: string): Promise<Descriptor> {
  const digest = sha256(text);
  await writeWhole(blobPath(folder, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

/** Lists the image in place of an older one of the same name. The list is sorted by name. */
async function writeIndex(folder: string, image: Descriptor & { annotations: Record<string, string> }): Promise<void> {
  const name = ({ annotations }: Descriptor): string => annotations?.[REF_NAME] ?? '';
  const others = (await readIndex(folder)).filter((other) => name(other) !== name(image));
  const manifests = [...others, image].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  await writeWhole(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeWhole(join(folder, 'index.json'), `${JSON.stringify({ schemaVersion: 2, manifests })}\n`);
  await removeUnused(folder, manifests);
}

async function removeUnused(folder: string, manifests: readonly Descriptor[]): Promise<void> {
  const used = new Set<string>();
  for (const { digest } of manifests) {
    const text = await readFile(blobPath(folder, digest), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { config, layers } = JSON.parse(text) as Manifest;
    for (const blob of [digest, config.digest, ...layers.map((layer) => layer.digest)]) used.add(blob);
  }
  const places = join(folder, 'blobs/sha256');
  for (const file of await readdir(places)) {
    if (/^[0-9a-f]{64}$/.test(file) && !used.has(`sha256:${file}`)) await rm(join(places, file));
  }
}

/** Everyone may read a layout. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  replaceFile(path, text, 0o666);
}

function draftPath(folder: string): string {
  return join(folder, `.draft-${randomUUID()}`);
}
