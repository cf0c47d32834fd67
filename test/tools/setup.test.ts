// Facts about the set-up, run in a made clone whose package managers and compilers are tiny programs. TypeScript and esbuild are real.
import { chmod, chown, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT, scratchFolder } from '../helpers.ts';

const NOBODY = 65_534;
const SEVERAL_RUNS_MS = 180_000;
const isRoot = process.getuid?.() === 0;

/** Every system package is there, unless listed in the file `missing`. */
const DPKG_QUERY = 'for p in "$@"; do grep -qsx -- "$p" "$CLONE/missing" || echo "$p installed"; done';
/** Fails once, midway, where there is a file `cut`; else leaves what npm leaves, its own record last. */
const NPM = `mkdir -p "$CLONE/node_modules/.bin"
if rm "$CLONE/cut" 2>/dev/null; then echo 'network: gone'; exit 1; fi
for package in typescript esbuild; do ln -sfn "${join(ROOT, 'node_modules')}/$package" "$CLONE/node_modules/$package"; done
cp "$CLONE/package-lock.json" "$CLONE/node_modules/.package-lock.json"`;
/** Waits, at most 20 s, while there is a file `gate`. */
const CMAKE = `i=0; while [ -e "$CLONE/gate" ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done; echo "end cmake" >>"$CLONE/calls"`;

interface Clone {
  folder: string;
  /** Runs set-up, as nobody where asked, and to the end. */
  setUp: (options?: { uid?: number }) => ReturnType<typeof spawnSetUp>;
  /** What the tiny programs were called with since the last look. */
  calls: () => Promise<string[]>;
  write: (path: string, text: string) => Promise<void>;
  read: (path: string) => Promise<string>;
}

function spawnSetUp(folder: string, options: { uid?: number } = {}) {
  return execa(process.execPath, [join(folder, 'tools/setup.mjs')], {
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, CLONE: folder },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 50_000,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
}

/** @param programs further tiny programs, by name */
async function makeClone(programs: Record<string, string> = {}): Promise<Clone> {
  const folder = await scratchFolder();
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  for (const file of ['setup.mjs', 'setup']) {
    await cp(join(ROOT, 'tools', file), join(folder, 'tools', file), { recursive: true });
  }
  // Without Node's types and the browser's, which take the compiler ten times as long as these sources.
  const settings = await readFile(join(ROOT, 'tsconfig.json'), 'utf8');
  await write('tsconfig.json', settings.replace('"types": ["node"]', '"types": [], "lib": ["es5"]'));
  await write('package.json', '{ "name": "made", "type": "module" }');
  await write('package-lock.json', '{ "packages": { "": {}, "node_modules/a": { "version": "1.0.0" } } }');
  await write('handler/a.bin', 'bytes');
  await write('handler/a.ts', "export const a: string = 'first';\n");
  await write('deploy/b.ts', "import { a } from '../handler/a.ts';\nexport const b = a;\n");
  await write(
    'tools/fr-made.ts',
    "#!/usr/bin/env node\ndeclare const process: { stdout: { write(text: string): void } };\nprocess.stdout.write('made');\n",
  );
  await write('tools/report/page/page.ts', "const shown: string = 'page'; document.title = shown;\n");
  await write('tools/report/page/page.css', 'body { color: black; }\n');
  const all = { 'dpkg-query': DPKG_QUERY, 'apt-get': '', npm: NPM, cmake: CMAKE, ...programs };
  for (const [name, body] of Object.entries(all)) {
    await write(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>"$CLONE/calls"\n${body}\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  await write('calls', '');
  if (isRoot) {
    await chown(folder, NOBODY, NOBODY);
    await chown(join(folder, 'calls'), NOBODY, NOBODY);
  }
  return {
    folder,
    write,
    setUp: (options) => spawnSetUp(folder, options),
    read: (path) => readFile(join(folder, path), 'utf8'),
    calls: async () => {
      const lines = (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter(Boolean);
      await writeFile(join(folder, 'calls'), '');
      return lines;
    },
  };
}

const called = (lines: string[], program: string): string[] => lines.filter((line) => line.startsWith(`${program} `));

/** What was said but for steps that a busy machine makes worth a line. */
const faults = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => !/^(?:|setup: .* \.\.\. .* s)$/.test(line));

/** Until the programs were called so; bounded by the test's own time. */
async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((wake) => setTimeout(wake, 20));
}

test('prints the one line to run where system packages are missing and nobody can become root', async () => {
  // A sudo that asks for a password nobody can give.
  const clone = await makeClone({ sudo: 'exit 1' });
  await clone.write('missing', 'cmake\nlibpng-dev\n');
  const { exitCode, stderr, stdout } = await clone.setUp(isRoot ? { uid: NOBODY } : {});
  expect(stderr).toBe(
    'setup: system packages are missing and only root may install them: run this line, then the same command again: ' +
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends cmake libpng-dev',
  );
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(called(await clone.calls(), 'apt-get')).toEqual([]);
});

test('installs missing system packages through a sudo that asks nothing', async () => {
  const clone = await makeClone({ sudo: 'shift; case $1 in true) exit 0;; esac; exec "$@"', 'apt-get': 'exit 0' });
  await clone.write('missing', 'cmake\n');
  const { stderr } = await clone.setUp(isRoot ? { uid: NOBODY } : {});
  expect(stderr).toContain('setup: missing on this machine: cmake');
  const installs = called(await clone.calls(), 'apt-get').filter((line) => line.includes(' install '));
  expect(installs).toHaveLength(1);
  expect(installs[0]).toMatch(/ cmake$/);
});

test('repeats an npm installation that was cut short, and then only that', async () => {
  const clone = await makeClone();
  await clone.write('cut', '');
  const first = await clone.setUp();
  expect(first.exitCode).toBe(1);
  expect(first.stderr).toContain('network: gone');
  expect(first.stderr).toContain('read what npm says above, then run the same command again');
  const second = await clone.setUp();
  expect([faults(second.stderr), second.exitCode]).toEqual([[], 0]);
  expect(called(await clone.calls(), 'npm')).toHaveLength(2);
});

test('makes dist/ and the commands once; a second run does nothing, and quickly', async () => {
  const clone = await makeClone();
  expect((await clone.setUp()).exitCode).toBe(0);
  expect(await clone.read('dist/handler/a.js')).toContain("'first'");
  expect(await clone.read('dist/handler/a.bin')).toBe('bytes');
  expect(await clone.read('dist/tools/report/page/page.js')).toMatch(/"page".*document\.title=/);
  expect((await execa(join(clone.folder, 'node_modules/.bin/fr-made'))).stdout).toBe('made');
  await clone.calls();
  const before = await stat(join(clone.folder, 'dist/handler/a.js'));
  const { stderr, exitCode, durationMs } = await clone.setUp();
  expect([faults(stderr), exitCode]).toEqual([[], 0]);
  expect((await stat(join(clone.folder, 'dist/handler/a.js'))).mtimeMs).toBe(before.mtimeMs);
  expect(called(await clone.calls(), 'npm')).toEqual([]);
  // A compiler alone takes half of this on an idle machine; the bound is for a busy one.
  expect(durationMs).toBeLessThan(10_000);
});

test(
  'compiles again what a checkout, a deleted output or a setting made stale',
  async () => {
    const clone = await makeClone();
    const { folder, setUp } = clone;
    await setUp();
    const compiled = () => clone.read('dist/handler/a.js');
    await clone.write('handler/a.ts', "export const a: string = 'second';\n");
    await setUp();
    expect(await compiled()).toContain("'second'");

    // Compiled by hand from another checkout: the sources are again what they were at the last set-up, and dist/ is not.
    await clone.write('handler/a.ts', "export const a: string = 'third';\n");
    await execa(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: folder });
    await clone.write('handler/a.ts', "export const a: string = 'second';\n");
    await setUp();
    expect(await compiled()).toContain("'second'");

    await rm(join(folder, 'dist/deploy/b.js'));
    await setUp();
    expect(await clone.read('dist/deploy/b.js')).toContain('import');

    await clone.write('tools/report/page/page.css', 'body { color: red; }\n');
    await setUp();
    expect(await clone.read('dist/tools/report/page/page.css')).toBe('body{color:red}\n');

    await clone.write(
      'tsconfig.json',
      (await clone.read('tsconfig.json')).replace('"sourceMap": true', '"sourceMap": false'),
    );
    await setUp();
    expect(await compiled()).not.toContain('sourceMappingURL');
  },
  SEVERAL_RUNS_MS,
);

test('deletes what was compiled from a source that is gone, and nothing else', async () => {
  const clone = await makeClone();
  await clone.setUp();
  await clone.write('dist/native/fr-sidecar', 'built');
  await rm(join(clone.folder, 'deploy/b.ts'));
  expect((await clone.setUp()).exitCode).toBe(0);
  await expect(clone.read('dist/deploy/b.js')).rejects.toThrow('ENOENT');
  await expect(clone.read('dist/deploy/b.js.map')).rejects.toThrow('ENOENT');
  expect(await clone.read('dist/native/fr-sidecar')).toBe('built');
  expect(await clone.read('dist/handler/a.bin')).toBe('bytes');
});

test('a second set-up at the same time says whom it waits for, and then has nothing to do', async () => {
  const clone = await makeClone();
  await clone.write('gate', '');
  const first = clone.setUp();
  await waitFor(async () => (await clone.read('calls')).includes('cmake -S'));
  const second = clone.setUp();
  let said = '';
  second.stderr?.on('data', (text) => {
    said += text;
  });
  await waitFor(async () => said.includes('\n'));
  expect(said).toBe(`setup: waiting for process ${first.pid}, which sets up this clone\n`);
  await rm(join(clone.folder, 'gate'));
  expect([(await first).exitCode, (await second).exitCode]).toEqual([0, 0]);
  const calls = await clone.calls();
  expect(called(calls, 'npm')).toHaveLength(1);
  // Two runs of two calls each, none inside another.
  const builds = calls.filter((line) => /^(?:cmake|end) /.test(line)).map((line) => line.split(' ')[0]);
  expect(builds).toEqual(Array(4).fill(['cmake', 'end']).flat());
});

test('takes over from a set-up that was killed', async () => {
  const clone = await makeClone();
  await clone.write('gate', '');
  const first = clone.setUp();
  await waitFor(async () => (await clone.read('calls')).includes('cmake -S'));
  first.kill('SIGKILL');
  await first;
  await rm(join(clone.folder, 'gate'));
  const { stderr, exitCode } = await clone.setUp();
  expect([faults(stderr), exitCode]).toEqual([[], 0]);
});
