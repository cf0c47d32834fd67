// What npm run deploy, destroy and images need on a machine: Node, npm and the packages, but no compiler.
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT, scratchFolder } from '../helpers.ts';

const NEEDED = ['package.json', 'package-lock.json', 'tsconfig.json', 'handler', 'tools', 'deploy'];

/** A clone with its packages, as after npm ci, and no build; and a PATH on which there is Node and npm alone. */
async function freshClone(): Promise<{ folder: string; PATH: string }> {
  const folder = await scratchFolder();
  for (const name of NEEDED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const modules = join(ROOT, 'node_modules');
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== '.bin') symlinkSync(join(modules, name), join(folder, 'node_modules', name));
  }
  const PATH = join(folder, 'bin');
  mkdirSync(PATH);
  // npm is a script beside Node; a shell runs the lines of package.json.
  const { stdout: npm } = await execa('sh', ['-c', 'command -v npm']);
  for (const program of [process.execPath, npm, '/bin/sh', '/usr/bin/env']) {
    symlinkSync(
      program,
      join(PATH, program === npm ? 'npm' : program === process.execPath ? 'node' : (program.split('/').at(-1) ?? '')),
    );
  }
  return { folder, PATH };
}

// It compiles all of our TypeScript, which takes a busy machine a minute.
test('deploy, destroy and images need Node and npm packages, and no compiler', { timeout: 180_000 }, async () => {
  const { folder, PATH } = await freshClone();
  const run = await execa(join(PATH, 'npm'), ['run', '--silent', 'deploy', '--', '--help'], {
    cwd: folder,
    env: { PATH, HOME: dirname(folder) },
    extendEnv: false,
    reject: false,
    timeout: 170_000,
  });
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stdout).toContain('npm run deploy -- [options]');
  expect(readdirSync(join(folder, 'dist'))).not.toContain('native');
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const [name, program] of [
    ['deploy', 'up'],
    ['destroy', 'down'],
    ['images', 'images'],
  ] as const) {
    expect(scripts[name]).toBe(`node tools/setup.mjs --scripts && node dist/deploy/${program}.js`);
  }
});
