// Builds the live test's program from its sources, as `npm run test:live` does.
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../helpers.ts';

/** @param folder under the clone, where the packages that it loads are found. Then it holds live.mjs. */
export async function bundleLive(folder: string): Promise<void> {
  const options = { bundle: true, packages: 'external', platform: 'node', format: 'esm' } as const;
  const entryPoints = [join(ROOT, 'test/live/live.ts')];
  await build({ entryPoints, ...options, outdir: folder, outExtension: { '.js': '.mjs' }, logLevel: 'warning' });
}
