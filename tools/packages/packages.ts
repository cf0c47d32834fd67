// `npm run packages`: builds every package that is published into build/packages/, and lists them with their sizes.
// `npm run packages -- linux-x64` leaves out the programs of other platforms.
import { join, relative } from 'node:path';
import { projectRoot } from '../../deploy/project.ts';
import { runProcess } from '../../deploy/shell/run.ts';
import { buildPackages } from './build-all.ts';
import { LicenceError } from './licences.ts';
import { PLATFORMS, type Platform } from './manifests.ts';
import { overBudget, type Packed } from './pack.ts';
import { PartError } from './programs.ts';

/** A package above its budget. */
class BudgetError extends Error {}

await runProcess(
  'packages',
  async () => {
    const root = projectRoot();
    const destination = join(root, 'build/packages');
    const packed = await buildPackages(root, destination, platformsOf(process.argv.slice(2)));
    for (const each of packed) process.stdout.write(`${line(each, root)}\n`);
    const over = packed.flatMap(overBudget);
    if (over.length > 0)
      throw new BudgetError(`${over.join('; ')}: make it smaller, or change tools/packages/budgets.json`);
    return 0;
  },
  (error) => {
    const isOurs = error instanceof PartError || error instanceof LicenceError || error instanceof BudgetError;
    return isOurs ? error.message : `internal error: ${(error as Error).message}: please report it`;
  },
);

function platformsOf(words: readonly string[]): readonly Platform[] {
  const unknown = words.find((word) => !(PLATFORMS as readonly string[]).includes(word));
  if (unknown !== undefined) throw new PartError(`there is no package for ${unknown}: name ${PLATFORMS.join(' or ')}`);
  return words.length > 0 ? (words as Platform[]) : PLATFORMS;
}

function line({ file, packed, unpacked, files }: Packed, root: string): string {
  return `${relative(root, file)}: ${packed} bytes, ${unpacked} unpacked, ${files.length} files`;
}
