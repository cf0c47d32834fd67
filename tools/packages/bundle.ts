// The sources -> the JavaScript of the main package: one file a command, one for the library, and what they share.
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

/** What a user starts, by its name. */
export const COMMANDS: Readonly<Record<string, string>> = {
  'fr-train': 'tools/fr-train.ts',
  'fr-recognize': 'tools/fr-recognize.ts',
  'fr-group': 'tools/fr-group.ts',
  'fr-model': 'tools/fr-model.ts',
  'fr-cohort': 'tools/fr-cohort.ts',
  'serverless-face-recognition': 'tools/serverless-face-recognition.ts',
};

/** What a user starts or imports, by its name in the package. */
const ENTRIES: Readonly<Record<string, string>> = { ...COMMANDS, index: 'handler/index.ts' };

/** The oldest Node that package.json allows. */
const TARGET = 'node20.19';

// Libraries of the older module system call require(), which a module does not have.
const BANNER = "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/**
 * Bundles every entry into `folder`, flat. A command loads only what it needs: shared code is in files of its own.
 *
 * @param root the clone.
 * @param external npm packages that stay outside, to be found when the program runs.
 * @returns esbuild's list of what went in.
 */
export async function bundle(root: string, folder: string, external: readonly string[]): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...ENTRIES },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    external: external.flatMap((name) => [name, `${name}/*`]),
    chunkNames: '[name]-[hash]',
    minify: true,
    legalComments: 'none',
    banner: { js: BANNER },
    metafile: true,
    logLevel: 'warning',
    plugins: [keepPlaces(root)],
  });
  return metafile;
}

/**
 * A source looks for the files that it reads beside itself. Bundled, it looks where it would lie in the package's dist/ if it
 * were not: dist/handler/cohort.bin, for one.
 */
function keepPlaces(root: string): Plugin {
  const entries = new Set(Object.values(ENTRIES).map((file) => resolve(root, file)));
  const ours = ['handler', 'tools', 'deploy'].map((folder) => join(root, folder) + sep);
  return {
    name: 'keep-places',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (entries.has(path) || !ours.some((folder) => path.startsWith(folder))) return undefined;
        const place = `./${relative(root, path).replaceAll(sep, '/')}`;
        const text = await readFile(path, 'utf8');
        const contents = text.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`);
        return { contents, loader: 'ts' };
      });
    },
  };
}
