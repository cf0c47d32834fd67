#!/usr/bin/env node
// Sets up a clone: system packages, npm packages, the native program, dist/. Skips finished steps, so it may be stopped and
// run again. Plain JavaScript on Node alone, because nothing else is installed when it starts.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { linkCommands, makeDist } from './setup/dist.mjs';
import { takeLock } from './setup/lock.mjs';
import { makeNative } from './setup/native.mjs';
import { installNpmPackages, installSystemPackages } from './setup/packages.mjs';
import { endAtSignals, SetupError, say } from './setup/steps.mjs';
import { makeWasm } from './setup/wasm.mjs';

async function main() {
  const words = process.argv.slice(2);
  const tests = words.includes('--tests');
  // The deploy programs need no native build, so no compiler: only Node.
  const scripts = words.includes('--scripts');
  // For systems without a native sidecar, and for pages; it needs a tool-chain of its own.
  const wasm = words.includes('--wasm');
  if (words.some((word) => !['--tests', '--scripts', '--wasm'].includes(word))) {
    throw new SetupError(`unknown words '${words.join(' ')}': use --tests, --scripts or --wasm`);
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node ${process.versions.node} is too old: install 20.19 or newer`);
  }
  process.chdir(realpathSync(fileURLToPath(new URL('..', import.meta.url))));
  process.env.PWD = process.cwd(); // if it held a symbolic link, CMake would use that path and rebuild everything
  await takeLock('build/setup.lock', (pid) => say(`setup: waiting for process ${pid}, which sets up this clone\n`));
  if (!scripts) await installSystemPackages();
  await installNpmPackages();
  if (!scripts) await makeNative(tests);
  if (wasm) await makeWasm();
  await makeDist();
  linkCommands();
}

endAtSignals();
try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`setup: ${error.message}\n`);
  process.exitCode = 1;
}
