// npm run images: builds both images in the local engine, packs them into the layout build/images, and writes their
// source maps and bills of materials beside them.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { findEngine } from './engine.ts';
import { type BuildOptions, buildTarget, openWorkshop, type Workshop } from './image.ts';
import { LAYOUT, makeImages } from './make.ts';
import { ARCHITECTURES, type Architecture, localArchitecture } from './names.ts';
import { writeSbom } from './sbom.ts';

const HELP = `npm run images -- [options]
  --arch amd64|arm64  the processor of the images (this machine's)
  --base IMAGE        build on this image and not on node:24-bookworm-slim
  --fresh             build from nothing, a base of our own included
  --verify            build the last commit twice from nothing and compare: takes long
  --verbose           show what Docker does
`;
const OUT = LAYOUT;

function say(text: string): void {
  process.stderr.write(`images: ${text}\n`);
}

/** Builds both and returns their manifests' digests. */
async function build(workshop: Workshop, layout: string, fresh: boolean): Promise<string[]> {
  const made = await makeImages(workshop, layout, fresh);
  for (const { name, image, digest } of made) {
    process.stdout.write(`${image.name} ${digest}\n`);
    await buildTarget(workshop, name, ['--target', 'parts', '--output', OUT]);
    await buildTarget(workshop, name, ['--target', 'maps', '--output', OUT]);
    const parts = await readFile(join(OUT, 'parts.txt'), 'utf8');
    const sbom = await writeSbom(image, workshop.architecture, parts);
    await writeFile(join(OUT, `${name}-${workshop.architecture}.spdx.json`), sbom);
  }
  await rm(join(OUT, 'parts.txt'));
  return made.map(({ digest }) => digest);
}

/** Two clones in two folders, nothing cached, bases made anew. @throws when their manifests differ. */
async function verify(open: (options: BuildOptions) => Promise<Workshop>): Promise<void> {
  const digests: string[] = [];
  for (const round of [1, 2]) {
    const folder = await mkdtemp(join(tmpdir(), `fr-clone-${round}-`));
    try {
      await execa('git', ['clone', '--quiet', '.', folder]);
      // A layout of its own, so that every layer is compressed again.
      const layout = join(folder, 'build/images');
      digests.push((await build(await open({ folder, fresh: true }), layout, true)).join(' '));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (digests[0] !== digests[1]) throw new Error('two builds of one commit differ: compare their layers');
  say('two builds of one commit are equal');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: localArchitecture() },
      base: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const architecture = values.arch as Architecture;
  if (!ARCHITECTURES.includes(architecture)) {
    throw new Error(`--arch ${values.arch} is not known: one of ${ARCHITECTURES.join(', ')}`);
  }
  const engine = await findEngine();
  say(`${engine.client} ${engine.clientVersion} builds with the engine ${engine.serverVersion}`);
  await mkdir(OUT, { recursive: true });
  const open = (more: BuildOptions): Promise<Workshop> =>
    openWorkshop(engine, architecture, { ...values, onProgress: say, ...more });
  if (values.verify) await verify(open);
  else await build(await open({}), OUT, values.fresh);
}

try {
  await main();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}
