// What a package is made of, as a CycloneDX 1.6 document beside its packed file: npm packages in the bundle, Debian's libraries in a
// program, and the packages that the weights come from.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';
import { execa } from 'execa';
import { component, MODELS, npmComponents, writeBill } from '../../deploy/image/sbom.ts';
import { bundledFolders, LINKED, LicenceError, WASM_LIBRARIES } from './licences.ts';
import type { Platform } from './manifests.ts';
import type { Packed } from './pack.ts';

/** Debian's names of the architectures. */
const ARCHITECTURES: Record<Platform, string> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };

/** Writes the document as `NAME-VERSION.cdx.json`. */
export async function writeBillBeside(
  { name, version, file, integrity }: Packed,
  parts: Models.Component[],
): Promise<void> {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const whole = new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl });
  const digest = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  whole.hashes.set(Enums.HashAlgorithm['SHA-512'], digest);
  await writeFile(file.replace(/\.tgz$/, '.cdx.json'), writeBill(whole, parts));
}

/** The bundle's npm packages, the decoders' sources in the WebAssembly sidecar and its libraries. */
export async function mainParts(root: string, metafile: Metafile): Promise<Models.Component[]> {
  const sources = join(root, 'build/decoders');
  const folders = (await readdir(sources)).filter((name) => !name.startsWith('.'));
  return [
    ...(await npmComponents(bundledFolders(metafile), root)),
    ...(await Promise.all(folders.map((name) => sourcePart(join(sources, name))))),
    ...(await Promise.all(WASM_LIBRARIES.map((name) => installedPart([name], 'all')))),
  ];
}

export function weightsParts(root: string): Promise<Models.Component[]> {
  return npmComponents(
    MODELS.map((name) => `node_modules/${name}`),
    root,
  );
}

/** The libraries in a static program. */
export function programParts(platform: Platform): Promise<Models.Component[]> {
  return Promise.all(LINKED.map((names) => installedPart(names, ARCHITECTURES[platform])));
}

/** A source package of Debian's, which its changelog names: `libwebp (1.2.4-0.2) bookworm; ...`. */
async function sourcePart(folder: string): Promise<Models.Component> {
  const text = await readFile(join(folder, 'debian/changelog'), 'utf8').catch(() => '');
  const [, name, version] = /^(\S+) \(([^)]+)\)/.exec(text) ?? [];
  if (!name || !version)
    throw new LicenceError(`${folder} has no changelog of Debian's: delete it, and run npm run wasm`);
  return debianPart(name, version, 'source');
}

/** The first that is installed of some packages of Debian's; a cross-compiler's libraries have names of their own. */
async function installedPart(names: readonly string[], architecture: string): Promise<Models.Component> {
  for (const name of names) {
    for (const each of [`${name}:${architecture}`, `${name}-${architecture}-cross`]) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own fields
      const query = ['-W', '-f', '${Package} ${Version}', each];
      const { stdout, failed } = await execa('dpkg-query', query, { reject: false });
      const [found, version] = stdout.split(' ');
      if (!failed && found && version) return debianPart(found, version, architecture);
    }
  }
  throw new LicenceError(`${names[0]}:${architecture} is not installed, and its version is needed: install it`);
}

function debianPart(name: string, version: string, architecture: string): Models.Component {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`;
  return component(name, version, purl);
}
