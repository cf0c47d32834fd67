// npm run images: builds both images in the local engine. `-- --arch arm64`, `--base IMAGE` and `--fresh` change how.
import { parseArgs } from 'node:util';
import { findEngine } from './engine.ts';
import { buildImage, buildTarget, openWorkshop } from './image.ts';
import { ARCHITECTURES, type Architecture, FUNCTIONS, localArchitecture } from './names.ts';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: localArchitecture() },
    base: { type: 'string' },
    fresh: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});

function say(text: string): void {
  process.stderr.write(`images: ${text}\n`);
}

try {
  const architecture = values.arch as Architecture;
  if (!ARCHITECTURES.includes(architecture))
    throw new Error(`--arch ${values.arch}: one of ${ARCHITECTURES.join(', ')}`);
  const engine = await findEngine();
  say(`${engine.client} ${engine.clientVersion} builds with the engine ${engine.serverVersion}`);
  const workshop = await openWorkshop(engine, architecture, { ...values, onProgress: say });
  for (const [i, name] of FUNCTIONS.entries()) {
    // What the second shares with the first was made just now.
    const image = await buildImage(workshop, name, values.fresh && i === 0);
    await buildTarget(workshop, name, ['--target', 'maps', '--output', 'build/maps']);
    process.stdout.write(`${image.name} ${image.id}\n`);
  }
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}
