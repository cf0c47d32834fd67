// Builds every package into build/packages/: what `npm run packages` and the tests of packages call.
import { join } from 'node:path';
import { WEIGHTS_FILE } from '../../handler/program.ts';
import { emptyFolder, fillMain, fillPlatform, fillWeights } from './fill.ts';
import { PLATFORMS, type Platform } from './manifests.ts';
import { type Packed, pack } from './pack.ts';
import { programFor, weightsFile } from './programs.ts';
import { mainParts, programParts, weightsParts, writeBillBeside } from './sbom.ts';

/**
 * Packs all of them.
 *
 * @param platforms whose programs are built.
 * @throws PartError, LicenceError when a part cannot be built: then nothing half-made is left to be published.
 */
export async function buildPackages(
  root: string,
  destination: string,
  platforms: readonly Platform[] = PLATFORMS,
): Promise<Packed[]> {
  await emptyFolder(destination);
  const programs = await Promise.all(
    platforms.map(async (platform) => ({ platform, path: await programFor(root, platform) })),
  );
  const weights = await weightsFile(root);
  const staged = (name: string) => emptyFolder(join(destination, 'contents', name));
  const folders = [await staged('main'), await staged('weights')] as const;
  const metafile = await fillMain(root, folders[0], join(destination, 'work'));
  await fillWeights(root, folders[1], weights, WEIGHTS_FILE);
  const packed = [await pack(folders[0], destination), await pack(folders[1], destination)];
  await writeBillBeside(packed[0] as Packed, await mainParts(root, metafile));
  await writeBillBeside(packed[1] as Packed, await weightsParts(root));
  for (const { platform, path } of programs) {
    const folder = await staged(platform);
    await fillPlatform(root, folder, platform, path);
    const about = await pack(folder, destination);
    await writeBillBeside(about, await programParts(platform));
    packed.push(about);
  }
  return packed;
}
