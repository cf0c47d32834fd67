// Which files are tests, and how long one may take on a small, busy machine.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The sources run as they stand, and look beside themselves for what the build puts into dist/.
const env = { FR_SIDECAR: fileURLToPath(new URL('dist/native/fr-sidecar', import.meta.url)) };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'sources',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'build/**', 'dist/**', 'test/native/**', 'test/container/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          env,
        },
      },
      {
        test: {
          name: 'container',
          include: ['test/container/*.test.ts'],
          // With real images it has not been seen to its end yet; test/live/live.test.ts runs the same program with pretended ones.
          exclude: process.env.FR_LIVE_IMAGES ? [] : ['test/container/live.test.ts'],
          globalSetup: 'test/container/setup.ts',
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
