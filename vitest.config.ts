// Which files are tests, and how long one may take on a small, busy machine.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'build/**', 'dist/**', 'test/native/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The sources run as they stand, and look beside themselves for what the build puts into dist/.
    env: { FR_SIDECAR: fileURLToPath(new URL('dist/native/fr-sidecar', import.meta.url)) },
  },
});
