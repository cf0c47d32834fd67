// Every native test, plain and under the sanitizers, as a test of its own here: CTest knows them, and runs them.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { execa, execaSync } from 'execa';
import { describe, expect, test } from 'vitest';

// Dlib under sanitizers is slow.
const TIMEOUT_MS = 600_000;
// The plain oracle tests take more photographs from here where they are; the demo's they always have.
const FACES = resolve('../shared/faces/lfw-singles');

describe.each(['build/native', 'build/native-sanitized', 'build/native-threads'])('%s', (folder) => {
  const env = folder === 'build/native' && existsSync(FACES) ? { FR_FACES: FACES } : {};
  const listing = execaSync('ctest', ['--test-dir', folder, '--show-only=json-v1']);
  const { tests } = JSON.parse(listing.stdout) as { tests: { name: string }[] };

  test.each(tests.map(({ name }) => name))(
    '%s passes',
    async (name) => {
      const only = ['--tests-regex', `^${name}$`, '--no-tests=error'];
      const run = execa('ctest', ['--test-dir', folder, ...only, '--output-on-failure'], {
        all: true,
        env,
        reject: false,
      });
      const { exitCode, all } = await run;
      expect(exitCode, all).toBe(0);
    },
    TIMEOUT_MS,
  );
});
