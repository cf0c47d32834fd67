// npm run images: builds both images in the local engine, packs them into the layout build/images, and writes their
// source maps and bills of materials beside them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { withFolder } from './image/archive.ts';
import { type BuildOptions, buildTarget, LAYOUT, makeImages, openWorkshop, type Workshop } from './image/build.ts';
import { findEngine } from './image/engine.ts';
import { writeSbom } from './image/sbom.ts';
import { LAMBDA_ARCHITECTURES, localArchitecture } from './names.ts';
import { readArchitecture } from './option-values.ts';
import { openProgress } from './progress.ts';
import { readOptions } from './settings.ts';
import { interrupted, tidily } from './shell/interrupt.ts';
import { runDeployer } from './terminal.ts';

const HELP = `npm run images -- [options]
  --arch x86_64|arm64  the images' processor (default: this machine's); amd64 is
                       x86_64
  --base IMAGE         build on this image instead of node:24-bookworm-slim
  --fresh              build without cache, and make our own base image again
  --verify             build the last commit twice without cache and compare;
                       takes long
  --verbose            show what Docker does
`;
const OUT = LAYOUT;

const progress = openProgress('images');
const { say, quietly } = progress;

/** Builds both images and returns their manifests' digests. */
async function build(workshop: Workshop, layout: string, fresh: boolean): Promise<string[]> {
  const made = await makeImages(workshop, layout, progress, fresh);
  for (const { name, image, digest } of made) {
    process.stdout.write(`${image.name} ${digest}\n`);
    await quietly(`listing what is in the image of the ${name}`, (tell) =>
      withFolder(async (folder) => {
        await buildTarget(workshop, name, ['--target', 'maps', '--output', OUT], { tell });
        await buildTarget(workshop, name, ['--target', 'parts', '--output', folder], { tell });
        const sbom = await writeSbom(image, workshop.architecture, folder);
        await writeFile(join(OUT, `${name}-${workshop.architecture}.cdx.json`), sbom);
      }),
    );
  }
  return made.map(({ digest }) => digest);
}

/** Builds twice: each time in a new clone, with a new base image and without caches. @throws when the manifests differ. */
async function verify(open: (options: BuildOptions) => Promise<Workshop>): Promise<void> {
  const digests: string[] = [];
  for (const _round of [1, 2]) {
    await withFolder(async (folder) => {
      await execa('git', ['clone', '--quiet', '.', folder], { cancelSignal: interrupted });
      // With its own layout every layer is compressed again.
      const layout = join(folder, 'build/images');
      digests.push((await build(await open({ folder, fresh: true }), layout, true)).join(' '));
    });
  }
  if (digests[0] !== digests[1]) throw new Error('two builds of one commit differ: compare their layers');
  say('two builds of one commit are equal');
}

async function main(args: string[]): Promise<void> {
  const { values } = readOptions(() =>
    parseArgs({
      args,
      options: {
        arch: { type: 'string', default: LAMBDA_ARCHITECTURES[localArchitecture()] },
        base: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        verify: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const architecture = readArchitecture(values.arch);
  const engine = await quietly('looking for Docker', () => findEngine());
  say(`${engine.client} ${engine.clientVersion} builds with the engine ${engine.serverVersion}`);
  await mkdir(OUT, { recursive: true });
  const open = (more: BuildOptions): Promise<Workshop> => {
    const options = { ...values, onProgress: say, ...more };
    return quietly('getting the base image', () => openWorkshop(engine, architecture, options));
  };
  if (values.verify) await tidily(() => verify(open));
  else await build(await open({}), OUT, values.fresh);
}

await runDeployer('images', main);
