// Which files are tests, and how long one may take on a small, busy machine.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The sources run as they stand, and look beside themselves for what the build puts into dist/.
// With FR_TESTED=wasm, `npm run test:wasm`, they run on the WebAssembly sidecar.
const isWasm = process.env.FR_TESTED === 'wasm';
const program = isWasm ? 'fr-sidecar.mjs' : 'fr-sidecar';
const env = { FR_SIDECAR: fileURLToPath(new URL(`dist/native/${program}`, import.meta.url)) };

/** What only a native program has: one-shot use, files, signals, limits by the system. */
const NATIVE_ONLY = ['test/native.test.ts', 'test/**/sidecar-{oneshot,hostile,memory,faults}.test.ts'];

/** Files that run for minutes, the longest first. One that begins last would leave a processor idle until it ends. */
const LONG = [
  'test/native.test.ts',
  'test/handler/sidecar/sidecar-hostile.test.ts',
  'test/tools/lab/accuracy.test.ts',
  'test/live/live.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const known = LONG.findIndex((path) => moduleId.endsWith(`/${path}`));
      return known < 0 ? LONG.length : known;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'sources',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['**/node_modules/**', 'build/**', 'dist/**', 'test/native/**', 'test/container/**'],
            ...(isWasm ? NATIVE_ONLY : []),
          ],
          globalSetup: 'test/setup.ts',
          maxWorkers: '100%', // of the processors; without it all but one, which on two is half
          testTimeout: 60_000,
          hookTimeout: 60_000,
          env,
        },
      },
      {
        test: {
          name: 'container',
          include: ['test/container/*.test.ts'],
          globalSetup: ['test/setup.ts', 'test/container/setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // One at a time and after the rest: they measure.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          env,
        },
      },
    ],
  },
});
